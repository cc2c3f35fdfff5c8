"""Which processes a stack has, on which ports, and what they are told."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from logsite.embedded import kafka, mongodb, ports, valkey

WILDCARDS = ("0.0.0.0", "::")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Options:
    """What people say to `up`."""

    data: Path
    host: str = "127.0.0.1"
    port: int = ports.WEB
    brokers: int | None = None
    workers: int = 1
    demo: bool = True
    detach: bool = False


@dataclass(frozen=True)
class Ports:
    web: int
    brokers: tuple[int, ...]
    controller: int
    mongodb: int
    valkey: int
    metrics: tuple[int, ...]  # of watch, each store worker, celery


def choose_ports(
    options: Options, brokers: int, free: Callable[[int, str], bool] = ports.is_free
) -> Ports:
    """The usual ports; a taken one moves up."""
    taken: set[int] = set()

    def pick(wanted: int, host: str = kafka.HOST) -> int:
        port = ports.next_free(wanted, taken, lambda port: free(port, host))
        taken.add(port)
        return port

    return Ports(
        web=pick(options.port, options.host),
        brokers=tuple(pick(ports.KAFKA + number) for number in range(brokers)),
        controller=pick(ports.CONTROLLER),
        mongodb=pick(ports.MONGODB),
        valkey=pick(ports.VALKEY),
        metrics=tuple(pick(ports.METRICS) for _ in range(options.workers + 2)),
    )


def is_loopback(host: str) -> bool:
    return host in LOOPBACK


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the site."""
    shown = "127.0.0.1" if host in WILDCARDS else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def allowed_hosts(host: str, names: Collection[str]) -> str:
    """Host names that the site answers to: this machine's, not any."""
    bracketed = [f"[{name}]" if ":" in name else name for name in (*LOOPBACK, *names)]
    wanted = bracketed if host in WILDCARDS else [*bracketed[: len(LOOPBACK)], host]
    return ",".join(dict.fromkeys(wanted))


def names_of_this_machine() -> list[str]:
    """Its host names and the addresses of its interfaces."""
    addresses = [
        entry.address.partition("%")[0]
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return [socket.gethostname(), socket.getfqdn(), *addresses]


def stack_environment(options: Options, chosen: Ports) -> dict[str, str]:
    """What commands and processes need to reach this stack."""
    cluster = kafka.nodes(list(chosen.brokers), chosen.controller)
    return {
        "KAFKA_BROKERS": kafka.bootstrap(cluster),
        "MONGO_URL": mongodb.url(chosen.mongodb),
        "REDIS_URL": valkey.url(chosen.valkey),
        "LOG_REPLICATION": str(min(3, len(chosen.brokers))),
        "PUBLIC_URL": address(options.host, chosen.web),
        "ALLOWED_HOSTS": allowed_hosts(options.host, names_of_this_machine()),
        "ALERT_ALLOW_PRIVATE": "1",  # receivers on this machine are what people try
    }


# Where people may know better than the stack: a proxy in front, other names.
PEOPLE_MAY_SET = ("PUBLIC_URL", "ALLOWED_HOSTS", "ALERT_ALLOW_PRIVATE")


def process_environment(
    own: Mapping[str, str], stale: Mapping[str, str], stack: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the processes: what people set, and the stack's addresses.

    `stale` are values that came from the state file of an earlier run: not people's.
    """
    people = {name: value for name, value in own.items() if stale.get(name) != value}
    kept = {name: people[name] for name in PEOPLE_MAY_SET if name in people}
    return {**people, **stack, **kept}
