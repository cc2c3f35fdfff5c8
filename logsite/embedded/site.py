"""The site's own processes: web, store workers, watch and the demo flow."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from logsite.embedded.process import Process

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT_S = 10.0


def web(host: str, port: int) -> Process:
    options = ("--host", host, "--port", str(port), "--no-access-log")
    quick = ("--timeout-graceful-shutdown", "10", "--log-level", "warning")
    application = "logsite.asgi:application"
    command = (sys.executable, "-m", "uvicorn", application, *options, *quick)
    return Process("web", command, port)


def store(number: int, metrics_port: int) -> Process:
    environment = {"METRICS_PORT": str(metrics_port)}
    return _manage(
        f"store-{number}",
        ("consume", "store", "--name", f"store-{number}"),
        metrics_port,
        environment,
    )


def watch(metrics_port: int) -> Process:
    environment = {"METRICS_PORT": str(metrics_port)}
    return _manage("watch", ("watch",), metrics_port, environment)


def demo(url: str, token: str) -> Process:
    """A gentle flow of three invented services, until stopped."""
    command = ("simulate", "--rate", "20", "--forever", "--url", url)
    return _manage("demo", command, None, {"LOGSITE_TOKEN": token})


def _manage(
    name: str,
    command: tuple[str, ...],
    port: int | None,
    environment: dict[str, str],
) -> Process:
    manage = str(ROOT / "manage.py")
    return Process(name, (sys.executable, manage, *command), port, environment)


def is_ready(address: str, path: str = "/readyz") -> bool:
    """Whether the web process says that all its parts answer."""
    try:
        return httpx.get(f"{address}{path}", timeout=3, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def beats(folder: Path, worker: str, since: float) -> bool:
    """Whether a worker of this name has shown life since then."""
    fresh = max(since, time.time() - HEARTBEAT_S)
    return any(file.stat().st_mtime >= fresh for file in folder.glob(f"{worker}*"))
