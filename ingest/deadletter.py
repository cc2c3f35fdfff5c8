"""Dead letters: messages that can never be stored, whole, in MongoDB and in Kafka."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from ingest.causes import cause_of
from ingest.entries import DEAD_LETTERS, REFUSED, size_of
from ingest.errors import BadEntry
from ingest.fold.block import position, to_datetime
from ingest.fold.duplicates import split_header
from ingest.fold.state import Lane, Message, Raw
from ingest.heads import positions
from ingest.kafka.outbox import Letter, Outbox
from ingest.mongo import Document, busy_when_away
from ingest.steps.decode import request_of

TOPIC_SUFFIX: Final = ".dlq"
# Kafka takes no more than a megabyte unless it is told to; the collection has it whole.
MAX_LETTER_BYTES: Final = 900_000
# Headers of a message that was a dead letter before: of which, and how often.
REPLAY_OF: Final = "logsite-replay-of"
REPLAYS: Final = "logsite-replays"
POSITION_HEX: Final = 32
AT_ONCE: Final = 2_000  # letters; the producer's queue takes a few times as many


def own_topics(log_topic: str) -> frozenset[str]:
    """What logsite cannot do without: the log topic and that of its dead letters."""
    return frozenset({log_topic, log_topic + TOPIC_SUFFIX})


def dead_letter(lane: Lane, message: Message, bad: BadEntry, now: datetime) -> Document:
    """The document of a message that can never be stored."""
    raw = message.raw or Raw()
    letter = {
        "_id": position(lane.incarnation, lane.partition, message.offset),
        "topic": lane.topic,
        "partition": lane.partition,
        "offset": message.offset,
        "received": to_datetime(message.received),
        "at": now,
        "stage": "store" if bad.code == REFUSED else "decode",
        "code": bad.code,
        "message": bad.message,
        "key": raw.key,
        "value": raw.value,
        "headers": raw.headers,
    }
    cause = cause_of(letter)
    named = {"cause": cause.name, "gist": cause.gist, "service": cause.service}
    return letter | named | _origin(raw.headers)


def _origin(headers: list[list[Any]]) -> Document:
    """Of which letter it is a replay, which entry of it, and the how manieth."""
    said = {name: value for name, value in headers if value is not None}
    origin, times = said.get(REPLAY_OF), said.get(REPLAYS, b"")
    if not origin or len(origin) != POSITION_HEX or not times.isdigit():
        return {}
    request = request_of((name, value) for name, value in headers)
    index = split_header(request)[1] if request else 0
    try:
        of = bytes.fromhex(origin.decode())
    except ValueError:
        return {}
    return {"origin": of, "origin_index": index, "attempts": int(times[:6])}


def known_verdicts(
    db: Database[Document], lane: Lane, after_offset: int
) -> dict[int, BadEntry]:
    """The dead letters beyond an offset, by offset: they stay dead letters.

    A worker was stopped before it wrote their block. Should another release be able to
    read one of these messages, it would be both stored and dead.
    """
    query = {"_id": positions(lane.incarnation, lane.partition, after_offset + 1)}
    fields = {"offset": 1, "code": 1, "message": 1}
    with busy_when_away():
        found = list(db[DEAD_LETTERS].find(query, fields))
    return {
        letter["offset"]: BadEntry(letter["code"], letter["message"])
        for letter in found
    }


class DeadLetters:
    """Sends dead letters to their topic, the original bytes as they came."""

    def __init__(self, outbox: Outbox, topic: str) -> None:
        self._outbox = outbox
        self._topic = topic + TOPIC_SUFFIX

    def send(self, letters: list[Document]) -> None:
        """Returns when Kafka has all of them; raises Busy if it has not."""
        for start in range(0, len(letters), AT_ONCE):
            some = [_letter(letter) for letter in letters[start : start + AT_ONCE]]
            self._outbox.send(self._topic, some)


def _letter(letter: Document) -> Letter:
    said = {
        "stage": letter["stage"],
        "code": letter["code"],
        "message": letter["message"],
        "topic": letter["topic"],
        "partition": str(letter["partition"]),
        "offset": str(letter["offset"]),
        "position": letter["_id"].hex(),
    }
    own = [(f"logsite-{name}", text.encode()) for name, text in said.items()]
    if size_of(letter) > MAX_LETTER_BYTES:
        own.append(("logsite-cut", str(len(letter["value"])).encode()))
        return Letter(None, letter["value"][:MAX_LETTER_BYTES], own)
    headers = [(name, value) for name, value in letter["headers"]]
    return Letter(letter["key"], letter["value"], headers + own)
