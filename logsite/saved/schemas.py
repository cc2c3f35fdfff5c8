"""What the API of saved searches and links takes and answers."""

from __future__ import annotations

from typing import Final

from ninja import Schema
from pydantic import Field

from logsite.saved.asking import MAX_LENGTH
from logsite.saved.models import MAX_NAME
from logsite.search.schemas import Time

QUERY: Final = (
    "as in the address of the search page: `q=failed&level=ERROR&range=1h`; "
    "ranges that move with the clock go on doing so"
)


class SavedSearchIn(Schema):
    name: str = Field(min_length=1, max_length=MAX_NAME)
    query: str = Field(max_length=MAX_LENGTH, description=QUERY)
    shared: bool = Field(False, description="a token can only make shared ones")
    replace: bool = Field(False, description="your own of this name, if there is one")


class SavedSearchChangeIn(Schema):
    name: str | None = Field(None, min_length=1, max_length=MAX_NAME)
    query: str | None = Field(None, max_length=MAX_LENGTH, description=QUERY)
    shared: bool | None = None


class SavedSearchOut(Schema):
    id: int
    name: str
    owner: str = Field(description="a username; empty if a token made it")
    shared: bool
    query: str = Field(description=QUERY)
    page: str = Field(description="the address of the page that shows it")
    logs: str = Field(
        description="the same search on the API, with its times as of now"
    )
    made: Time
    changed: Time
    changed_by: str
    may_change: bool = Field(description="whether you may")


class SavedSearchesOut(Schema):
    searches: list[SavedSearchOut]


class LinkIn(Schema):
    query: str = Field("", max_length=MAX_LENGTH, description=QUERY)
    line: str = Field("", description="id of the entry to lead to", max_length=32)


class LinkOut(Schema):
    code: str
    url: str = Field(description="the short link")
    query: str = Field(description="what it stands for, with absolute times")
    line: str
    made: Time
