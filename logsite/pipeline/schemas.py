"""What /api/ledger takes and answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from logsite.parameters import Parameters
from logsite.pipeline.minutes import Verdict
from logsite.search.schemas import TIMES, Time


class LedgerIn(Parameters):
    """Which minutes, and of which services."""

    start: str = Field("", alias="from", description=f"inclusive; {TIMES}")
    end: str = Field("", alias="to", description=f"exclusive; {TIMES}")
    service: list[str] = Field([], description="repeated: any of them", max_length=100)


class StatesOut(Schema):
    """What became of offsets; the six add up to all of them."""

    stored: int
    duplicate: int = Field(description="sent again with the same Idempotency-Key")
    dead: int = Field(description="never valid: in the dead letters, with the reason")
    void: int = Field(description="Kafka's own records: there was no message")
    lost: int = Field(description="deleted by Kafka before they were read")
    expired: int = Field(description="of a day that retention had dropped")


class ServiceOut(Schema):
    service: str = Field(description="empty where there was no entry")
    states: StatesOut


class GapOut(Schema):
    partition: int
    first: int
    last: int


class StretchOut(Schema):
    partition: int
    incarnation: int
    first: int
    end: int = Field(description="exclusive")
    known: bool = Field(description="false: Kafka could not tell any more")
    counted: int | None = Field(None, description="what blocks account for")


class MinuteOut(Schema):
    minute: Time = Field(alias="start", description="of the append time")
    state: Verdict = Field(
        alias="verdict", description="open: not all of it is visible yet; even; out"
    )
    offsets: int = Field(description="that Kafka gave in this minute")
    states: StatesOut | None = Field(description="null while open")
    remainder: int | None = Field(
        description="offsets that are in no block, or in too many; 0 is right"
    )
    acknowledged: int = Field(description="entries that our edge answered 202")
    excess: int | None = Field(description="acknowledged, but not in Kafka; 0 is right")
    gaps: list[GapOut] = Field(description="where blocks do not follow each other")
    services: list[ServiceOut]
    partitions: list[StretchOut]
    tokens: dict[str, int] = Field(description="acknowledged, by the token's id")


class RefusedOut(Schema):
    """Requests that were refused as a whole: nobody counted their entries."""

    status: int
    code: str
    requests: int


class ArrivedOut(Schema):
    """What came to our edge with one token, by the edge's own clock."""

    token: str = Field(
        alias="token_id", description="its id; empty where no token was known"
    )
    offered: int = Field(description="entries of requests that were read")
    rejected: int = Field(description="of these, not accepted one by one")
    refused: list[RefusedOut] = Field(description="the most frequent first")


class LedgerSumsOut(Schema):
    minutes: int
    open: int
    offsets: int
    acknowledged: int
    states: StatesOut
    remainder: int
    excess: int
    gaps: int


class LedgerOut(Schema):
    complete_to: Time | None = Field(
        description="what was acknowledged before is visible; null: not known"
    )
    alarm: bool = Field(description="whether any closed minute is out")
    sums: LedgerSumsOut
    minutes: list[MinuteOut] = Field(description="newest first")
    arrived: list[ArrivedOut] = Field(
        description="by token, of the same minutes of the edge's clock, which are not "
        "quite those of append time; kept for two days, and in no sum"
    )
