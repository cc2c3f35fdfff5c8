"""Topics: create, alter and delete them, read their settings; ours in particular."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    TopicMetadata,
)
from confluent_kafka.cimpl import NewPartitions, NewTopic

from ingest.kafka.admin import TIMEOUT_S, client, metadata_of, settled
from ingest.kafka.errors import KafkaAway, KafkaRefused

CREATE_TIMEOUT_S: Final = 15.0
SETTLE_S: Final = 5.0  # until all brokers have heard of a change
BROKER_DEFAULT: Final = -1


@dataclass(frozen=True)
class Wanted:
    """A topic to create; what is not said is up to the brokers."""

    name: str
    partitions: int = BROKER_DEFAULT
    replication: int = BROKER_DEFAULT
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One setting of a topic and where its value comes from."""

    name: str
    value: str
    source: str
    is_own: bool  # set for this topic, not inherited
    is_read_only: bool


def create(brokers: str, wanted: Wanted, dry_run: bool = False) -> None:
    """Create a topic; with `dry_run` Kafka only says whether it would."""
    topic = NewTopic(
        wanted.name,
        wanted.partitions,
        wanted.replication,
        config=dict(wanted.settings),
    )
    created = client(brokers).create_topics(
        [topic],
        validate_only=dry_run,
        operation_timeout=CREATE_TIMEOUT_S,
        request_timeout=CREATE_TIMEOUT_S,
    )
    settled(created[wanted.name], CREATE_TIMEOUT_S)
    if not dry_run:
        _wait(brokers, wanted.name, there=True)


def delete(brokers: str, name: str, kept: frozenset[str] = frozenset()) -> None:
    """Delete a topic with all its messages, unless it is one of those kept."""
    refuse_kept(name, kept)
    deleted = client(brokers).delete_topics(
        [name], operation_timeout=TIMEOUT_S, request_timeout=TIMEOUT_S
    )
    settled(deleted[name])
    _wait(brokers, name, there=False)


def refuse_kept(name: str, kept: frozenset[str]) -> None:
    """Say no to deleting what Kafka or logsite itself lives on."""
    if name.startswith("__"):
        hint = "Its names begin with two underscores."
        raise KafkaRefused(409, "topic_in_use", f"{name} is Kafka's own.", hint)
    if name in kept:
        hint = "Stop logsite and use Kafka's tools if you mean it."
        raise KafkaRefused(409, "topic_in_use", f"logsite itself uses {name}.", hint)


def _wait(brokers: str, name: str, *, there: bool) -> None:
    """Until the metadata say so, or a while: brokers hear of changes one by one."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        found = metadata_of(brokers).topics.get(name)
        led = found is not None and all(
            p.leader >= 0 for p in found.partitions.values()
        )
        if led if there else found is None:
            return
        time.sleep(0.1)


def _is_led(topic: TopicMetadata) -> bool:
    return all(partition.leader >= 0 for partition in topic.partitions.values())


def add_partitions(brokers: str, name: str, total: int, dry_run: bool = False) -> None:
    """Grow a topic to so many partitions; keys then go elsewhere than before."""
    grown = client(brokers).create_partitions(
        [NewPartitions(name, total)],
        validate_only=dry_run,
        operation_timeout=TIMEOUT_S,
        request_timeout=TIMEOUT_S,
    )
    settled(grown[name])


def alter_settings(
    brokers: str,
    name: str,
    changes: Mapping[str, str | None],
    dry_run: bool = False,
) -> None:
    """Set some settings and leave the others; None goes back to the default."""
    entries = [_change(setting, value) for setting, value in changes.items()]
    resource = ConfigResource(
        ConfigResource.Type.TOPIC, name, incremental_configs=entries
    )
    altered = client(brokers).incremental_alter_configs(
        [resource], validate_only=dry_run, request_timeout=TIMEOUT_S
    )
    settled(altered[resource])


def _change(setting: str, value: str | None) -> ConfigEntry:
    verb = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    return ConfigEntry(setting, value, incremental_operation=verb)


def settings_of(brokers: str, name: str) -> list[Setting]:
    """All settings of a topic, its own ones first."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    asked = client(brokers).describe_configs([resource], request_timeout=TIMEOUT_S)
    found = [_setting(entry) for entry in settled(asked[resource]).values()]
    return sorted(found, key=lambda setting: (not setting.is_own, setting.name))


def _setting(entry: ConfigEntry) -> Setting:
    source = ConfigSource(entry.source)
    return Setting(
        name=entry.name,
        value="(hidden)" if entry.is_sensitive else entry.value or "",
        source=source.name.lower().replace("_config", "").replace("_", " "),
        is_own=source is ConfigSource.DYNAMIC_TOPIC_CONFIG,
        is_read_only=entry.is_read_only,
    )


def ensure_topic(
    brokers: str,
    name: str,
    partitions: int,
    replication: int,
    max_bytes: int,
    retention_ms: int,
) -> bool:
    """Create the topic; False if it was there (it is left as it is).

    Raises Busy if Kafka is away, KafkaRefused if it refuses such a topic.
    """
    config = {
        # The broker's clock is `received`: nobody can forge a day.
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.bytes": str(max_bytes // partitions),
        "retention.ms": str(retention_ms),
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    try:
        create(brokers, Wanted(name, partitions, replication, config))
    except KafkaRefused as error:
        if error.code == "topic_exists":
            return False
        if error.code == "bad_replication":  # a broker may still be on its way
            raise KafkaAway(f"Kafka: {error.message}") from error
        raise
    return True


def alive_brokers(broker: str, timeout_s: float = 2.0) -> set[int]:
    """Ids of the brokers that this one names in its metadata; none if it is silent."""
    # A client of its own: a lasting one would ask the other brokers that it knows, and
    # after a failure it waits for seconds before it asks again.
    asking = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    try:
        metadata = asking.list_topics(timeout=timeout_s)
    except KafkaException:
        return set()
    return set(metadata.brokers)
