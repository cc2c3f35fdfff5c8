"""Sends dead letters again: claims them, sends them, writes down where they are."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from ingest import metrics
from ingest.deadletter import MAX_LETTER_BYTES
from ingest.entries import DEAD_LETTERS
from ingest.errors import Busy
from ingest.failpoints import reach
from ingest.kafka.admin import end_offsets
from ingest.kafka.outbox import Delivery, Letter, Outbox, Receipt, Undelivered
from ingest.mongo import Document, busy_when_away
from ingest.replay.claims import Claim, Claims, Order, may_send_again
from ingest.replay.rules import Rule
from ingest.replay.trial import Outcome, Trial, try_rule, try_value
from ingest.replay.whereabouts import Whereabouts

# Who was asleep for longer between claim and sending may have been given up.
FRESH_S: Final = 30.0
SENT: Final = "sent"
REFUSED: Final = "refused"  # by Kafka


@dataclass(frozen=True)
class Mending:
    """How letters are mended: by a rule, or one by hand."""

    rule: Rule = ()
    by_hand: bytes | None = None
    insist: bool = False  # send also what today's pipeline would refuse

    def trial(self, letter: Mapping[str, Any]) -> Trial:
        if self.by_hand is not None:
            return try_value(letter, self.by_hand)
        return try_rule(letter, self.rule)

    def sends(self, trial: Trial) -> bool:
        if trial.outcome is Outcome.STORED:
            return True
        insisted = self.insist and trial.outcome in (Outcome.FAILS, Outcome.UNCHANGED)
        return insisted and all(len(one) <= MAX_LETTER_BYTES for one in trial.values)


class Replayer:
    """One process's work on one job; everything in it can be killed and done again."""

    def __init__(
        self,
        db: Database[Document],
        claims: Claims,
        whereabouts: Whereabouts,
        send: Callable[[list[Letter]], list[Delivery]],
        partitions: Callable[[], int],
    ) -> None:
        self._db = db
        self._claims = claims
        self._whereabouts = whereabouts
        self._send = send
        self._partitions = partitions

    def replay(
        self, letters: Sequence[Document], mending: Mending, now: datetime
    ) -> Counter[str]:
        """Mend and send those that are still open; how many came to which end.

        What is sent is no part of the answer: `Claims.count` knows it. Raises Busy.
        """
        ends: Counter[str] = Counter()
        copies = self._copies(letters)
        orders = []
        for letter in letters:
            trial = mending.trial(letter)
            if letter["_id"] in copies:
                ends[Outcome.COPY.value] += 1
            elif mending.sends(trial):
                orders.append(Order(letter, trial.values, trial.key))
            else:
                ends[trial.outcome.value] += 1
        claimed = self._claims.claim(orders, self._partitions(), now)
        reach("after_claim")
        ends += self._deliver(claimed, time.monotonic(), now)
        for outcome, number in ends.items():
            metrics.count("replay_letters_total", number, outcome=outcome)
        return ends

    def settle(self, now: datetime) -> None:
        """Bring to an end what an earlier process of the job had claimed."""
        claims = self._claims.unsettled()
        if not claims:
            return
        partitions, began = self._partitions(), time.monotonic()
        fresh = [one for one in claims if may_send_again(one, partitions, now)]
        self._deliver(fresh, began, now)
        doubtful = [one for one in claims if one not in fresh]
        if doubtful:
            self._settle_doubtful(doubtful, partitions, now)

    def _settle_doubtful(
        self, claims: list[Claim], partitions: int, now: datetime
    ) -> None:
        forgotten = [one for one in claims if self._whereabouts.are_forgotten(one)]
        self._claims.settle(forgotten, now)
        asked = [one for one in claims if one not in forgotten]
        if not asked:
            return
        found = self._whereabouts.of(asked)
        self._claims.settle([one for one in found if not one.missing()], now)
        left = [one for one in found if one.missing()]
        self._claims.renew(left, partitions, now)
        renewed = [replace(one, at=now, partitions=partitions) for one in left]
        self._deliver(renewed, time.monotonic(), now)

    def _deliver(
        self, claims: Sequence[Claim], began: float, now: datetime
    ) -> Counter[str]:
        wanted = [(claim, index) for claim in claims for index in claim.missing()]
        if not wanted:
            return Counter()
        if time.monotonic() - began > FRESH_S:
            raise Busy("claimed too long ago to be sent now")
        deliveries = self._send([claim.message(index) for claim, index in wanted])
        reach("before_settle")
        told: dict[bytes, dict[int, Delivery]] = {claim.id: {} for claim in claims}
        for (claim, index), delivery in zip(wanted, deliveries, strict=True):
            told[claim.id][index] = delivery
        return self._settle(claims, told, now)

    def _settle(
        self,
        claims: Sequence[Claim],
        told: Mapping[bytes, Mapping[int, Delivery]],
        now: datetime,
    ) -> Counter[str]:
        sent = [_with_places(claim, told[claim.id]) for claim in claims]
        whole = [claim for claim in sent if not claim.missing()]
        self._claims.settle(whole, now)
        metrics.count("replay_letters_total", len(whole), outcome=SENT)
        refused, unknown = 0, ""
        for claim in sent:
            failures = _failures(told[claim.id].values())
            if failures and not claim.known and all(one.never for one in failures):
                self._claims.release(claim, failures[0].why, now)
                refused += 1
            elif failures:
                unknown = failures[0].why
        if unknown:
            raise Busy(f"Kafka did not acknowledge every letter: {unknown}")
        return Counter({REFUSED: refused} if refused else {})

    def _copies(self, letters: Iterable[Document]) -> set[bytes]:
        """Letters that are the second copy of a message which was sent twice.

        A message that fails is no duplicate for the fold, so both copies are here.
        """
        found = set()
        for letter in letters:
            if "origin" in letter:
                twin = {
                    "origin": letter["origin"],
                    "origin_index": letter["origin_index"],
                    "_id": {"$lt": letter["_id"]},
                }
                with busy_when_away():
                    if self._db[DEAD_LETTERS].find_one(twin, {"_id": 1}):
                        found.add(letter["_id"])
        return found


def replayer(
    db: Database[Document],
    brokers: str,
    topic: str,
    claims: Claims,
    outbox: Outbox,
) -> Replayer:
    """On the real Kafka."""

    def send(letters: list[Letter]) -> list[Delivery]:
        return outbox.deliver(topic, letters)

    def partitions() -> int:
        return len(end_offsets(brokers, topic))

    return Replayer(db, claims, Whereabouts(db, brokers, topic), send, partitions)


def _with_places(claim: Claim, told: Mapping[int, Delivery]) -> Claim:
    places = {n: one for n, one in told.items() if isinstance(one, Receipt)}
    return replace(claim, known=claim.known | places)


def _failures(deliveries: Iterable[Delivery]) -> list[Undelivered]:
    return [one for one in deliveries if isinstance(one, Undelivered)]
