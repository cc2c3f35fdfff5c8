"""Who decides: whether an entry is one of those that a filter means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingest.entry import LogEntry
from ingest.fold.terms import texts_of
from ingest.query.filter import LogFilter, to_millisecond
from ingest.query.grammar import Clause, parse
from ingest.words import fold_text, is_cjk, runs


class Matcher:
    """A filter, read once and asked about many entries."""

    def __init__(self, log_filter: LogFilter) -> None:
        self.filter = log_filter
        self.query = parse(log_filter.text)

    def entry(self, entry: LogEntry) -> bool:
        """Whether an entry matches in every respect."""
        return (self.fields(entry.timestamp, entry.level, entry.service)) and self.text(
            entry.message, entry.metadata
        )

    def fields(self, timestamp: datetime, level: str, service: str) -> bool:
        """Whether time, level and service are wanted."""
        asked, time = self.filter, to_millisecond(timestamp)
        return (
            (not asked.levels or level in asked.levels)
            and (not asked.services or service in asked.services)
            and (asked.start is None or asked.start <= time)
            and (asked.end is None or time < asked.end)
        )

    def text(self, message: str, metadata: dict[str, Any]) -> bool:
        """Whether message and metadata hold what is wanted and nothing unwanted."""
        texts = list(texts_of(message, metadata))
        folded = [fold_text(text) for text in texts]
        return all(
            _any_holds(clause, texts, folded) != clause.negated
            for clause in self.query.clauses
        )


def _any_holds(clause: Clause, texts: list[str], folded: list[str]) -> bool:
    # Most texts do not even hold the characters: cutting them into words would be
    # most of the work of a search.
    return any(
        all(run in characters for run in clause.runs)
        and _in_sequence(clause.runs, runs(text))
        for text, characters in zip(texts, folded, strict=True)
    )


def _in_sequence(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether the wanted words stand side by side, in their order."""
    return any(
        all(_same(word, found[start + i]) for i, word in enumerate(wanted))
        for start in range(len(found) - len(wanted) + 1)
    )


def _same(wanted: str, found: str) -> bool:
    """Whole words; of a Hangul, Han or Kana run any part: words are not spaced."""
    return wanted == found or (wanted in found and is_cjk(wanted))
