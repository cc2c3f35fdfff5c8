"""What became of the entries of a receipt, or of a position: asks until it is told."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from pymongo.database import Database

from ingest.days import kept_from
from ingest.fold.block import MAX_OFFSET, parse_position, to_ms
from ingest.kafka.runs import Run
from ingest.mongo import Document, busy_when_away
from ingest.query.evidence import Log, logs_of, originals, read_life, standing_of
from ingest.query.fates import (
    ANY_TIME,
    Fate,
    Piece,
    Standing,
    Told,
    at_borders,
    settle,
    unsettled,
)
from ingest.query.freshness import complete_to

UNKNOWN_TOPIC: Final = ""  # of an entry whose life of the topic nobody knows
MAX_LIVES: Final = 8  # of a partition; older ones are not asked
_LONG_READ: Final = Standing(0, MAX_OFFSET)


class Tracer:
    """Follows places in one topic. Its heads are read once, before any block.

    What a head has passed was in a block then, or its day had been dropped.
    """

    def __init__(self, db: Database[Document], topic: str) -> None:
        self._db = db
        self._topic = topic
        self._heads: defaultdict[int, list[Document]] = defaultdict(list)
        with busy_when_away():
            for head in db["heads"].find({"topic": topic}).sort("begun", -1):
                self._heads[head["partition"]].append(head)
            at = complete_to(db)
        self._complete_ms = to_ms(at) if at else None

    def trace(self, topic_id: str, runs: Iterable[Run]) -> list[Told]:
        """What became of runs of one life of the topic; they are in order."""
        with busy_when_away():
            return self._with_replays(self._traced(topic_id, runs))

    def trace_position(self, wanted: bytes) -> Told | None:
        """What became of what lies there; None: no life of the topic is known by it."""
        life, partition, offset = parse_position(wanted)
        piece = Piece(Run(partition, offset, 1, ANY_TIME))
        for head in self._heads[partition]:
            for log in logs_of(head):
                if log.incarnation == life:
                    newest = log == logs_of(head)[0]
                    standing = standing_of(head) if newest else _LONG_READ
                    with busy_when_away():
                        told, left = self._ask([log], [piece], proven=False)
                        told = self._with_originals(partition, told)
                        told += self._unsettled(left, standing)
                        return self._with_replays(told)[0]
        return None

    def _traced(self, topic_id: str, runs: Iterable[Run]) -> list[Told]:
        told: list[Told] = []
        for partition, of_partition in groupby(runs, lambda run: run.partition):
            found = self._of_partition(topic_id, partition, list(of_partition))
            told += sorted(found, key=lambda one: one.run.first)
        return told

    def _of_partition(
        self, topic_id: str, partition: int, runs: list[Run]
    ) -> list[Told]:
        heads = self._heads[partition]
        own = [one for one in heads if topic_id in (_topic_of(one), UNKNOWN_TOPIC)]
        # For up to a minute the edge may name the topic that was there before.
        logs = [log for head in own for log in logs_of(head)]
        others = [log for head in heads if head not in own for log in logs_of(head)]
        pieces = [Piece(run) for run in runs]
        told, left = self._ask([*logs, *others][:MAX_LIVES], pieces, proven=True)
        more, left = self._ask(logs[:MAX_LIVES], left, proven=False)
        told = self._with_originals(partition, told + more)
        return told + self._unsettled(left, standing_of(own[0]) if own else None)

    def _ask(
        self, logs: Iterable[Log], pieces: list[Piece], proven: bool
    ) -> tuple[list[Told], list[Piece]]:
        told: list[Told] = []
        for log in logs:
            if not pieces:
                break
            pieces.sort(key=lambda piece: piece.run.first)
            life = read_life(self._db, log, [piece.run for piece in pieces])
            some, pieces = settle(pieces, life, proven)
            told += some
        return told, pieces

    def _unsettled(
        self, pieces: Sequence[Piece], standing: Standing | None
    ) -> list[Told]:
        if not pieces:
            return []
        kept = kept_from(self._db)
        return [
            unsettled(part, standing, kept, self._complete_ms)
            for piece in pieces
            for part in at_borders(piece, standing)
        ]

    def _with_originals(self, partition: int, told: list[Told]) -> list[Told]:
        duplicates = [one for one in told if one.fate is Fate.DUPLICATE]
        if not duplicates:
            return told
        found = originals(self._db, self._topic, partition, duplicates)
        return [
            replace(one, repeats=found.get(one.extent.named))
            if one.extent and one.extent.named
            else one
            for one in told
        ]

    def _with_replays(self, told: list[Told]) -> list[Told]:
        """Where dead letters were sent again, and what became of that, one step on."""
        runs = sorted({run for one in told for run in _replays(one)}, key=_place)
        if not runs:
            return told
        after = {_place(one.run): one for one in self._traced(UNKNOWN_TOPIC, runs)}
        return [
            replace(one, replays=tuple(after[_place(run)] for run in _replays(one)))
            for one in told
        ]


def topic_name(topic_id: bytes) -> str:
    """A topic's id as Kafka prints it; empty for one that is not known."""
    if not any(topic_id):
        return UNKNOWN_TOPIC
    return base64.urlsafe_b64encode(topic_id).rstrip(b"=").decode()


def _topic_of(head: Document) -> str:
    # Kafka's client prints the other characters of base64.
    text: str = head["topic_id"]
    return text.replace("+", "-").replace("/", "_")


def _replays(told: Told) -> tuple[Run, ...]:
    letter = told.extent.letter if told.extent else None
    return letter.replays if letter else ()


def _place(run: Run) -> tuple[int, int]:
    return run.partition, run.first
