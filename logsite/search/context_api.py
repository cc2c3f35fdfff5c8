"""GET /api/logs/{id}/context: an entry among its neighbours."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from ingest.mongo import database
from ingest.query.context import Context, context
from ingest.query.page import Partial
from ingest.query.scopes import Scope
from logsite.parameters import Parameters, refuse_unknown
from logsite.search.schemas import ItemOut, PartialOut

router = Router(tags=["search"])


class ContextIn(Parameters):
    before: int = Field(10, ge=0, le=1_000)
    after: int = Field(10, ge=0, le=1_000)
    scope: Scope = Field(Scope.INSTANCE, description="whose entries are neighbours")


class ContextOut(Schema):
    entry: ItemOut
    scope: Scope
    scopes: list[Scope] = Field(description="those that this entry has")
    before: list[ItemOut] = Field(description="in the order of writing")
    after: list[ItemOut] = Field(description="in the order of writing")
    more_before: bool = Field(description="there are earlier ones, or may be")
    more_after: bool = Field(description="there are later ones, or may be")
    examined: int = Field(description="entries that were looked at")
    partial: PartialOut | None = Field(description="why not all could be looked at")


@router.get("/logs/{entry_id}/context", response=ContextOut, summary="Lines around one")
def show_context(
    request: HttpRequest, entry_id: str, asked: Query[ContextIn]
) -> ContextOut:
    """Neighbours in the order in which they were written, whatever was searched."""
    refuse_unknown(request, ContextIn)
    found = context(database(), entry_id, asked.before, asked.after, asked.scope)
    if found is None:
        raise HttpError(HTTPStatus.NOT_FOUND, "No stored entry has this id.")
    return _out(found)


def _out(found: Context) -> ContextOut:
    before, after = found.before, found.after
    return ContextOut.model_validate(
        {
            "entry": found.entry,
            "scope": found.scope,
            "scopes": found.scopes,
            "before": before.items,
            "after": after.items,
            "more_before": before.more,
            "more_after": after.more,
            "examined": before.examined + after.examined,
            "partial": _reason(before.partial, after.partial),
        }
    )


def _reason(*sides: Partial | None) -> Partial | None:
    return next(filter(None, sides), None)
