"""Template filters of the settings pages."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from logsite.accounts.grants import site_limits
from logsite.accounts.models import Token
from logsite.accounts.sizes import shown_size

A_MOMENT: Final = timedelta(minutes=1)
register = template.Library()


@register.filter
def as_text(value: Any) -> str:
    """A value of an audit entry's details, for people to read."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{name}={as_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    return json.dumps(value)


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was."""
    if timezone.now() - moment < A_MOMENT:
        return _("just now")
    return _("%(ago)s ago") % {"ago": timesince(moment, depth=1)}


@register.filter
def limits(token: Token) -> list[str]:
    """Those that hold for it, its own or the site's; none: []."""
    rates = token.rates.over(site_limits())
    found = []
    if rates.entries:
        found.append(_("%(n)s entries a second") % {"n": f"{rates.entries:,}"})
    if rates.bytes:
        found.append(_("%(n)s a second") % {"n": shown_size(rates.bytes)})
    if rates.bytes_per_day:
        found.append(_("%(n)s a day") % {"n": shown_size(rates.bytes_per_day)})
    return found


@register.filter
def about(size: int) -> str:
    """A number of bytes to three figures: 1.23 GB."""
    power = min(5, (len(str(size)) - 1) // 3)
    return f"{size / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"
