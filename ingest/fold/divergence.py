"""Where what is stored and what Kafka holds part ways, after a log was cut.

A log that was cut and grew again agrees with what was stored of it up to some offset,
and nowhere after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Witness:
    """What was noted of the message at one offset. `received` is in milliseconds."""

    offset: int
    received: int
    text: str | None = None  # of the stored entry
    checksum: int | None = None  # crc32 of the value, where it was noted


@dataclass(frozen=True)
class Found:
    """What Kafka holds at an offset now."""

    received: int  # -1 where the broker does not stamp messages
    text: str | None  # None if it is no entry
    checksum: int
    epoch: int = 0


def agrees(witness: Witness, found: Found | None) -> bool:
    """Whether this is the message of which the witness was taken.

    The broker's stamp decides: a log that grew again did so later. Text is compared
    only without it, as another release may mend a message in another way.
    """
    if found is None or found.received not in (witness.received, -1):
        return False
    if witness.checksum is not None:
        return witness.checksum == found.checksum
    return found.received >= 0 or witness.text == found.text


def agreed_until(
    witnesses: Iterable[Witness], found: Mapping[int, Found]
) -> int | None:
    """Behind the newest offset at which both agree; None if they do nowhere."""
    agreed = [w.offset for w in witnesses if agrees(w, found.get(w.offset))]
    return max(agreed) + 1 if agreed else None
