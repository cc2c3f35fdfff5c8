"""Settings of the Kafka client: one function for each role."""

from __future__ import annotations

from typing import Any, Final

MESSAGE_TIMEOUT_S: Final = 10.0  # a message that is not acknowledged by then has failed
LINGER_MS: Final = 5
QUEUE_MESSAGES: Final = 200_000  # entries that wait for an acknowledgement
QUEUE_KB: Final = 256 * 1024


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


def _client(brokers: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": brokers,
        "socket.timeout.ms": 5_000,
        "socket.keepalive.enable": True,
        # Brokers that come back are found within a second.
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 0,  # each failed message says why; librdkafka would say it again
    }
