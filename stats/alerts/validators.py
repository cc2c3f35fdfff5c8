"""What the lists of a rule may hold; the same for the form, the API and the admin."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ingest.entry import LEVELS, MAX_SERVICE_LENGTH
from ingest.errors import QueryError
from ingest.query.grammar import parse
from stats.alerts.notifiers import check_target
from stats.alerts.notifiers.base import BadTarget

MAX_VALUES: Final = 50  # of each list
MAX_TARGET_LENGTH: Final = 2_000


def check_query(text: str) -> None:
    """The language is that of the search box; the error is told at its field."""
    try:
        parse(text)
    except QueryError as error:
        place = (error.position or 0) + 1
        why = _("%(why)s (character %(place)s)")
        told = ValidationError(why, params={"why": error.message, "place": place})
        raise ValidationError({"query": told}) from error


def check_services(value: Any) -> None:
    for name in _texts(value):
        if not name or len(name) > MAX_SERVICE_LENGTH:
            raise ValidationError(_("A service has 1 to 200 characters."))


def check_levels(value: Any) -> None:
    for level in _texts(value):
        if level not in LEVELS:
            raise ValidationError(
                _("%(level)s is no level."), params={"level": level[:80]}
            )


def check_targets(value: Any) -> None:
    for target in _texts(value):
        if len(target) > MAX_TARGET_LENGTH:
            raise ValidationError(_("This address is too long."))
        try:
            check_target(target)
        except BadTarget as error:
            raise ValidationError(
                "%(target)s: %(why)s", params={"target": target[:80], "why": error}
            ) from error


def _texts(value: Any) -> list[str]:
    texts: list[str] = value if isinstance(value, list) else []
    fits = all(isinstance(one, str) and "\0" not in one for one in texts)
    if texts is not value or not fits or len(texts) > MAX_VALUES:
        raise ValidationError(_("This has to be a list of at most 50 texts."))
    return list(texts)
