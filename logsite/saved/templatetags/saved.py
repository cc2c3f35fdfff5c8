"""Template tags of kept searches."""

from __future__ import annotations

from django import template
from django.template import Context

from logsite.saved.models import SavedSearch
from logsite.saved.searches import named_by
from logsite.saved.who import Who
from logsite.search.ranges import LABELS

register = template.Library()


@register.simple_tag(takes_context=True)
def saved_search(context: Context, number: str | None) -> SavedSearch | None:
    """The saved search that the page was opened with."""
    request = context.get("request")
    return named_by(Who.of(request), number) if request and number else None


@register.filter
def span_label(key: str) -> str:
    """15m as Last 15 minutes."""
    return str(LABELS[key])
