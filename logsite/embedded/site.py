"""The site's own processes: web, store workers, watch and the demo flow."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from logsite.embedded.process import Process

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT_S = 10.0


def web(host: str, port: int) -> Process:
    options = ("--host", host, "--port", str(port), "--no-access-log")
    quick = ("--timeout-graceful-shutdown", "10", "--log-level", "warning")
    trusting = ("--no-proxy-headers",)  # whom to believe is up to TRUSTED_PROXIES
    application = "logsite.asgi:application"
    patient = ("--http", "ingest.edge.connections:PatientHttp")
    served = (*options, *trusting, *quick, *patient)
    command = (sys.executable, "-m", "uvicorn", application, *served)
    environment = {"WEB_ROLE": "site", "METRICS_PORT": "0"}  # whatever people set
    return Process("web", command, port, environment)


def store(number: int, metrics_port: int) -> Process:
    name = f"store-{number}"
    command = ("consume", "store", "--name", name)
    return _manage(name, command, metrics_port, {"METRICS_PORT": str(metrics_port)})


def watch(metrics_port: int) -> Process:
    environment = {"METRICS_PORT": str(metrics_port)}
    return _manage("watch", ("watch",), metrics_port, environment)


def celery(metrics_port: int) -> Process:
    """One worker for all tasks; threads, for they wait for MongoDB most of the time."""
    environment = {"METRICS_PORT": str(metrics_port)}
    alone = ("--without-gossip", "--without-mingle")
    command = _celery("worker", "--pool", "threads", "--concurrency", "4", *alone)
    return Process("celery", command, metrics_port, environment)


def beat() -> Process:
    return Process("beat", _celery("beat", "--pidfile="))


def _celery(*command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "logsite.celery", *command)


def demo(url: str) -> Process:
    """A gentle flow of three invented services, with the demo token, until stopped."""
    return _manage("demo", ("simulate", "--rate", "20", "--forever", "--url", url))


def _manage(
    name: str,
    command: tuple[str, ...],
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Process:
    manage = (sys.executable, str(ROOT / "manage.py"))
    return Process(name, (*manage, *command), port, environment or {})


def is_ready(address: str, path: str = "/readyz") -> bool:
    """Whether the web process says that all its parts answer."""
    try:
        return httpx.get(f"{address}{path}", timeout=3, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def reasons(address: str) -> list[str]:
    """Why the site is not ready: what /readyz says of each part that is not ok."""
    try:
        answer = httpx.get(f"{address}/readyz", timeout=3, trust_env=False)
        return not_ok(answer.json()["parts"])
    except (httpx.HTTPError, ValueError, KeyError):
        return ["web: does not answer"]


def not_ok(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{name} ({part['state']}): {part['reason']}"
        for name, part in parts.items()
        if part["state"] != "ok"
    ]


def beats(file: Path, since: float) -> bool:
    """Whether the worker of this heartbeat file has shown life since then."""
    fresh = max(since, time.time() - HEARTBEAT_S)
    return file.exists() and file.stat().st_mtime >= fresh
