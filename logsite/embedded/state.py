"""What runs on a data folder: the state file that `up` writes, and the live answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from logsite.embedded import lock, site
from logsite.embedded.errors import SuperviseError
from logsite.embedded.plan import PEOPLE_MAY_SET
from logsite.embedded.stack import Stack
from logsite.embedded.supervise import Supervisor
from logsite.stackfile import STATE_NAME, read_state

SHARED = ("KAFKA_BROKERS", "MONGO_URL", "REDIS_URL", "LOG_REPLICATION", *PEOPLE_MAY_SET)

UP = ("starting", "running")  # one that starts is proved by the site's own answer


class Running(TypedDict):
    name: str
    pid: int
    port: int | None
    state: str


class Status(TypedDict):
    ready: bool
    address: str
    reasons: list[str]  # why it is not ready
    processes: list[Running]


def write(stack: Stack) -> None:
    """Tell other commands how to reach this stack; read by logsite.stackfile."""
    state = {
        "address": stack.address,
        "processes": _processes(stack.data, _ports(stack)),
        "environment": {name: stack.environment[name] for name in SHARED},
    }
    draft = stack.data / f"{STATE_NAME}.new"
    draft.write_text(json.dumps(state, indent=2))
    draft.replace(stack.data / STATE_NAME)


def forget(data: Path) -> None:
    """The addresses of a stopped stack may soon be somebody else's."""
    (data / STATE_NAME).unlink(missing_ok=True)


def status(data: Path) -> Status:
    """What runs now, asked of supervisord and of the site itself."""
    if not lock.is_held(data):
        return Status(ready=False, address="", reasons=[], processes=[])
    state = read_state(data)
    ports = {each["name"]: each["port"] for each in state.get("processes", [])}
    processes, address = _processes(data, ports), state.get("address", "")
    up = [each["state"] in UP for each in processes]
    ready = bool(up) and all(up) and site.is_ready(address)
    reasons = [] if ready or not address else site.reasons(address)
    return Status(ready=ready, address=address, reasons=reasons, processes=processes)


def _ports(stack: Stack) -> dict[str, int | None]:
    return {
        process.name: process.port
        for group in stack.groups
        for process in group.processes
    }


def _processes(data: Path, ports: Mapping[str, int | None]) -> list[Running]:
    try:
        found = {each["name"]: each for each in Supervisor(data).processes()}
    except SuperviseError:
        found = {}
    return [_running(name, port, found.get(name, {})) for name, port in ports.items()]


def _running(name: str, port: int | None, found: Mapping[str, Any]) -> Running:
    state = str(found.get("statename", "unknown")).lower()
    return Running(name=name, pid=int(found.get("pid", 0)), port=port, state=state)
