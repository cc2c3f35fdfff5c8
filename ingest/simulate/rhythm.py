"""How busy a service is and what troubles it: day rhythm, bursts, error episodes.

All of it follows from the seed, the service and the time, so two runs agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Final

_EPISODE_SLOT_S: Final = 600
_EPISODE_CHANCE: Final = 0.6
_EPISODE_S: Final = (40.0, 180.0)
_BURST_SLOT_S: Final = 90
_BURST_CHANCE: Final = 0.4
_BURST_S: Final = (5.0, 20.0)
_BURST_FACTOR: Final = (3.0, 8.0)


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that is so from one time to another."""

    began: float
    ended: float
    kind: str = ""
    factor: float = 1.0


def day_load(now: datetime, peak_hour: float, depth: float = 0.7) -> float:
    """1 at the busiest hour, 1 - depth twelve hours from it."""
    hour = now.hour + now.minute / 60
    wave = math.cos((hour - peak_hour) / 24 * 2 * math.pi)
    return 1 - depth * (1 - wave) / 2


def burst_factor(seed: int, service: str, now: datetime) -> float:
    """How many times busier than usual a service is for some seconds."""
    at = now.timestamp()
    spell = _burst(seed, service, int(at // _BURST_SLOT_S))
    return spell.factor if spell and spell.began <= at < spell.ended else 1.0


def episode_at(
    seed: int, service: str, now: datetime, kinds: Sequence[str]
) -> str | None:
    """The trouble that a service is in, if it is in one."""
    at = now.timestamp()
    spell = _episode(seed, service, int(at // _EPISODE_SLOT_S), tuple(kinds))
    return spell.kind if spell and spell.began <= at < spell.ended else None


@lru_cache(maxsize=64)
def _burst(seed: int, service: str, slot: int) -> Spell | None:
    random = Random(f"{seed}/{service}/burst/{slot}")
    if random.random() > _BURST_CHANCE:
        return None
    began, ended = _within(random, slot * _BURST_SLOT_S, _BURST_SLOT_S, _BURST_S)
    return Spell(began, ended, factor=random.uniform(*_BURST_FACTOR))


@lru_cache(maxsize=64)
def _episode(
    seed: int, service: str, slot: int, kinds: tuple[str, ...]
) -> Spell | None:
    random = Random(f"{seed}/{service}/episode/{slot}")
    if not kinds or random.random() > _EPISODE_CHANCE:
        return None
    start = slot * _EPISODE_SLOT_S
    began, ended = _within(random, start, _EPISODE_SLOT_S, _EPISODE_S)
    return Spell(began, ended, kind=random.choice(kinds))


def _within(
    random: Random, start: float, slot_s: float, length_s: tuple[float, float]
) -> tuple[float, float]:
    length = random.uniform(*length_s)
    began = start + random.uniform(0, slot_s - length)
    return began, began + length
