"""Whose address a request comes from: only proxies that are known may say another."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str, forwarded: str, proxies: Collection[Network]) -> str:
    """The last address that is no proxy of ours; `forwarded` is X-Forwarded-For.

    Each proxy appends whom it had the request from. What stands before the first
    stranger, read from the end, is that stranger's word and counts for nothing.
    """
    address = peer
    for said in reversed([part.strip() for part in forwarded.split(",")]):
        if not (said and _is_one_of(address, proxies)):
            break
        if not _is_address(said):
            break
        address = said
    return address


def _is_one_of(address: str, networks: Collection[Network]) -> bool:
    return _is_address(address) and any(
        ip_address(address) in network for network in networks
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
