"""Why a search text is refused or read so, in the language of the page."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
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
