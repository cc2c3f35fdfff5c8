"""Decides when requests are refused at once because Kafka does not acknowledge.

Closed: requests pass. A failed delivery opens it for OPEN_S: requests get 503 at once.
Then one request at a time may try; one success closes it, one failure opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

OPEN_S: Final = 2.0
PROBE_S: Final = 20.0  # a probe that never came back does not block the next one


@dataclass(frozen=True, slots=True)
class Circuit:
    """`opened` and `probing` are times of a monotonic clock, None when not so."""

    opened: float | None = None
    probing: float | None = None

    @property
    def is_closed(self) -> bool:
        return self.opened is None


CLOSED: Final = Circuit()


def admit(circuit: Circuit, now: float) -> Circuit | None:
    """The circuit with this request under way; None if it is refused."""
    if circuit.opened is None:
        return circuit
    if now < circuit.opened + OPEN_S:
        return None
    if circuit.probing is not None and now < circuit.probing + PROBE_S:
        return None
    return replace(circuit, probing=now)


def failed(now: float) -> Circuit:
    """Kafka did not acknowledge a request."""
    return Circuit(opened=now)
