"""The whole site for tests: every process of it, on real parts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from logsite.embedded import ports, site
from logsite.embedded.process import Process
from tests.parts import FIRST_PORT, Part

ROOT = Path(__file__).resolve().parent.parent
VISIBLE_S = 20.0


@dataclass(frozen=True)
class Site:
    """A running site, with a token that may send and read."""

    address: str
    token: str
    environment: Mapping[str, str]
    parts: Mapping[str, Part]

    def get(self, path: str, **query: Any) -> httpx.Response:
        return httpx.get(
            self.address + path,
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
        )

    def post(self, body: bytes | str, **headers: str) -> httpx.Response:
        return httpx.post(
            f"{self.address}/api/logs",
            content=body,
            headers={"Authorization": f"Bearer {self.token}", **headers},
            trust_env=False,
        )

    def wait_until_visible(self) -> None:
        """Until all that was acknowledged so far can be found."""
        deadline = time.monotonic() + VISIBLE_S
        acknowledged = _now()
        while (
            self.get("/api/logs", limit=1).json()["complete_to"] or ""
        ) < acknowledged:
            if time.monotonic() > deadline:
                raise TimeoutError(self.get("/readyz").text)
            time.sleep(0.05)

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """What a management command prints."""
    command = (sys.executable, str(ROOT / "manage.py"), *arguments)
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def running_site(folder: Path, addresses: Mapping[str, str]) -> Iterator[Site]:
    """`addresses` are the settings that name the parts."""
    port = ports.next_free(FIRST_PORT, ())
    address = f"http://127.0.0.1:{port}"
    environment = {
        **addresses,
        "DJANGO_SETTINGS_MODULE": "logsite.settings",
        "LOGSITE_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "HEARTBEAT_DIR": str(folder / "run"),
        "PUBLIC_URL": address,
        "MIN_FREE_DISK_MB": "0",
    }
    manage(environment, "migrate", "--verbosity", "0")
    scopes = ("--scope", "ingest", "--scope", "read")
    token = manage(environment, "token", "create", "tests", *scopes).strip()
    workers = (site.store(1, 0), site.watch(0), site.celery(0), site.beat())
    processes = (*workers, site.web("127.0.0.1", port))
    with ExitStack() as stack:
        parts = {}
        for process in processes:
            part = _start(process, folder, environment, address)
            stack.callback(part.stop)
            parts[process.name] = part
        yield Site(address, token, environment, parts)


def _start(
    process: Process, folder: Path, environment: Mapping[str, str], address: str
) -> Part:
    told = replace(process, environment={**environment, **process.environment})
    if process.name == "web":
        return Part(told, folder, lambda: site.is_ready(address))
    since = time.time()
    return Part(told, folder, lambda: site.beats(folder / "run" / process.name, since))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
