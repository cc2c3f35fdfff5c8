"""Wildcards: whether parts of text stand in a piece, with anything in between. Pure.

Linear in the text: of each part the first place that fits leaves most for the rest.
"""

from __future__ import annotations

from ingest.words import is_cjk


def in_text(parts: tuple[str, ...], folded: str) -> bool:
    """Whether a piece between blanks holds the parts in order.

    An end that is not open (its part is not empty) is the end of a word.
    """
    if not all(part in folded for part in parts):
        return False
    return any(_in_piece(parts, piece) for piece in folded.split())


def is_text(parts: tuple[str, ...], folded: str) -> bool:
    """Whether the parts are the whole text."""
    first, *middle, last = parts
    if len(folded) < len(first) + len(last):
        return False
    if not (folded.startswith(first) and folded.endswith(last)):
        return False
    at, end = len(first), len(folded) - len(last)
    for part in middle:
        found = folded.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def is_edge(text: str, at: int) -> bool:
    """Whether no word goes on across this place; CJK words end anywhere."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if not (_is_word(before) and _is_word(after)):
        return True
    return is_cjk(before) or is_cjk(after)


def _in_piece(parts: tuple[str, ...], piece: str) -> bool:
    at = 0
    last = len(parts) - 1
    for index, part in enumerate(parts):
        place = _place(part, piece, at, index == 0, index == last)
        if place < 0:
            return False
        at = place + len(part)
    return True


def _place(part: str, piece: str, at: int, is_first: bool, is_last: bool) -> int:
    """The first place where a part fits, from `at` on; -1 if there is none."""
    if not part:
        return at
    place = piece.find(part, at)
    while place >= 0:
        begins = not is_first or is_edge(piece, place)
        if begins and (not is_last or is_edge(piece, place + len(part))):
            return place
        place = piece.find(part, place + 1)
    return -1


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
