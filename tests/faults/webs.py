"""Real web processes for fault tests, started as in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psutil

from logsite.embedded import ports, site
from tests.parts import FIRST_PORT, Part
from tests.site import manage

ANSWER_S = 30.0  # a request may wait for the message timeout of 10 s


@dataclass(frozen=True)
class Web:
    """One web process, and a token that may send."""

    part: Part
    port: int
    token: str
    environment: Mapping[str, str]
    client: httpx.Client

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(
        self, body: bytes, key: str | None = None, **headers: str
    ) -> httpx.Response:
        named = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            f"{self.address}/api/logs",
            content=body,
            headers=self.headers | named | headers,
        )

    def ready(self) -> dict[str, Any]:
        answer = self.client.get(f"{self.address}/readyz?for=ingest")
        body: dict[str, Any] = answer.json()
        return body

    def metric(self, name: str) -> float:
        """What /metrics shows under this name and labels; 0 while it has none."""
        text = self.client.get(f"{self.address}/metrics").text
        values = [line.rsplit(" ", 1) for line in text.splitlines()]
        return next((float(v[1]) for v in values if v[0] == name), 0.0)

    @property
    def memory_mb(self) -> float:
        return float(psutil.Process(self.part.run.pid).memory_info().rss / 2**20)


def site_environment(folder: Path, addresses: Mapping[str, str]) -> dict[str, str]:
    """A site of its own in this folder; several webs may share it."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "KAFKA_BROKERS": "127.0.0.1:1",
        "MONGO_URL": "mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=300",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        **addresses,
        "DJANGO_SETTINGS_MODULE": "logsite.settings",
        "LOGSITE_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "HEARTBEAT_DIR": str(folder / "run"),
        "MIN_FREE_DISK_MB": "0",
    }
    manage(environment, "migrate", "--verbosity", "0")
    return environment


def new_token(environment: Mapping[str, str], *options: str) -> str:
    name = f"tests{len(options)}{abs(hash(options))}"
    words = ("token", "create", name, "--scope", "ingest", *options)
    return manage(environment, *words).strip()


@contextmanager
def running_web(
    folder: Path, environment: Mapping[str, str], token: str, name: str = "web"
) -> Iterator[Web]:
    port = ports.next_free(FIRST_PORT, ())
    process = site.web("127.0.0.1", port)
    told = replace(
        process, name=name, environment={**environment, **process.environment}
    )
    address = f"http://127.0.0.1:{port}"
    part = Part(told, folder, lambda: site.is_ready(address, "/healthz"))
    try:
        with httpx.Client(timeout=ANSWER_S, trust_env=False) as client:
            yield Web(part, port, token, environment, client)
    finally:
        part.stop()
