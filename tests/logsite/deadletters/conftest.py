"""Dead letters without a Kafka: made as the store worker makes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from ingest import mongo as mongodb
from ingest.deadletter import dead_letter
from ingest.documents import ensure_collections
from ingest.entries import Entries
from ingest.errors import BadEntry
from ingest.fold.block import to_ms
from ingest.fold.state import Lane, Message, Raw
from ingest.mongo import Document

LANE = Lane("logs", 0, 7)
NO_MESSAGE = BadEntry("no_message", "An entry needs a message that is not empty.")
NOT_JSON = BadEntry("invalid_json", "Not JSON: Expecting value at line 1 column 1.")


class Letters:
    """Puts dead letters where the site looks for them."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self._next = 0

    def add(
        self,
        value: bytes = b'{"msg":"paid"}',
        bad: BadEntry = NO_MESSAGE,
        *,
        key: bytes | None = b"billing/1",
        ago: timedelta = timedelta(),
        **more: Any,
    ) -> Document:
        at = datetime.now(UTC) - ago
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        raw = Raw(key, value, [["origin", b"cron"]])
        message = Message(self._next, to_ms(at), 0, value, None, bad, raw=raw)
        letter = {**dead_letter(LANE, message, bad, at), **more}
        self._next += 1
        Entries(self.db).insert_dead([letter])
        return letter

    def state_of(self, letter: Document) -> str:
        found = self.db["dead_letters"].find_one({"_id": letter["_id"]})
        return found.get("state", "open") if found else "gone"


@pytest.fixture
def dead(mongo: Any, mongo_url: str) -> Iterator[Letters]:
    mongodb.configure(mongo_url.replace("/logsite?", f"/{mongo.name}?"))
    database = mongodb.database()
    ensure_collections(database)
    yield Letters(database)
    database.client.close()
    mongodb.configure(settings.MONGO_URL)


@pytest.fixture(autouse=True)
def no_celery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that there is work: tests do it themselves."""
    monkeypatch.setattr("logsite.deadletters.tasks.work_replays.apply_async", _nothing)


def _nothing(**_: Any) -> None:
    return None
