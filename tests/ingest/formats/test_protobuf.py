"""Large protobuf bodies are decoded one at a time."""

from __future__ import annotations

import threading

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)

from ingest.errors import Unreadable
from ingest.formats.protobuf import LARGE_BYTES, decoded
from tests.ingest.formats.otlpdata import record, request

LARGE = request(record("a" * LARGE_BYTES)).SerializeToString()
SMALL = request(record("a")).SerializeToString()


def reading(body: bytes) -> threading.Thread:
    def read() -> None:
        with decoded(ExportLogsServiceRequest, body):
            pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def test_a_large_body_waits_for_the_one_before() -> None:
    with decoded(ExportLogsServiceRequest, LARGE):
        second = reading(LARGE)
        second.join(0.05)
        assert second.is_alive()

    second.join(10)
    assert not second.is_alive()


def test_a_small_body_waits_for_none() -> None:
    with decoded(ExportLogsServiceRequest, LARGE):
        second = reading(SMALL)
        second.join(10)
        assert not second.is_alive()


def test_after_a_bad_one_the_next_is_read() -> None:
    with (
        pytest.raises(Unreadable),
        decoded(ExportLogsServiceRequest, LARGE[:-1]),
    ):
        pass

    with decoded(ExportLogsServiceRequest, LARGE) as message:
        assert len(message.resource_logs) == 1
