"""Colours of a terminal as classes of an allow-list; all else it is told is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ingest.words import SEQUENCE

MAX_COLOURS: Final = 200  # changes of colour in one text; what follows has none
_COLOUR: Final = re.compile(r"\x1b\[([\d;]*)m")
_MORE_FOLLOW: Final = {"5": 1, "2": 3}  # numbers of a colour behind 38;5 and 38;2


@dataclass(frozen=True)
class Ink:
    """What a terminal would write with: one of eight colours, bold, underlined."""

    colour: str = ""
    bold: bool = False
    underlined: bool = False

    @property
    def classes(self) -> str:
        names = (
            f"ink-{self.colour}" if self.colour else "",
            "ink-bold" if self.bold else "",
            "ink-under" if self.underlined else "",
        )
        return " ".join(filter(None, names))


@dataclass(frozen=True)
class Coloured:
    """From here to there in a text, and the classes that it gets."""

    start: int
    end: int
    classes: str


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text without sequences, piece by piece, with the classes of each."""
    ink, at = Ink(), 0
    for count, found in enumerate(SEQUENCE.finditer(text)):
        if found.start() > at:
            yield text[at : found.start()], ink.classes
        colour = _COLOUR.fullmatch(found[0])
        if colour:
            ink = _changed(ink, colour[1]) if count < MAX_COLOURS else Ink()
        at = found.end()
    yield text[at:], ink.classes


def _changed(ink: Ink, numbers: str) -> Ink:
    """After a sequence such as 1;31; what is not known changes nothing."""
    left = iter(numbers.split(";"))
    for number in left:
        if number in ("38", "48"):
            for _ in range(_MORE_FOLLOW.get(next(left, ""), 0)):
                next(left, "")
        else:
            ink = _after(ink, number)
    return ink


def _after(ink: Ink, number: str) -> Ink:
    match number.lstrip("0"):
        case "":
            return Ink()
        case "1":
            return replace(ink, bold=True)
        case "4":
            return replace(ink, underlined=True)
        case "22":
            return replace(ink, bold=False)
        case "24":
            return replace(ink, underlined=False)
        case "39":
            return replace(ink, colour="")
    if re.fullmatch("[39][0-7]", number):
        return replace(ink, colour=number[1])
    return ink
