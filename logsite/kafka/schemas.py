"""What the Kafka API takes and answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field

from ingest.kafka.resets import TARGETS
from ingest.kafka.topics import BROKER_DEFAULT
from logsite.search.schemas import Time

DRY_RUN = Field(False, description="only check; Kafka changes nothing")


class BrokerOut(Schema):
    id: int
    address: str


class TopicOut(Schema):
    name: str
    internal: bool = Field(alias="is_internal")
    partitions: int = Field(description="how many")
    replication: int
    under_replicated: int = Field(description="partitions with a replica out of sync")
    leaderless: int = Field(description="partitions that nobody leads")
    messages: int = Field(description="offsets that are kept")
    rate: float | None = Field(description="messages a second; null: not known yet")


class TopicsOut(Schema):
    at: Time | None = Field(description="when `watch` looked; null: not yet")
    brokers: list[BrokerOut]
    controller: int | None
    topics: list[TopicOut]
    problems: list[str] = Field(description="what could not be read")


class PartitionOut(Schema):
    partition: int = Field(alias="number")
    leader: int | None
    replicas: list[int]
    in_sync: list[int]
    start: int | None = Field(description="the oldest offset that is there")
    end: int | None = Field(description="behind the newest")


class SettingOut(Schema):
    name: str
    value: str
    source: str
    own: bool = Field(alias="is_own", description="set for this topic")


class ReadingOut(Schema):
    topic: str
    partition: int
    committed: int | None
    start: int | None
    end: int | None
    lag: int | None = Field(description="null: nothing is committed")
    lost: int = Field(description="deleted by Kafka before the group read it")
    member: str


class GroupOut(Schema):
    name: str
    state: str
    members: int
    topics: list[str]
    lag: int | None = Field(description="over all partitions; null: nothing committed")
    lost: int


class TopicDetailOut(Schema):
    at: Time
    name: str
    partitions: list[PartitionOut]
    groups: list[GroupOut] = Field(description="who reads it")
    settings: list[SettingOut]


class GroupsOut(Schema):
    at: Time | None = Field(description="when `watch` looked; null: not yet")
    groups: list[GroupOut]


class GroupDetailOut(GroupOut):
    at: Time
    partitions: list[ReadingOut]


class TopicIn(Schema):
    name: str = Field(max_length=249)
    partitions: int = Field(BROKER_DEFAULT, ge=-1, description="-1: brokers' default")
    replication: int = Field(BROKER_DEFAULT, ge=-1, description="-1: brokers' default")
    settings: dict[str, str] = Field({}, description='as {"retention.ms": "86400000"}')
    dry_run: bool = DRY_RUN


class TopicChangeIn(Schema):
    partitions: int | None = Field(None, ge=1, description="the new number")
    settings: dict[str, str | None] = Field({}, description="null: back to the default")
    dry_run: bool = DRY_RUN


class ResetIn(Schema):
    topic: str
    to: str = Field(description=TARGETS)
    dry_run: bool = DRY_RUN


class DoneOut(Schema):
    name: str
    dry_run: bool


class DeletedOut(DoneOut):
    messages: int
    partitions: int
    groups: list[GroupOut] = Field(description="who reads it")


class MoveOut(Schema):
    partition: int
    before: int | None
    after: int
    skipped: int
    repeated: int


class ResetOut(Schema):
    group: str
    topic: str
    dry_run: bool
    partitions: list[MoveOut]


Shape = dict[str, Any]
