"""Why something is refused or read so, in the language of the page.

What ingest says is English, without a framework. Where values stand in its texts they
are found again here, by the text with names for them: that is what is translated.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from ingest.query.grammar import Remark

REFUSALS: Final[dict[str, Promise]] = {
    "query_parenthesis": _("This parenthesis has no partner."),
    "query_operator": _("Something is missing beside this operator."),
    "query_regex": _("This is no regular expression."),
    "query_quote": _("This quote is never closed."),
    "query_value": _("A value is needed here."),
    "query_number": _("A number is needed here."),
    "query_level": _("This is no level."),
    "query_id": _("An id has 32 hexadecimal digits."),
    "query_field": _("This cannot be asked of this field."),
    "query_too_deep": _("Too many groups and exclusions within each other."),
    "query_too_long": _("The search text is too long: it would be cut here."),
}
REMARKS: Final[dict[Remark, Promise]] = {
    Remark.OPEN_QUOTE: _(
        "A quote is never closed: what follows are words, not a phrase."
    ),
    Remark.SHOUTED_NOT: _(
        "`NOT` among capitals is a word here. To exclude, write a minus: `-WORD`."
    ),
    Remark.NAME_AND_BLANK: _(
        "A name with a blank behind it is text. To ask for a field: `level:error`."
    ),
    Remark.NO_WORDS: _(
        "There is no word in this text, so it leaves nothing out: only letters, digits "
        "and `_` are looked for."
    ),
}
# Hints, limits of exports, and what is wrong with a receipt.
SAID: Final = (
    gettext_noop('Such as {name}:10..20; put quotes around text: {name}:"a..b".'),
    gettext_noop("Such as 5, -1.5 or 2e6."),
    gettext_noop("Such as `last 15 minutes`, `yesterday 17:00`, `10:00 to 11:00`."),
    gettext_noop("Write {name}:(a OR b); put quotes around a text with parentheses."),
    gettext_noop("Write {name}:VALUE; put quotes around text that only looks so."),
    gettext_noop('Write "{sign}" in quotes to look for the word.'),
    gettext_noop("Choose a time range; `metadata.{name}` is a field of a sender."),
    gettext_noop("Use one of > >= < <=, such as level:>=warn."),
    gettext_noop("Use TRACE, DEBUG, INFO, WARN, ERROR or FATAL, in any case."),
    gettext_noop("Use the `id` of an entry, whole."),
    gettext_noop("Use service:NAME, or a part of it: service:auth*."),
    gettext_noop("Use at most {n} characters."),
    gettext_noop(
        "Use RFC 3339 (2026-11-22T10:00:00Z), back from now (-15m, -2h, -7d), or words "
        "(yesterday 17:00)."
    ),
    gettext_noop(
        "Use `next` of the page before, whole and unchanged, or begin without one."
    ),
    gettext_noop(
        "Send it with the `q`, `service` and `level` of the page it came with."
    ),
    gettext_noop('{name}:="" finds empty values, -{name}:* those without.'),
    gettext_noop('Close it with ", or write \\" for a quote in the value.'),
    gettext_noop("Put quotes around a text with parentheses."),
    gettext_noop("At most {n} deep."),
    gettext_noop("RE2 syntax: no look-around, no back references; `\\/` is a slash."),
    gettext_noop("Its scopes are {scopes}."),
    gettext_noop("{n} exports of yours are under way."),
    gettext_noop("Wait for one to end, or cancel one."),
    gettext_noop("The file would have about {size}; there is room for {room}."),
    gettext_noop("Narrow the search or its time, use gzip, or delete an older export."),
    gettext_noop("there is no room for more than {size}"),
    gettext_noop("{column} is no column."),
    gettext_noop("At most {n} columns."),
    gettext_noop("This is no receipt of this site. {why}"),
    gettext_noop("Copy it whole from the answer 202 to the request."),
)


def in_words(text: str) -> str:
    """The same in the language of the page; as it is where nobody has translated it."""
    for said in SAID:
        if found := _pattern(said).fullmatch(text):
            return gettext(said).format(**found.groupdict())
    return text


@cache
def _pattern(said: str) -> re.Pattern[str]:
    """A value that is said twice is the same."""
    named: set[str] = set()

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in named:
            return f"(?P={name})"
        named.add(name)
        return f"(?P<{name}>.*?)"

    return re.compile(re.sub(r"\\{(\w+)\\}", value, re.escape(said)), re.DOTALL)
