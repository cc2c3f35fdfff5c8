"""Announces what commands have changed, to whoever keeps a record of it."""

from __future__ import annotations

from typing import Any, Final

from django.dispatch import Signal

changed: Final = Signal()  # with `action`, `target` and `detail`


def announce(action: str, target: str, **detail: Any) -> None:
    """A command has done this: `announce("topic.create", name, partitions=3)`."""
    changed.send(sender=None, action=action, target=target, detail=detail)
