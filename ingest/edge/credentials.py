"""Where the token is in an Authorization header: each kind of sender has its habit."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final


def token_in(scheme: str, credentials: str) -> str:
    """The token; "" for a scheme that is not known."""
    if scheme == "bearer":
        return credentials
    reader = _READERS.get(scheme)
    return reader(credentials) if reader else ""


def _from_basic(credentials: str) -> str:
    """The password, whatever the user is called; or the user's name alone."""
    user, _, password = _decoded(credentials).partition(":")
    return password or user


def _from_api_key(credentials: str) -> str:
    """Elastic's senders encode `id:key`; some hand on what they were given."""
    return _decoded(credentials).partition(":")[2] or credentials


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except ValueError:  # no base64, or no UTF-8 in it
        return ""


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "basic": _from_basic,
    "apikey": _from_api_key,
}
