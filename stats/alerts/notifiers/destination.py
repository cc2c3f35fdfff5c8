"""Where a request of ours may go: not into the private network, unless that is meant.

A person who edits rules chooses where logsite sends to. The name is resolved here and
the request goes to the address that was checked, so that a name cannot answer twice.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from stats.alerts.notifiers.base import NotifyError

Address = IPv4Address | IPv6Address
NAT64: Final = IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int, *, allow_private: bool) -> Address:
    """The address to connect to."""
    addresses = _addresses(host, port)
    allowed = [one for one in addresses if allow_private or is_public(one)]
    if not allowed:
        raise NotifyError(
            f"{host} is a private address; ALERT_ALLOW_PRIVATE=1 allows these.",
            permanent=True,
        )
    return allowed[0]


def is_public(address: Address) -> bool:
    """Whether anybody may reach it. Of an address inside another the inner counts."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotifyError(f"{host} cannot be resolved: {error}") from error
    # An address of a link has its interface behind a percent sign.
    return [ip_address(str(info[4][0]).partition("%")[0]) for info in found]
