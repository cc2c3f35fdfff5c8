"""Saved searches: who sees and changes which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from ingest.errors import Forbidden, QueryError, Refused
from logsite.audit.recording import record
from logsite.saved.models import SavedSearch
from logsite.saved.who import Who

MAX_DIGITS: Final = 18  # of a number that SQL takes


class NameTaken(Refused):
    """The same owner has a search of this name: `search` can be replaced."""

    status = HTTPStatus.CONFLICT

    def __init__(self, search: SavedSearch) -> None:
        said = f"There is a search {search.name!r} already."
        super().__init__("name_taken", said, "Replace it, or take another name.")
        self.search = search


def visible_to(who: Who) -> QuerySet[SavedSearch]:
    """A person's own, and those that are shared."""
    seen = Q(shared=True)
    if who.person:
        seen |= Q(owner=who.person)
    return SavedSearch.objects.filter(seen).select_related("owner")


def named_by(who: Who, number: str) -> SavedSearch | None:
    """The one with a number as it stands in an address, if they may see it."""
    is_one = number.isdecimal() and len(number) <= MAX_DIGITS
    return visible_to(who).filter(pk=int(number)).first() if is_one else None


def may_change(search: SavedSearch, who: Who) -> bool:
    """Its owner, and of those that are shared whoever looks after the site."""
    if who.person and search.owner_id == who.person.pk:
        return True
    return search.shared and who.keeps_shared


def save(who: Who, search: SavedSearch, now: datetime) -> None:
    """Keep a new one, or what was changed in one; NameTaken, QueryError, Forbidden."""
    is_new = search.pk is None
    search.shared = search.shared or search.owner is None
    check_may_change(search, who)
    search.changed, search.changed_by = now, who.actor.label
    _check_name(search)
    try:
        with transaction.atomic():
            search.save()
            _tell(who, "search.save" if is_new else "search.change", search)
    except IntegrityError:
        _check_name(search)  # somebody was faster
        raise


def change(
    who: Who, search: SavedSearch, changes: Mapping[str, Any], now: datetime
) -> None:
    """Set what is named; of a search as it is stored."""
    check_may_change(search, who)
    for name, value in changes.items():
        setattr(search, name, value)
    save(who, search, now)


def delete(who: Who, search: SavedSearch) -> None:
    check_may_change(search, who)
    with transaction.atomic():
        _tell(who, "search.delete", search)
        search.delete()


def check_may_change(search: SavedSearch, who: Who) -> None:
    if not may_change(search, who):
        raise Forbidden(
            "not_yours",
            "This search is not yours to change.",
            "Ask its owner, or somebody who looks after the site.",
        )


def _check_name(search: SavedSearch) -> None:
    search.name = search.name.strip()
    same = SavedSearch.objects.filter(owner=search.owner_id, name=search.name)
    if taken := same.exclude(pk=search.pk).first():
        raise NameTaken(taken)
    try:
        search.clean_fields()
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise QueryError("bad_name", f"`{name}`: {texts[0]}") from error


def _tell(who: Who, action: str, search: SavedSearch) -> None:
    """The trail is of what concerns others: a private search does not."""
    if search.shared:
        record(who.actor, action, search.name, {"query": search.query})


def page_of(search: SavedSearch) -> str:
    """The address of the search page that shows it, and still knows its name."""
    query = "&".join(filter(None, (search.query, urlencode({"saved": search.pk}))))
    return f"{reverse('search')}?{query}"
