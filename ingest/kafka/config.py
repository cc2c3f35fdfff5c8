"""Settings of the Kafka client: one function for each role."""

from __future__ import annotations

from typing import Any, Final

MESSAGE_TIMEOUT_S: Final = 10.0  # a message that is not acknowledged by then has failed
LINGER_MS: Final = 5
QUEUE_MESSAGES: Final = 200_000  # entries that wait for an acknowledgement
QUEUE_KB: Final = 256 * 1024
SESSION_S: Final = 10.0  # a member that is silent for so long loses its partitions
# For who reads on and on beside others: a few answers with much in them. Otherwise
# brokers answer as soon as there is one message.
IN_BULK: Final = {"fetch.wait.max.ms": 50, "fetch.min.bytes": 100_000}


def producer(brokers: str) -> dict[str, Any]:
    """For the edge: acknowledged by all in-sync replicas, each message once."""
    return {
        **_client(brokers),
        "acks": "all",
        "enable.idempotence": True,
        "max.in.flight.requests.per.connection": 5,
        "compression.type": "lz4",
        "linger.ms": LINGER_MS,
        "batch.size": 1_000_000,
        "message.max.bytes": 1_000_000,
        "partitioner": "murmur2_random",  # as Java's clients place a key
        # Both bound what is kept in memory while brokers are away.
        "queue.buffering.max.messages": QUEUE_MESSAGES,
        "queue.buffering.max.kbytes": QUEUE_KB,
        "message.timeout.ms": int(MESSAGE_TIMEOUT_S * 1000),
        "request.timeout.ms": 5_000,
        "retry.backoff.ms": 100,
    }


def consumer(brokers: str, group: str, instance: str) -> dict[str, Any]:
    """For a worker: in a group, but it starts and commits only as it is told.

    `instance` is the worker's slot: one that comes back soon keeps its partitions.
    """
    static = {"group.instance.id": instance} if instance else {}
    return {
        **_client(brokers),
        **static,
        "group.id": group,
        "partition.assignment.strategy": "cooperative-sticky",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",  # never skip silently
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "session.timeout.ms": int(SESSION_S * 1000),
        "max.poll.interval.ms": 300_000,
        "topic.metadata.refresh.interval.ms": 10_000,
        "fetch.wait.max.ms": 100,
        # Both bound what is kept in memory while the worker is behind.
        "queued.min.messages": 20_000,
        "queued.max.messages.kbytes": 32_768,
        "allow.auto.create.topics": False,
    }


def outbox(brokers: str) -> dict[str, Any]:
    """For a worker that sends a few messages and waits for them."""
    return {**producer(brokers), "queue.buffering.max.messages": 10_000}


def admin(brokers: str) -> dict[str, Any]:
    """For questions about the cluster; asking for a topic must not create it."""
    return {
        **_client(brokers),
        "allow.auto.create.topics": False,
        # The client asks one broker that it has heard of. When that one dies it hears
        # of another only with new metadata: five minutes later by default.
        "topic.metadata.refresh.interval.ms": 2_000,
    }


def _client(brokers: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": brokers,
        "socket.timeout.ms": 5_000,
        "socket.keepalive.enable": True,
        # Brokers that come back are found within a second.
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 0,  # each failed message says why; librdkafka would say it again
    }
