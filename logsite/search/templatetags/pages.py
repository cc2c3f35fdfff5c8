"""Template tags of every page: preferences of the reader, numbers, icons."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ingest.errors import QueryError, Refused
from ingest.query.grammar import parse
from logsite.search.forms import zulu
from logsite.search.preferences import preferences
from logsite.search.refusals import REFUSALS, REMARKS, in_words

DAY_MS: Final = 86_400_000
LONGEST: Final = 2**63 - 1  # Kafka's way to say "never"

register = template.Library()
register.filter("in_words", in_words)


@register.simple_tag(takes_context=True)
def preference(context: Context, name: str) -> Any:
    """One choice of the reader; pages without a request get the first choice."""
    request = context.get("request")
    return getattr(preferences(request.COOKIES if request else {}), name)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.filter
def grouped(number: int) -> str:
    """12345 as 12,345."""
    return f"{number:,}"


@register.filter
def percent(share: float) -> str:
    """0.0123 as 1.2 %; a share that is not 0 is never shown as 0."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{share:.1%}".replace("%", " %")


@register.filter
def rfc3339(moment: datetime) -> str:
    return zulu(moment)


@register.filter
def seconds(duration_s: float) -> str:
    """A duration with the unit that fits: 0.4 s, 12 s, 3.5 min, 2.0 h, 348 days."""
    size = abs(duration_s)
    if size < 10:
        return _("%(n)s s") % {"n": f"{duration_s:.1f}"}
    if size < 120:
        return _("%(n)s s") % {"n": f"{duration_s:.0f}"}
    if size < 7200:
        return _("%(n)s min") % {"n": f"{duration_s / 60:.1f}"}
    if size < 2 * DAY_MS / 1000:
        return _("%(n)s h") % {"n": f"{duration_s / 3600:.1f}"}
    return _("%(n)s days") % {"n": f"{duration_s * 1000 / DAY_MS:.0f}"}


@register.filter(expects_localtime=True)
def brief(moment: datetime) -> str:
    """Without the year, if it is this one: 11-23 14:02:00."""
    is_this_year = moment.year == timezone.localtime(timezone=moment.tzinfo).year
    return f"{moment:%m-%d %H:%M:%S}" if is_this_year else f"{moment:%Y-%m-%d %H:%M:%S}"


@register.filter
def meaning(value: str, name: str) -> str:
    """What a long number among Kafka's settings comes to; empty where it is plain."""
    number = int(value) if value.isdecimal() else 0
    if number == LONGEST:
        return _("no limit")
    if name.endswith(".ms") and number >= 1000:
        return _of_milliseconds(number)
    if name.endswith(".bytes") and number >= 1024:
        return _of_bytes(number)
    return ""


def _of_milliseconds(number: int) -> str:
    if number >= 2 * DAY_MS:
        return _("%(n)s days") % {"n": f"{number / DAY_MS:.3g}"}
    return seconds(number / 1000)


def _of_bytes(number: int) -> str:
    power = min(3, (number.bit_length() - 1) // 10)
    return f"{number / 1024**power:.3g} {('KiB', 'MiB', 'GiB')[power - 1]}"


@register.filter(expects_localtime=True)
def local_input(moment: datetime | None) -> str:
    """A time as one would type it, in the zone of the page."""
    if moment is None:
        return ""
    text = moment.replace(tzinfo=None).isoformat(" ", timespec="milliseconds")
    return text.removesuffix(".000")


@register.filter(expects_localtime=True)
def offset(moment: datetime) -> str:
    """A time with the offset of its zone: 2026-11-22 23:42:59.920 +09:00."""
    text = moment.isoformat(" ", timespec="milliseconds")
    return f"{text[:23]} {text[23:]}"


@register.filter
def before(text: str, position: int) -> str:
    """What stands before an error, near enough to see it."""
    return text[max(0, position - 80) : position]


@register.filter
def behind(text: str, position: int) -> str:
    """What follows it."""
    return text[position + 1 : position + 81]


@register.filter
def explained(error: Refused) -> str:
    """Why something is refused; of a search in other languages without the details."""
    if (get_language() or "en").startswith("en"):
        return error.message
    known = REFUSALS.get(error.code)
    return str(known) if known else in_words(error.message)


@register.filter
def remarks(text: str) -> list[str]:
    """What of a search text was read as words and may have been meant otherwise."""
    try:
        return [str(REMARKS[remark]) for remark in parse(text).remarks]
    except QueryError:
        return []  # its refusal is shown


@register.filter
def ticked(text: object) -> SafeString:
    """Text in which `backticks` stand around code."""
    code = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(str(text)))
    return mark_safe(code)  # noqa: S308 - escaped above


@register.filter
def at(text: str, position: int) -> str:
    """The character of an error; a blank where the text has ended."""
    return text[position : position + 1] or " "
