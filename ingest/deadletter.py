"""Dead letters: messages that can never be stored, whole, in MongoDB and in Kafka."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ingest.errors import BadEntry
from ingest.fold.block import position, to_datetime
from ingest.fold.state import Lane, Message, Raw
from ingest.kafka.outbox import Letter, Outbox
from ingest.mongo import Document

TOPIC_SUFFIX: Final = ".dlq"


def own_topics(log_topic: str) -> frozenset[str]:
    """What logsite cannot do without: the log topic and that of its dead letters."""
    return frozenset({log_topic, log_topic + TOPIC_SUFFIX})


def dead_letter(lane: Lane, message: Message, bad: BadEntry, now: datetime) -> Document:
    """The document of a message that can never be stored."""
    raw = message.raw or Raw()
    return {
        "_id": position(lane.incarnation, lane.partition, message.offset),
        "topic": lane.topic,
        "partition": lane.partition,
        "offset": message.offset,
        "received": to_datetime(message.received),
        "at": now,
        "stage": "decode",
        "code": bad.code,
        "message": bad.message,
        "key": raw.key,
        "value": raw.value,
        "headers": raw.headers,
    }


class DeadLetters:
    """Sends dead letters to their topic, the original bytes as they came."""

    def __init__(self, outbox: Outbox, topic: str) -> None:
        self._outbox = outbox
        self._topic = topic + TOPIC_SUFFIX

    def send(self, letters: list[Document]) -> None:
        """Returns when Kafka has all of them; raises Busy if it has not."""
        if letters:
            self._outbox.send(self._topic, [_letter(letter) for letter in letters])


def _letter(letter: Document) -> Letter:
    said = {
        "code": letter["code"],
        "message": letter["message"],
        "topic": letter["topic"],
        "partition": str(letter["partition"]),
        "offset": str(letter["offset"]),
        "position": letter["_id"].hex(),
    }
    headers = [(name, value) for name, value in letter["headers"]]
    headers += [(f"logsite-{name}", value.encode()) for name, value in said.items()]
    return Letter(letter["key"], letter["value"], headers)
