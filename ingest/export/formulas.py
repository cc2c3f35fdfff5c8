"""Keeps what a sender wrote from becoming a formula in somebody's spreadsheet. Pure.

A spreadsheet runs a cell that begins with one of these signs, and logs are written by
whoever can send a request. With other settings it also cuts cells at a semicolon, a tab
or a line break, so what stands behind one of these may begin a cell, too.
"""

from __future__ import annotations

import re
from typing import Final

GUARD: Final = "'"  # spreadsheets show what follows it as text
_CUTS: Final = r",;\t\r\n"
# Full-width signs count: spreadsheets in East Asian languages take them for the others.
_SIGN: Final = r"[=+\-@＝＋－＠]"
_NUMBER: Final = rf"[+\-]?\d+(?:\.\d+)?(?:[eE][+\-]?\d+)?(?:[{_CUTS}\])}}]|$)"
_BEGINS: Final = rf"(?!{_NUMBER})(?={_SIGN})"
_AT_START: Final = re.compile(rf"\s*{_BEGINS}|[\t\r\n]")
_WITHIN: Final = re.compile(rf"[{_CUTS}]\s*{_BEGINS}")


def harmless(text: str) -> str:
    """The text with a guard before each place at which a formula could begin."""
    guarded = _WITHIN.sub(lambda found: found[0] + GUARD, text)
    return GUARD + guarded if _AT_START.match(guarded) else guarded
