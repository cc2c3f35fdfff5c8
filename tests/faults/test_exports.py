"""Row Q3: exports come out whole while their worker and MongoDB are killed."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from typing import Any

import httpx
import pytest

from logsite.embedded import site
from tests.faults.rig import PARTITIONS, SEED, Rig, wait_for
from tests.parts import Part

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(230)]


class Desk:
    """Exports of a row, through its API."""

    def __init__(self, rig: Rig, redis_url: str) -> None:
        self.rig = rig
        rig.web(REDIS_URL=redis_url, WEB_ROLE="site")
        named = ("token", "create", f"desk-{rig.name}", "--scope", "read")
        self._address = f"http://127.0.0.1:{rig.ports[-1]}/api/exports"
        self._headers = {"Authorization": f"Bearer {rig.manage(*named).strip()}"}
        told = {"MONGO_URL": rig.url, "REDIS_URL": redis_url}
        rig.chore("beat", site.beat().command, **told)
        self.celery = rig.chore("celery", site.celery(0).command, **told)

    def ask(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        url, told = self._address + path, {"timeout": 20, "trust_env": False, **more}
        return httpx.request(method, url, headers=self._headers, **told)

    def start(self, **asked: Any) -> int:
        return int(self.ask("POST", json=asked).raise_for_status().json()["id"])

    def one(self, number: int) -> Any:
        return self.ask("GET", f"/{number}").raise_for_status().json()

    def until_done(self, number: int) -> Any:
        wait_for(lambda: self.one(number)["state"] == "done", 120)
        return self.one(number)


def fill(rig: Rig, rng: random.Random, first: int, count: int) -> None:
    """Every third line is an error; random partitions and times."""
    for partition in range(PARTITIONS):
        rig.produce(
            [
                b'{"message":"%s %d","timestamp":"2026-03-01T%02d:%02d:00Z"}'
                % (
                    b"failed" if n % 3 == 0 else b"fine",
                    n,
                    rng.randrange(24),
                    rng.randrange(60),
                )
                for n in range(first + partition, first + count, PARTITIONS)
            ],
            partition,
        )


def wanted(count: int) -> list[str]:
    return sorted(f"failed {n}" for n in range(count) if n % 3 == 0)


def checked(desk: Desk, number: int) -> list[str]:
    """The messages of a file that is what it says."""
    job = desk.until_done(number)
    content = desk.ask("GET", f"/{number}/file").raise_for_status().content
    assert len(content) == job["size"]
    assert hashlib.sha256(content).hexdigest() == job["sha256"]
    rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    assert len({row["id"] for row in rows}) == len(rows) == job["rows"]
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times, reverse=True)
    return [row["message"] for row in rows]


def test_q3_a_worker_that_is_killed_while_it_exports(rig: Rig, redis_url: str) -> None:
    rig.store()
    desk, rng, count = Desk(rig, redis_url), random.Random(SEED), 30_000
    fill(rig, rng, 0, count)
    rig.until_drained()

    # It ends itself with a piece in MongoDB that nobody has counted.
    desk.celery.kill()
    desk.celery.start("after_export_piece:exit137:3")
    number = desk.start(q="failed")
    fill(rig, rng, count, 3_000)
    wait_for(lambda: not desk.celery.is_alive)
    assert 0 < desk.one(number)["rows"] < count // 3
    desk.celery.start()

    assert sorted(checked(desk, number)) == wanted(count)
    # What nobody had counted is gone.
    kept = rig.database["export_pieces"].find({"export": number})
    assert sum(len(piece["data"]) for piece in kept) == desk.one(number)["size"]


def test_q3_mongodb_that_is_killed_while_it_exports(
    rig: Rig, redis_url: str, mongodb: Part
) -> None:
    rig.store()
    desk, rng, count = Desk(rig, redis_url), random.Random(SEED), 30_000
    fill(rig, rng, 0, count)
    rig.until_drained()

    desk.celery.kill()
    desk.celery.start("before_export_piece:sleep 1")
    number = desk.start(q="failed")
    wait_for(lambda: desk.one(number)["rows"] > 0)
    mongodb.stop()
    wait_for(lambda: desk.one(number)["error"] != "")
    mongodb.start()

    assert sorted(checked(desk, number)) == wanted(count)
