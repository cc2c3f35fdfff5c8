"""The page /settings/audit: who did what, with filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from ingest.errors import QueryError
from logsite.administration import trail
from logsite.administration.hub import VIEW_AUDIT, for_those_with
from logsite.administration.trail import Wanted
from logsite.audit.models import AuditEntry

PER_PAGE: Final = 50


def _moment() -> forms.DateTimeField:
    """In the reader's zone, as the table shows times."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    return forms.DateTimeField(required=False, widget=widget)


class FilterForm(forms.Form):
    """What to show of the trail."""

    actor = forms.CharField(required=False, max_length=150, label=_("Who"))
    action = forms.CharField(required=False, max_length=60, label=_("Action"))
    target = forms.CharField(required=False, max_length=300, label=_("What"))
    start = _moment()
    end = _moment()

    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        self.fields["start"].label, self.fields["end"].label = _("From"), _("To")
        self.fields["actor"].widget.attrs["autocomplete"] = "off"
        self.fields["action"].widget.attrs["list"] = "actions"

    def wanted(self) -> Wanted:
        if not self.is_valid():
            return Wanted()
        return Wanted(**self.cleaned_data)


@for_those_with(VIEW_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    try:
        page = trail.read(form.wanted(), request.GET.get("cursor", ""), PER_PAGE)
    except QueryError:  # somebody wrote an address by hand
        page = trail.read(form.wanted(), "", PER_PAGE)
    context = {
        "form": form,
        "page": page,
        "older": _address_of(request.GET, cursor=page.next or ""),
        "newest": _address_of(request.GET, cursor=""),
        "is_later": "cursor" in request.GET,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "actions": _actions(),
    }
    return render(request, "settings/audit.html", context)


def _actions() -> list[str]:
    """Those that there are, for the list beside the field."""
    names = AuditEntry.objects.order_by("action").values_list("action", flat=True)
    return list(names.distinct())


def _address_of(query: Mapping[str, Any], **changes: str) -> str:
    """The same filters with another value; what is empty is left out."""
    words = QueryDict(mutable=True)
    for name, value in {**{name: query[name] for name in query}, **changes}.items():
        if value:
            words[name] = value
    return f"?{words.urlencode()}"
