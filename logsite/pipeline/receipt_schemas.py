"""What /api/receipts takes and answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from ingest.query.fates import Fate, Why
from logsite.parameters import Parameters
from logsite.search.schemas import Time

MAX_ENTRIES = 2**31


class ReceiptIn(Parameters):
    """Which of its entries."""

    start: int = Field(0, ge=0, le=MAX_ENTRIES, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=1_000)
    fate: list[Fate] = Field([], description="repeated: only entries with any of them")


class ReceiptBody(ReceiptIn):
    receipt: str = Field(description="as the answer 202 had it")


class FatesOut(Schema):
    """How many entries have each fate; they add up to `counted`."""

    stored: int
    duplicate: int = Field(description="sent again with the same Idempotency-Key")
    dead: int = Field(description="in the dead letters, with the reason")
    lost: int = Field(description="gone from Kafka before it was read")
    expired: int = Field(description="of a day that retention dropped")
    waiting: int = Field(description="in Kafka, not yet read")
    unknown: int


class ReceiptLetterOut(Schema):
    code: str
    message: str
    stage: str
    state: str = Field(description="open, claimed, replayed or discarded")


class EntryFateOut(Schema):
    partition: int
    offset: int
    fate: Fate
    why: Why | None = Field(description="the reason, where a fate has several")
    id: str | None = Field(description="of the entry, or of the dead letter")
    appended: Time | None = Field(description="when Kafka appended it")
    visible: Time | None = Field(
        description="when it could be found; null: not yet, or not known any more"
    )
    duplicate_of: str | None = Field(description="id of the entry that it repeats")
    dead_letter: ReceiptLetterOut | None


class ReceiptEntryOut(EntryFateOut):
    number: int = Field(description="from 0: by partition, then by offset")
    replays: list[EntryFateOut] = Field(
        description="of a dead letter that was sent again"
    )


class ReceiptOut(Schema):
    entries: int = Field(description="that the request had accepted")
    read: Time | None = Field(description="when the edge had read the request")
    acknowledged: Time | None = Field(description="when Kafka had all of it")
    counted: int = Field(description="entries in `fates`: 100,000 at most")
    fates: FatesOut
    settled: bool = Field(description="nothing waits any more")
    items: list[ReceiptEntryOut]
    next: int | None = Field(description="`start` of the following page")
