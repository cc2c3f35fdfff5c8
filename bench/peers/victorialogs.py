"""VictoriaLogs, whose binary is given by path (VICTORIA_LOGS)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.parts import free_ports, is_open
from logsite.embedded.process import Process
from tests.parts import Part

INSERT = (
    "/insert/jsonline?_stream_fields=service&_time_field=timestamp&_msg_field=message"
)


@dataclass(frozen=True)
class VictoriaLogs:
    """A running server."""

    port: int
    process: psutil.Process


@contextmanager
def running_victorialogs(binary: Path, folder: Path) -> Iterator[VictoriaLogs]:
    port = free_ports(1)[0]
    options = (
        f"-storageDataPath={folder / 'victorialogs'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",  # the entries are not of today
        "-loggerLevel=WARN",
    )
    process = Process("victorialogs", (str(binary), *options), port)
    part = Part(process, folder, lambda: is_open(port))
    try:
        yield VictoriaLogs(port, psutil.Process(part.run.pid))
    finally:
        part.stop()
