"""Keeps a wanted rate: how many are due, and how long until the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """A rate kept on average from `began`; a pause longer than `slack_s` is forgiven,
    so that what an outage held up does not come as a flood."""

    rate: float
    began: float
    slack_s: float = 1.0
    done: int = 0

    def wait_s(self, now: float) -> float:
        """Seconds until all that is done so far was due."""
        return max(0.0, self.began + self.done / self.rate - now)

    def due(self, now: float) -> int:
        """How many should be made now."""
        wanted = (now - self.began) * self.rate - self.done
        most = self.slack_s * self.rate
        if wanted > most + 1:
            self.began = now - (self.done + most) / self.rate
            wanted = most
        return max(0, int(wanted))

    def did(self, count: int) -> None:
        self.done += count
