"""What a person may ask on the search page, read from the query string."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ingest.entry import LEVELS, MAX_SERVICE_LENGTH
from ingest.errors import QueryError
from ingest.query.between import EVERYTHING, Between, Vector
from ingest.query.filter import LogFilter
from ingest.query.moments import read_moment
from ingest.query.ranges import read_range
from ingest.tail.cursor import vector
from logsite.search.columns import Columns
from logsite.search.ranges import (
    ALL_TIME,
    DEFAULT,
    LABELS,
    TimeRange,
    in_words,
    resolve,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise  # of development only

STRETCH: Final = ("after", "upto")  # fields that only a link fills


class Moment(forms.Field):
    """A time in any notation; without a zone it is in the zone of the page."""

    default_error_messages = {"invalid": _("This is not a date and time.")}

    def __init__(self, zone: ZoneInfo, label: StrPromise) -> None:
        super().__init__(required=False, label=label)
        self.zone = zone

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            return read_moment("", value, datetime.now(UTC), self.zone)
        except QueryError:
            text = self.error_messages["invalid"]
            raise ValidationError(text, code="invalid") from None


class Span(forms.Field):
    """A range of time in words, or pasted: last 15 minutes, 10:00 to 11:00."""

    default_error_messages = {
        "invalid": _(
            "This is not a range of time. Write “last 15 minutes”, “yesterday 17:00”, "
            "or paste two times with “to” between them."
        )
    }

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(required=False, label=_("Time range"))
        self.zone = zone

    def to_python(self, value: str | None) -> str:
        words = (value or "").strip()
        try:
            if words:
                read_range(words, datetime.now(UTC), self.zone)
        except QueryError:
            text = self.error_messages["invalid"]
            raise ValidationError(text, code="invalid") from None
        return words


class Offsets(forms.Field):
    """A cursor of the tail: of each log the first offset that it had not seen."""

    default_error_messages = {"invalid": _("This cursor cannot be read.")}

    def to_python(self, value: str | None) -> Vector:
        try:
            return vector(value or "")
        except QueryError:
            text = self.error_messages["invalid"]
            raise ValidationError(text, code="invalid") from None


class ServiceNames(forms.MultipleChoiceField):
    """Names of services; any name may be asked for, stored or not."""

    def valid_value(self, value: str) -> bool:
        return len(value) <= MAX_SERVICE_LENGTH and "\0" not in value


class Number(forms.IntegerField):
    """Of something that a search can do without: what is no number is none."""

    def clean(self, value: str | None) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            return None


class SearchForm(forms.Form):
    """The search box, the filters and the range. Nothing given asks for all."""

    q = forms.CharField(required=False, strip=False)  # the grammar has its own limit
    service = ServiceNames(required=False)
    level = forms.MultipleChoiceField(
        required=False, choices=[(level, level) for level in LEVELS]
    )
    range = forms.ChoiceField(required=False, choices=list(LABELS.items()))
    after = Offsets(required=False)  # a stretch that a tail did not show whole
    upto = Offsets(required=False)
    columns = Columns()
    live = forms.BooleanField(required=False)  # what comes from now on: no range
    saved = Number(required=False)  # the saved search that this was
    line = forms.RegexField("^[0-9a-f]{32}$", required=False)  # that a link leads to

    def __init__(self, data: QueryDict, zone: ZoneInfo) -> None:
        super().__init__(data)
        self._given = data
        self.asked_for = data.getlist  # as it was typed, valid or not
        self.zone = zone
        self.fields["when"] = Span(zone)
        self.fields["from"] = Moment(zone, _("From"))
        self.fields["to"] = Moment(zone, _("To"))

    def clean_level(self) -> tuple[str, ...]:
        chosen = self.cleaned_data["level"]
        return tuple(level for level in reversed(LEVELS) if level in chosen)

    def clean_service(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, self.cleaned_data["service"])))

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if start and end and start >= end:
            self.add_error("to", _("The end has to be after the start."))
        return self.cleaned_data

    def time_range(self, now: datetime) -> TimeRange:
        asked = self.cleaned_data
        if asked["live"]:
            return ALL_TIME
        if asked["when"]:
            return in_words(asked["when"], now, self.zone)
        return resolve(asked["range"] or DEFAULT, asked["from"], asked["to"], now)

    def log_filter(self, within: TimeRange) -> LogFilter:
        asked = self.cleaned_data
        return LogFilter(
            text=asked["q"],
            services=asked["service"],
            levels=asked["level"],
            start=within.start,
            end=within.end,
            between=EVERYTHING if asked["live"] else self.between,
        )

    @property
    def between(self) -> Between:
        return Between(self.cleaned_data["after"], self.cleaned_data["upto"])

    @property
    def beyond(self) -> str:
        """The same query without the stretch of a tail."""
        query = self._given.copy()
        for name in STRETCH:
            query.pop(name, None)
        return query.urlencode()


def canonical_query(form: SearchForm, within: TimeRange) -> str:
    """The shortest query string that asks the same anywhere: times are in UTC."""
    asked = form.cleaned_data
    query = QueryDict(mutable=True)
    if asked["q"]:
        query["q"] = asked["q"]
    if asked["saved"]:
        query["saved"] = str(asked["saved"])
    query.setlist("service", list(asked["service"]))
    query.setlist("level", list(asked["level"]))
    if asked["columns"]:
        query["columns"] = ",".join(asked["columns"])
    if asked["live"]:
        query["live"] = "1"
        return query.urlencode()
    if within.words:
        query["when"] = within.words
    elif within.key not in ("", DEFAULT):
        query["range"] = within.key
    elif not within.key:
        bounds = {"from": within.start, "to": within.end}
        query.update({name: zulu(at) for name, at in bounds.items() if at})
    query.update({name: form.data[name] for name in STRETCH if asked[name]})
    return query.urlencode()


def zulu(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
