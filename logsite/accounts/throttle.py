"""Slows down guessing of passwords: few failures per name and address."""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

MAX_FAILURES: Final = 10
WINDOW_S: Final = 300


def too_many_failures(username: str, address: str) -> bool:
    """True while this pair has to wait; Valkey away throttles nobody."""
    try:
        failures = cache.get(_key(username, address), 0)
    except RedisError as error:
        _say_away(error)
        return False
    return int(failures) >= MAX_FAILURES


def note_failure(username: str, address: str) -> None:
    key = _key(username, address)
    try:
        cache.add(key, 0, WINDOW_S)
        cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: it expired in between
        _say_away(error)


def _key(username: str, address: str) -> str:
    name = sha256(username.casefold().encode()).hexdigest()[:32]
    return f"login-failures:{name}:{address}"


def _say_away(error: Exception) -> None:
    log.warning("logsite.login.throttle_away", extra={"error": str(error)})
