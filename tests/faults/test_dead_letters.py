"""Row C12: dead letters are grouped, mended and replayed while processes are killed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from logsite.embedded import site
from tests.faults.rig import SEED, Rig, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(230)]

CAUSES: Final[dict[str, Callable[[int], bytes]]] = {
    "no_message": lambda n: b'{"msg":"paid %d","service":"pay"}' % n,
    "invalid_json": lambda n: b"paid %d, as text" % n,
    "not_an_object": lambda n: b"[%d]" % n,
    "not_finite": lambda n: b'{"message":"slow %d","took":NaN}' % n,
    "invalid_utf8": lambda n: b'{"message":"caf\xe9 %d"}' % n,
}
RULE = [{"do": "rename", "field": "msg", "to": "message"}]
GOOD: Final = 60
PARTITIONS: Final = 3


class Bench:
    """The work-bench of a row, through its API."""

    def __init__(self, rig: Rig, redis_url: str) -> None:
        self.rig = rig
        environment = {"REDIS_URL": redis_url, "WEB_ROLE": "site"}
        rig.web(**environment)
        named = ("token", "create", f"bench-{rig.name}", "--scope", "admin")
        self._address = f"http://127.0.0.1:{rig.ports[-1]}/api/dead-letters"
        self._headers = {"Authorization": f"Bearer {rig.manage(*named).strip()}"}
        told = {"MONGO_URL": rig.url, "REDIS_URL": redis_url}
        rig.chore("beat", site.beat().command, **told)
        self.celery = rig.chore("celery", site.celery(0).command, **told)

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        url, told = self._address + path, {"timeout": 20, "trust_env": False, **more}
        answer = httpx.request(method, url, headers=self._headers, **told)
        return answer.raise_for_status().json()

    def groups(self) -> dict[str, Any]:
        return {one["code"]: one for one in self.get("/groups")["groups"]}

    def replay_of(self, job: Any) -> Any:
        return self.get(f"/replays/{job['id']}")

    def until_sent(self, job: Any, count: int) -> None:
        wait_for(lambda: self.replay_of(job)["sent"] >= count)


def make_dead(rig: Rig, each: int) -> None:
    """Of every cause so many, mixed with good entries, over all partitions."""
    values = [make(n) for make in CAUSES.values() for n in range(each)]
    values += [b'{"message":"good %d"}' % n for n in range(GOOD)]
    random.Random(SEED).shuffle(values)
    for partition in range(PARTITIONS):
        rig.produce(values[partition::PARTITIONS], partition)


def stored(rig: Rig) -> Counter[str]:
    """Every message that is stored, and how often."""
    days = rig.database.list_collection_names(
        filter={"name": {"$regex": r"^logs_\d+$"}}
    )
    return Counter(
        entry["message"] for day in days for entry in rig.database[day].find()
    )


def states(rig: Rig) -> Counter[str]:
    found: Counter[str] = Counter()
    for block in rig.database["blocks"].find():
        found.update(block["states"])
    return found


@pytest.mark.parametrize(
    ("each", "rate"), [(20, 5), pytest.param(200, 50, marks=pytest.mark.faults_long)]
)
def test_c12_a_group_is_mended_and_replayed_while_workers_are_killed(
    rig: Rig, redis_url: str, each: int, rate: int
) -> None:
    worker = rig.store()
    bench = Bench(rig, redis_url)
    make_dead(rig, each)
    rig.until_drained()

    groups = bench.groups()
    assert {code: one["count"] for code, one in groups.items()} == dict.fromkeys(
        CAUSES, each
    )
    cause = groups["no_message"]["cause"]
    tried = bench.post("/dry-run", cause=cause, rule=RULE)
    assert tried["outcomes"] == [{"outcome": "stored", "code": "", "count": each}]

    # It ends itself with a batch that all brokers have, and nobody wrote that down.
    bench.celery.kill()
    bench.celery.start("before_settle:exit137:2")
    began = time.monotonic()
    job = bench.post("/replays", cause=cause, rule=RULE, rate=rate, expected=each)
    bench.until_sent(job, 1)
    worker.kill()
    wait_for(lambda: not bench.celery.is_alive)
    bench.celery.start()
    worker.start()
    wait_for(lambda: bench.replay_of(job)["state"] == "done", 120)
    took_s = time.monotonic() - began
    rig.until_drained()

    assert (bench.replay_of(job)["sent"], bench.replay_of(job)["ends"]) == (each, {})
    assert took_s >= (each / rate) - 1
    expected = [f"paid {n}" for n in range(each)] + [f"good {n}" for n in range(GOOD)]
    assert stored(rig) == Counter(expected)
    assert bench.groups().keys() == CAUSES.keys() - {"no_message"}
    # The ledger adds up: every offset is in one state, and only copies are duplicates.
    counted, offsets = states(rig), rig.offsets().values()
    assert counted.total() == sum(end for _, end in offsets)
    assert (counted["dead"], counted["stored"]) == (5 * each, each + GOOD)
    assert 0 < counted["duplicate"] <= rate
