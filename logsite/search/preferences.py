"""How a person likes the pages: kept in cookies, so that no page flashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_CHOICES: Final = {
    "theme": ("system", "light", "dark"),
    "rail": ("wide", "narrow"),
    "wrap": ("off", "on"),
    "details": ("line", "side"),
    "times": ("here", "utc"),
    "scope": ("instance", "service", "trace", "request", "all"),
}


@dataclass(frozen=True)
class Preferences:
    theme: str
    rail: str
    wrap: str
    details: str  # of an open line: below it, or in a panel
    scope: str  # of the lines around one
    times: str  # in the zone of the browser, or in UTC
    zone: ZoneInfo


def preferences(cookies: Mapping[str, str]) -> Preferences:
    """Anything unknown counts as not chosen: the first choice, and UTC."""
    chosen = {name: _choice(name, cookies) for name in _CHOICES}
    name = "UTC" if chosen["times"] == "utc" else cookies.get("tz", "UTC")
    return Preferences(**chosen, zone=_zone(name))


def _choice(name: str, cookies: Mapping[str, str]) -> str:
    value = cookies.get(name, "")
    return value if value in _CHOICES[name] else _CHOICES[name][0]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name.replace("%2F", "/"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
