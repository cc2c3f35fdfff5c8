"""Real Kafka, MongoDB and Valkey for tests: free ports, own folder, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from ingest.kafka.topics import alive_brokers
from logsite.embedded import kafka, mongodb, ports, valkey
from logsite.embedded.jars import ensure_jars
from logsite.embedded.launch import PARENT
from logsite.embedded.process import Process, launched

READY_S = 60.0
# Far from the usual ports, so that tests and a running stack do not meet.
FIRST_PORT = 21000 + os.getpid() % 400 * 16


class Part:
    """One real process of a test run, ended by its pid."""

    def __init__(
        self, process: Process, folder: Path, ready: Callable[[], bool]
    ) -> None:
        self.name = process.name
        self.log = folder / f"{process.name}.log"
        self._process = process
        self._ready = ready
        self.start()

    def start(self) -> None:
        """Start, also again after `stop`: the data are still there."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start without waiting; from a thread that lasts, or it ends with it."""
        self.run = self._start(self._process)

    def _start(self, process: Process) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **process.environment, PARENT: str(os.getpid())}
        with self.log.open("wb") as log:
            return subprocess.Popen(
                launched(process.command),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def wait(self) -> None:
        """Until it is ready."""
        deadline = time.monotonic() + READY_S
        while not self._ready():
            if self.run.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not start:\n{self._last_words()}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """At once: the folder goes away with the test run."""
        self.run.kill()
        self.run.wait()

    def end(self) -> None:
        """As at a restart that was planned: it may finish what it does."""
        self.run.terminate()
        self.run.wait(READY_S)

    def freeze(self) -> None:
        """It is there, but does nothing, like a machine that hangs."""
        self.run.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.run.send_signal(signal.SIGCONT)

    @property
    def is_alive(self) -> bool:
        return self.run.poll() is None


def start_kafka(folder: Path) -> tuple[Part, str]:
    ensure_jars()
    port = free_port()
    cluster = kafka.nodes([port], free_port(port))
    cluster_id = kafka.new_cluster_id()
    process = kafka.prepare(cluster[0], cluster, folder, cluster_id, kafka.SHORT_RUN)
    brokers = kafka.bootstrap(cluster)
    return Part(process, folder, lambda: alive_brokers(brokers) == {1}), brokers


def start_mongodb(folder: Path) -> tuple[Part, str]:
    port = free_port()
    process = mongodb.prepare(port, folder, cache_gb=0.25)
    return Part(process, folder, lambda: mongodb.is_primary(port)), mongodb.url(port)


def start_valkey(folder: Path) -> tuple[Part, str]:
    port = free_port()
    process = valkey.prepare(port, folder)
    return Part(process, folder, lambda: valkey.answers(port)), valkey.url(port)


def free_port(*taken: int) -> int:
    return ports.next_free(FIRST_PORT, taken)
