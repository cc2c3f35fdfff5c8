"""Counts beside the list, as a stream: of matches over time, services and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from pymongo.errors import PyMongoError

from ingest.errors import Busy, QueryError, Refused
from ingest.query.facets import Facets
from ingest.query.histogram import of_services
from ingest.query.match import Matcher
from ingest.query.refining import condition_on
from ingest.query.sample import Field
from ingest.query.tasks import Counted
from logsite.search.columns import is_column
from logsite.search.events import (
    EventStream,
    as_now,
    event,
    no_events,
    stream_login_required,
)
from logsite.search.following import count_up
from logsite.search.forms import SearchForm
from logsite.search.found import StoreAway, answering
from logsite.search.preferences import preferences
from logsite.search.schemas import HistogramOut
from logsite.search.streams import in_line
from logsite.search.turns import Waiting
from logsite.search.visible import visible

BUCKETS: Final = 60
MAX_FIELDS: Final = 200
MAX_SHOWN: Final = 200  # characters of a value


@dataclass(frozen=True)
class ShownValue:
    text: str
    entries: int
    share: float
    condition: str  # "" where no search text can ask for it


@dataclass(frozen=True)
class ShownField:
    name: str
    entries: int
    distinct: int
    values: list[ShownValue]
    chosen: bool  # a column of the list


@stream_login_required
def counts_stream(request: HttpRequest) -> HttpResponseBase:
    zone = preferences(request.COOKIES).zone
    form = SearchForm(request.GET, zone)
    if not form.is_valid():
        return no_events(400)
    wanted = form.log_filter(form.time_range(datetime.now(UTC)))
    columns = form.cleaned_data["columns"]
    try:
        with answering() as store:
            reads_all = not Matcher(wanted).query.is_empty
            services = None if reads_all else of_services(store, wanted)
            steps = count_up(store, wanted, BUCKETS)
    except QueryError:
        return no_events(400)
    except StoreAway:
        return no_events(503)
    return EventStream(as_now(_events(steps, services, columns), zone))


def _events(
    steps: Iterator[Counted | Waiting],
    services: dict[str, int] | None,
    columns: tuple[str, ...],
) -> Iterator[bytes]:
    """Without `services` every match is read, and they are counted on the way."""
    if services is not None:
        yield event("services", counts=services)
    try:
        for step in steps:
            if isinstance(step, Waiting):
                yield event("waiting", words=in_line(step.before))
                continue
            if services is None:
                yield _matches(step)
            if step.ended:
                yield event("fields", html=_fields(step.facets, columns))
    except (Refused, Busy, PyMongoError):
        yield event("trouble", words=gettext("The counts could not be loaded."))
        return
    yield event("done")


def _matches(step: Counted) -> bytes:
    facets = step.facets
    counted = HistogramOut.model_validate(asdict(facets.histogram))
    return event(
        "matches",
        histogram=counted.model_dump(mode="json"),
        levels=facets.levels,
        services=facets.services,
        total=_total(facets),
        words=_how_far(step),
    )


def _total(facets: Facets) -> str:
    n = facets.matched.count
    words = ngettext("{n} match", "{n} matches", n).format(n=f"{n:,}")
    return words if facets.matched.exact else f"≥ {words}"


def _how_far(step: Counted) -> str:
    reached = step.facets.reached
    if step.facets.matched.exact or reached is None:
        return gettext("Matches over time")
    time = timezone.localtime(reached).strftime("%Y-%m-%d %H:%M:%S")
    return gettext("Matches over time, counted back to {time}").format(time=time)


def _fields(facets: Facets, columns: tuple[str, ...]) -> str:
    fields = [_shown(one, columns) for one in facets.fields if is_column(one.name)]
    context = {"fields": fields[:MAX_FIELDS], "sampled": facets.sampled}
    context["whole"] = facets.sampled == facets.matched.count
    return render_to_string("search/values.html", context)


def _shown(field: Field, columns: tuple[str, ...]) -> ShownField:
    values = [
        ShownValue(
            visible(value.text)[:MAX_SHOWN],
            value.entries,
            value.entries / field.entries,
            condition_on(field.path, value.text),
        )
        for value in field.values
    ]
    chosen = field.name in columns
    return ShownField(field.name, field.entries, field.distinct, values, chosen)
