"""Short links: the same search always gets the same code."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from ingest.errors import QueryError, TooMany
from ingest.query.entries import entry
from logsite.saved.asking import absolute, read
from logsite.saved.models import MAX_CODE, ShortLink
from logsite.search.found import answering

# Base 58: no 0, O, I, l, which people take for each other.
ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SHORTEST: Final = 8
DAY: Final = timedelta(days=1)
RETRY_S: Final = 3_600


def shorten(
    text: str, line: str, now: datetime, zone: ZoneInfo, made_by: str
) -> ShortLink:
    """The link to a search as it is now, or to one line of it; or TooMany."""
    asked = read(text, now, zone)
    line_at = _time_of(line) if line else None
    return link_to(absolute(asked, now, line_at).query, line, made_by, now)


def _time_of(line: str) -> datetime:
    with answering() as store:
        found = entry(store, line)
    if found is None:
        raise QueryError("no_entry", "No stored entry has this id.")
    return found.timestamp


def link_to(query: str, line: str, made_by: str, now: datetime) -> ShortLink:
    """A code grows until no other search has it."""
    whole = code_of(f"{query}\0{line}")
    for length in range(SHORTEST, MAX_CODE + 1):
        code = whole[:length]
        link = ShortLink.objects.filter(code=code).first()
        if link is None:
            link = _kept(ShortLink(code, query, line, now, made_by))
        if (link.query, link.line) == (query, line):
            return link
    raise AssertionError("two searches have the same digest")


def _kept(link: ShortLink) -> ShortLink:
    """A new one; or that of somebody who was faster."""
    _check_day(link.made_by, link.made)
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError:
        return ShortLink.objects.get(code=link.code)
    return link


def _check_day(made_by: str, now: datetime) -> None:
    since = now - DAY
    made = ShortLink.objects.filter(made_by=made_by, made__gt=since).count()
    if made >= settings.LINKS_PER_DAY:
        raise TooMany(
            "too_many_links",
            f"You have made {made:,} short links within a day.",
            "Use one that you have made, or the address of the page.",
            RETRY_S,
        )


def code_of(text: str) -> str:
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest())
    digits = []
    for _ in range(MAX_CODE):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)


def page_of(link: ShortLink) -> str:
    """The address of the search page that a link leads to."""
    line = urlencode({"line": link.line}) if link.line else ""
    query = "&".join(filter(None, (link.query, line)))
    return f"{reverse('search')}?{query}" if query else reverse("search")
