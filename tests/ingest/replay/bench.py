"""Dead letters on real parts, and replays that are killed where a test says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.errors import Busy
from ingest.kafka.admin import end_offsets
from ingest.kafka.outbox import Delivery, Letter, Outbox
from ingest.replay.claims import Claims
from ingest.replay.run import Mending, Replayer
from ingest.replay.whereabouts import Whereabouts
from ingest.replay.wording import read_lines
from tests.ingest.worker import produce, visible, wait_for

SECRET = b"a secret of tests"
FIX = Mending(read_lines(["rename msg message"]))
BROKEN = b'{"msg":"card declined"}'


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Bench:
    """One topic and database, with processes that replay."""

    brokers: str
    topic: str
    db: Any
    job: str = "replay-1"
    sent: list[Letter] = field(default_factory=list)

    def make_dead(self, *values: bytes) -> list[dict[str, Any]]:
        """Messages that become dead letters; a worker has to run."""
        before = self.db["dead_letters"].count_documents({})
        produce(self.brokers, self.topic, list(values or (BROKEN,)))
        wanted = before + len(values or (BROKEN,))
        wait_for(lambda: self.db["dead_letters"].count_documents({}) == wanted)
        return self.letters()[before:]

    def letters(self) -> list[dict[str, Any]]:
        return list(self.db["dead_letters"].find().sort("offset", 1))

    def claims(self) -> Claims:
        return Claims(self.db, self.job, "user alice", SECRET)

    def process(self, *, killed: str = "") -> Replayer:
        """One that is killed `before` or `after` it has sent something, or never."""
        outbox = Outbox(self.brokers)

        def send(letters: list[Letter]) -> list[Delivery]:
            if killed == "before":
                raise Killed
            self.sent += letters
            found = outbox.deliver(self.topic, letters)
            if killed == "after":
                raise Killed
            return found

        def partitions() -> int:
            return len(end_offsets(self.brokers, self.topic))

        where = Whereabouts(self.db, self.brokers, self.topic)
        return Replayer(self.db, self.claims(), where, send, partitions)

    def until_all_visible(self) -> None:
        def reached() -> bool:
            ends = end_offsets(self.brokers, self.topic)
            return visible(self.db) == sum(ends.values())

        wait_for(reached)

    def make_it_long_ago(self, ago: timedelta = timedelta(hours=2)) -> None:
        """All that was claimed and stored so far was so earlier."""
        claimed = {"state": "claimed"}
        back = {"$subtract": ["$replay.claimed", ago // timedelta(milliseconds=1)]}
        self.db["dead_letters"].update_many(
            claimed, [{"$set": {"replay.claimed": back}}]
        )
        back = {"$subtract": ["$max_received", ago // timedelta(milliseconds=1)]}
        self.db["blocks"].update_many({}, [{"$set": {"max_received": back}}])

    def end_blocks(self) -> None:
        """As if they were full, so that nobody goes on in them; no worker may run."""
        self.db["blocks"].update_many({}, {"$set": {"done": True}})

    def until_came_back(self, attempt: int) -> dict[str, Any]:
        """The dead letter that a replay became."""
        again = {"attempts": attempt}
        wait_for(lambda: self.db["dead_letters"].count_documents(again) == 1)
        found: dict[str, Any] = self.db["dead_letters"].find_one(again)
        return found

    def settle(self) -> None:
        """As soon as it can be said what was sent."""

        def done() -> bool:
            try:
                self.process().settle(now())
            except Busy:
                return False
            return True

        wait_for(done)

    def states(self) -> dict[str, int]:
        """How many offsets blocks have in each state that occurs."""
        found: dict[str, int] = {}
        for block in self.db["blocks"].find():
            for state, number in block["states"].items():
                found[state] = found.get(state, 0) + number
        return {state: number for state, number in found.items() if number}


def now() -> datetime:
    return datetime.now(UTC)


def refuse_poison(db: Any) -> None:
    """An operator's rule stands in for what MongoDB refuses by itself."""
    for name in db.list_collection_names(filter={"name": {"$regex": r"^logs_\d"}}):
        rule = {"message": {"$not": {"$regex": "^poison"}}}
        db.command("collMod", name, validator=rule)


def entry(message: str) -> bytes:
    return json.dumps({"message": message, "service": "pay"}).encode()
