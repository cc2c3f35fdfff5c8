"""Ports of the parts: the usual one, or the next that is free."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection

from logsite.embedded.errors import NoFreePort

WEB = 8000
KAFKA = 9092
CONTROLLER = 29092
MONGODB = 27017
VALKEY = 6379
METRICS = 9400
LAST = 65535


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(
    wanted: int, taken: Collection[int], free: Callable[[int], bool] = is_free
) -> int:
    """The first port from `wanted` up that is free and not given to another part."""
    for port in range(wanted, LAST + 1):
        if port not in taken and free(port):
            return port
    raise NoFreePort(f"No port from {wanted} up is free.")
