"""An OpenTelemetry Collector sends with the configuration of its page.

No package registry has it: docs/senders/collector.md says how it is built, and OTELCOL
names the binary.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.edge.circuit import OPEN_S
from tests.ingest.edge.serving import Served

BINARY = os.environ.get("OTELCOL", "")
pytestmark = [
    pytest.mark.agents,
    pytest.mark.skipif(not BINARY, reason="OTELCOL names no collector"),
]
PAGE = Path(__file__).parents[2] / "docs/senders/collector.md"
LINES = [f"order {number} failed" for number in range(2_000)]
PATIENCE_S = 60.0


@contextmanager
def collector(served: Served, folder: Path, *options: str) -> Iterator[None]:
    """One that reads a file, with the page's configuration and a test's addresses."""
    found = re.search(r"^```yaml\n(receivers:.*?)^```", PAGE.read_text(), re.M | re.S)
    assert found
    text = found[1].replace("https://logs.example.com", served.address)
    for path in ("/var/log/shop", "/var/lib/otelcol"):
        text = text.replace(path, str(folder))
    text = re.sub(r"0\.0\.0\.0:\d+", "127.0.0.1:0", text)
    config = folder / "collector.yaml"
    config.write_text(text)
    command = [BINARY, "--config", str(config), *options]
    quiet = ["--set", "service.telemetry.metrics.level=none"]
    environment = {**os.environ, "LOGSITE_TOKEN": "alice"}
    with subprocess.Popen([*command, *quiet], env=environment) as process:
        try:
            yield
        finally:
            process.terminate()


def wait_until(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < give_up, "the collector did nothing more"
        time.sleep(0.05)


@pytest.mark.parametrize("packing", [("gzip", "proto"), ("zstd", "json")], ids="-".join)
def test_every_line_arrives_once(
    served: Served, tmp_path: Path, packing: tuple[str, str]
) -> None:
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")
    compression, encoding = packing
    options = [f"exporters.otlphttp.compression={compression}"]
    options += [f"exporters.otlphttp.encoding={encoding}"]

    with collector(served, tmp_path, *(f"--set={option}" for option in options)):
        wait_until(lambda: len(served.messages) >= len(LINES))

    assert sorted(served.messages) == sorted(LINES)
    assert {value["service"] for value in served.edge.kafka.values} == {"shop"}


def test_it_sends_everything_once_after_kafka_was_away(
    served: Served, tmp_path: Path
) -> None:
    served.edge.kafka.away = True
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")

    with collector(served, tmp_path):
        wait_until(lambda: served.edge.kafka.asked > 0)
        served.edge.kafka.away = False
        served.edge.now += OPEN_S + 1
        wait_until(lambda: len(served.messages) >= len(LINES))

    assert sorted(served.messages) == sorted(LINES)
