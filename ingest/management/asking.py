"""Asks whoever typed a command whether it is meant."""

from __future__ import annotations

from django.core.management.base import CommandError


def asked(question: str) -> str:
    """What somebody types; CommandError where nobody can."""
    try:
        return input(f"{question} ").strip()
    except EOFError:
        raise CommandError("Nobody can be asked here: say --yes.") from None
