"""Who may send a dead letter again, and what of it is known: claim, send, settle.

A letter is open (no `state`), `claimed`, `replayed` or `discarded`. Whoever sends one
claims it first, by compare-and-set. The claim holds what is sent, byte for byte, and
the request that names it: the same for ever, made of the letter's position. It is
settled once Kafka acknowledged. Of a claim that nobody settled it is unknown whether it
was sent: within HOLDS the same is sent again, and the fold drops the second copy; later
the blocks are asked first.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database

from ingest.deadletter import REPLAY_OF, REPLAYS
from ingest.entries import DEAD_LETTERS
from ingest.fold.block import to_datetime
from ingest.fold.duplicates import HASH_BYTES
from ingest.kafka.outbox import Letter, Receipt
from ingest.mongo import Document, busy_when_away
from ingest.steps.decode import REQUEST_HEADER

CLAIMED: Final = "claimed"
REPLAYED: Final = "replayed"
DISCARDED: Final = "discarded"
# Below the hour in which the fold knows a request again: clocks differ, sending takes
# time.
HOLDS: Final = timedelta(minutes=55)
_OWN: Final = "logsite-"  # headers that say where a message comes from


@dataclass(frozen=True)
class Order:
    """One letter that is to be sent, and what of it."""

    letter: Mapping[str, Any]
    values: tuple[bytes, ...]
    key: bytes


@dataclass(frozen=True)
class Claim:
    """A letter that this process may send now."""

    id: bytes
    token: str
    at: datetime
    request: bytes
    key: bytes
    values: list[bytes]
    partitions: int
    attempt: int
    headers: list[list[Any]]
    known: dict[int, Receipt] = field(default_factory=dict)  # by index: sent already

    def missing(self) -> list[int]:
        """Indexes of the entries that are not known to be sent."""
        return [n for n in range(len(self.values)) if n not in self.known]

    def message(self, index: int) -> Letter:
        kept = [
            (name, value)
            for name, value in self.headers
            if name != REQUEST_HEADER and not name.startswith(_OWN)
        ]
        own: list[tuple[str, str | bytes | None]] = [
            (REQUEST_HEADER, self.request + index.to_bytes(4, "big")),
            (REPLAY_OF, self.id.hex()),
            (REPLAYS, str(self.attempt)),
        ]
        return Letter(self.key, self.values[index], kept + own)


def request_name(secret: bytes, position: bytes) -> bytes:
    """The 12 bytes under which a dead letter is sent, whoever sends it and when."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES, key=secret[:64])
    digest.update(b"dead letter" + position)
    return digest.digest()


def may_send_again(claim: Claim, partitions: int, now: datetime) -> bool:
    """Whether the fold would drop a second copy of what this claim sent, if it did."""
    return now - claim.at < HOLDS and claim.partitions == partitions


class Claims:
    """The claims of one job in one database."""

    def __init__(
        self, db: Database[Document], job: str, by: str, secret: bytes
    ) -> None:
        self._letters = db[DEAD_LETTERS]
        self._job = job
        self._by = by
        self._secret = secret

    def claim(
        self, orders: Sequence[Order], partitions: int, now: datetime
    ) -> list[Claim]:
        """Claim what is still open; what is not is left out."""
        token = secrets.token_hex(8)
        changes = [
            UpdateOne(
                {"_id": order.letter["_id"], "state": None},
                {
                    "$set": {
                        "state": CLAIMED,
                        "replay": self._note(order, token, partitions, now),
                    }
                },
            )
            for order in orders
        ]
        with busy_when_away():
            if changes:
                self._letters.bulk_write(changes, ordered=False)
            return self._mine({"replay.token": token})

    def unsettled(self) -> list[Claim]:
        """What an earlier process of this job claimed, and did not settle."""
        with busy_when_away():
            return self._mine({})

    def renew(self, claims: Iterable[Claim], partitions: int, now: datetime) -> None:
        """Claims of which nothing was sent begin anew, each if it is as it was."""
        changes = [
            UpdateOne(
                self._as(claim),
                {"$set": {"replay.claimed": now, "replay.partitions": partitions}},
            )
            for claim in claims
        ]
        with busy_when_away():
            if changes:
                self._letters.bulk_write(changes, ordered=False)

    def settle(self, claims: Iterable[Claim], at: datetime) -> None:
        """The letters are replayed, and say where their entries are now.

        Nowhere: nobody can say any more what became of them.
        """
        changes = [
            UpdateOne(
                self._as(claim),
                {
                    "$set": {
                        "state": REPLAYED,
                        "replay.at": at,
                        "replay.places": [
                            _place(receipt)
                            for _, receipt in sorted(claim.known.items())
                        ],
                    },
                    "$unset": {"replay.values": ""},
                },
            )
            for claim in claims
        ]
        with busy_when_away():
            if changes:
                self._letters.bulk_write(changes, ordered=False)

    def release(self, claim: Claim, why: str, now: datetime) -> None:
        """Kafka will never take it: it is open again, and says why."""
        failed = {"at": now, "by": self._by, "job": self._job, "why": why[:300]}
        change = {"$unset": {"state": "", "replay": ""}, "$set": {"refused": failed}}
        with busy_when_away():
            self._letters.update_one(self._as(claim), change)

    def count(self) -> int:
        """How many letters this job has replayed."""
        with busy_when_away():
            asked = {"replay.job": self._job, "state": REPLAYED}
            return self._letters.count_documents(asked)

    def _note(
        self, order: Order, token: str, partitions: int, now: datetime
    ) -> Document:
        return {
            "request": request_name(self._secret, order.letter["_id"]),
            "by": self._by,
            "job": self._job,
            "token": token,
            "claimed": now,
            "partitions": partitions,
            "key": order.key,
            "values": list(order.values),
        }

    def _mine(self, more: Document) -> list[Claim]:
        mine = {"replay.job": self._job, "state": CLAIMED, **more}
        return [_claim(letter) for letter in self._letters.find(mine).sort("_id", 1)]

    def _as(self, claim: Claim) -> Document:
        return {
            "_id": claim.id,
            "state": CLAIMED,
            "replay.token": claim.token,
            "replay.claimed": claim.at,
        }


def _claim(letter: Document) -> Claim:
    note = letter["replay"]
    return Claim(
        id=bytes(letter["_id"]),
        token=note["token"],
        at=note["claimed"],
        request=bytes(note["request"]),
        key=bytes(note["key"]),
        values=[bytes(value) for value in note["values"]],
        partitions=note["partitions"],
        attempt=letter.get("attempts", 0) + 1,
        headers=letter["headers"],
    )


def _place(receipt: Receipt) -> Document:
    at = to_datetime(receipt.at_ms) if receipt.at_ms >= 0 else None
    return {"partition": receipt.partition, "offset": receipt.offset, "received": at}
