"""OpenTelemetry's own exporter, unchanged, against the running site."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from tests.site import Site

pytestmark = pytest.mark.parts
AT = 1_772_366_398_250_000_001


@contextmanager
def logger_of(site: Site, service: str, compression: Compression) -> Iterator[Logger]:
    """A logger of the SDK; what it was given is sent when this ends."""
    exporter = OTLPLogExporter(
        endpoint=f"{site.address}/v1/logs",
        headers={"Authorization": f"Bearer {site.token}"},
        compression=compression,
    )
    named = {"service.name": service, "host.name": "web-1", "service.instance.id": "i"}
    provider = LoggerProvider(resource=Resource(named), shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    try:
        yield provider.get_logger("shop.orders", "1.2")
    finally:
        provider.shutdown()


def found(site: Site, service: str) -> list[dict[str, Any]]:
    site.wait_until_visible()
    items: list[dict[str, Any]] = site.get(
        "/api/logs", service=service, limit=1000
    ).json()["items"]
    return items


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_every_record_of_the_sdk_is_found(site: Site, compression: Compression) -> None:
    service = f"otel-{uuid.uuid4().hex[:8]}"

    with logger_of(site, service, compression) as logger:
        for number in range(700):  # more than one batch of 512
            logger.emit(LogRecord(timestamp=AT + number, body=f"order {number}"))

    items = found(site, service)
    assert {item["message"] for item in items} == {f"order {n}" for n in range(700)}
    assert len(items) == 700


def test_a_record_keeps_all_that_the_sdk_said(site: Site) -> None:
    service = f"otel-{uuid.uuid4().hex[:8]}"

    with logger_of(site, service, Compression.Gzip) as logger:
        logger.emit(
            LogRecord(
                timestamp=AT,
                severity_number=SeverityNumber.ERROR2,
                severity_text="SEVERE",
                body={"reason": "card declined", "tries": [1, 2.5, True]},
                attributes={"order.id": 4711, "raw": b"\x00\xff", "tags": ["a", "b"]},
                event_name="payment.failed",
            )
        )

    (item,) = found(site, service)
    assert item["timestamp"].startswith("2026-03-01T11:59:58.250")
    assert (item["level"], item["service"]) == ("ERROR", service)
    assert item["message"] == '{"reason":"card declined","tries":[1,2.5,true]}'
    assert item["metadata"] == {
        "host": "web-1",
        "instance": "i",
        "scope_name": "shop.orders",
        "scope_version": "1.2",
        "order_id": 4711,
        "raw": "AP8=",
        "tags": ["a", "b"],
        "event_name": "payment.failed",
        "severity_number": 18,
        "severity_text": "SEVERE",
    }
