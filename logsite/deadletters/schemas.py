"""What the API of dead letters takes and answers: shapes of the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from ingest.replay.letters import MAX_IDS
from logsite.deadletters.bench import MAX_SHOWN, MAX_TRIED
from logsite.deadletters.models import MAX_RATE, USUAL_RATE
from logsite.parameters import Parameters
from logsite.search.schemas import Time

StateName = Literal["open", "claimed", "replayed", "discarded"]
RULE: Any = Field(
    [],
    description="steps in their order: "
    '{"do":"set","field":"service","value":"pay"}, '
    '{"do":"rename","field":"msg","to":"message"}, {"do":"remove","field":"debug"}, '
    '{"do":"replace","text":"NaN","with":"null"}, {"do":"parse","as":"text"}',
    max_length=20,
)


class GroupsIn(Parameters):
    state: StateName = "open"


class LettersIn(Parameters):
    cause: str = Field("", description="of a group; empty means all")
    state: StateName | Literal["any"] = "open"
    limit: int = Field(50, ge=1, le=1_000)
    cursor: str = Field("", description="`next` of the page before")


class CauseOut(Schema):
    cause: str = Field(description="names the group: stage, code, gist and service")
    stage: str
    code: str
    gist: str = Field(description="the reason without numbers, values and ids")
    service: str = Field(description="empty if neither letter nor key says it")
    count: int
    first: Time = Field(description="append time of the oldest")
    last: Time
    trend: list[int] = Field(description="twelve parts of the last 24 hours")


class CausesOut(Schema):
    counts: dict[str, int] = Field(description="letters by state")
    groups: list[CauseOut] = Field(description="the largest first, at most 200")


class LetterOut(Schema):
    id: str = Field(description="its position: incarnation, partition, offset; 32 hex")
    state: str
    cause: str
    stage: str
    code: str
    message: str
    service: str
    topic: str
    partition: int
    offset: int
    received: Time = Field(description="append time")
    at: Time = Field(description="when it was found to be dead")
    size: int = Field(description="bytes")
    attempts: int = Field(description="how often it was replayed and failed again")


class PlaceOut(Schema):
    partition: int
    offset: int = Field(description="below 0: Kafka did not say")
    received: Time | None


class FateOut(Schema):
    by: str
    job: str
    request: str
    claimed: Time
    at: Time | None = Field(description="null: not known yet whether it was sent")
    places: list[PlaceOut] = Field(description="where its entries are now")


class DiscardOut(Schema):
    at: Time
    by: str
    reason: str


class WholeLetterOut(LetterOut):
    source: str | None = Field(description="its key, as text")
    text: str = Field(description="its bytes as UTF-8, with U+FFFD for what is none")
    base64: str = Field(description="its bytes, whole")
    headers: list[tuple[str, str]] = Field(description="values as text")
    origin: str | None = Field(description="the letter whose replay it is")
    became: list[str] = Field(description="letters that its own replay became")
    replay: FateOut | None
    discard: DiscardOut | None


class LettersOut(Schema):
    letters: list[LetterOut]
    next: str | None


class SelectionIn(Schema):
    cause: str = Field("", description="all open letters of a group")
    ids: list[str] = Field([], description="or letters by id", max_length=MAX_IDS)


class MendIn(SelectionIn):
    rule: list[dict[str, Any]] = RULE
    text: str | None = Field(None, description="one letter, written by hand")
    insist: bool = Field(
        False, description="also send what today's pipeline would refuse"
    )


class DryRunIn(MendIn):
    limit: int = Field(MAX_TRIED, ge=1, le=MAX_TRIED)
    shown: int = Field(MAX_SHOWN, ge=0, le=100)


class ReplayIn(MendIn):
    rate: int = Field(USUAL_RATE, ge=1, le=MAX_RATE, description="letters a second")
    expected: int | None = Field(
        None, description="refused unless as many letters are meant"
    )


class DiscardIn(SelectionIn):
    reason: str = Field(max_length=300)
    expected: int | None = Field(
        None, description="refused unless as many letters are meant"
    )


class DiscardedOut(Schema):
    discarded: int


class OutcomeOut(Schema):
    outcome: str = Field(description="stored, fails, unchanged, misfit, guarded")
    code: str
    count: int


class TriedOut(Schema):
    id: str
    outcome: str
    code: str
    reason: str
    before: str
    after: list[str] = Field(description="what would be sent")
    diff: list[str]


class DryRunOut(Schema):
    total: int = Field(description="open letters that are meant")
    tried: int
    outcomes: list[OutcomeOut]
    letters: list[TriedOut] = Field(description="some of each outcome")


class ReplayOut(Schema):
    id: int
    state: str
    by: str
    created: Time
    finished: Time | None
    selection: dict[str, Any]
    rule: list[dict[str, Any]]
    by_hand: bool
    insist: bool
    rate: int
    total: int
    sent: int
    ends: dict[str, int] = Field(description="letters that were not sent, by outcome")
    error: str = Field(description="why it has to wait; empty if it does not")


class ReplaysOut(Schema):
    replays: list[ReplayOut]
