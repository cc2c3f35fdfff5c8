"""What a notifier is: it knows its targets, and how to tell one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Notice:
    """One message: a title, a text for people, and a payload for programs."""

    title: str
    text: str
    payload: dict[str, Any]


class BadTarget(ValueError):
    """An address that cannot be told anything; the message says why."""


class NotifyError(Exception):
    """The target was not told. A permanent error is not tried again."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Notifier(Protocol):
    """One way to tell people."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """How its targets begin, before the colon."""

    def check(self, target: str) -> None:
        """Raise BadTarget if this is no address of this kind."""

    def send(self, target: str, notice: Notice) -> None:
        """Tell it, or raise NotifyError. May be called twice for one notice."""
