"""Who decides: whether an entry is one of those that a filter means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.entry import LogEntry
from ingest.query.conditions import predicate
from ingest.query.filter import LogFilter, to_millisecond
from ingest.query.grammar import parse
from ingest.query.lifting import lifted
from ingest.query.narrow import is_shown_by_message
from ingest.query.subject import Subject
from ingest.query.tree import Id, leaves


class Matcher:
    """A filter, read once and asked about many entries.

    `filter` and `query` mean the same as what was asked: of the text, what is a
    choice of services or levels is in the filter, and the rest is the query.
    """

    def __init__(self, log_filter: LogFilter) -> None:
        asked = parse(log_filter.text)
        self.phrases = asked.phrases
        self.filter, self.query = lifted(log_filter, asked)
        self.asks_for_id = any(isinstance(leaf, Id) for leaf in leaves(asked.tree))
        self._by_message = is_shown_by_message(self.query.tree)
        self._fulfilled = predicate(self.query.tree)

    def entry(self, entry: LogEntry, entry_id: str = "") -> bool:
        """Whether an entry matches in every respect."""
        if not self.fields(entry.timestamp, entry.level, entry.service):
            return False
        # Most entries match by their message, which is less to look at.
        if self._by_message and self.text(entry.message, {}):
            return True
        own = (entry.service, entry.level, entry_id)
        return self.text(entry.message, entry.metadata, *own)

    def stored(self, document: Mapping[str, Any]) -> bool:
        """Whether an entry that MongoDB chose by its fields fulfils the query."""
        return self.text(
            document["message"],
            document.get("metadata") or {},
            document["service"],
            document["level"],
            document["_id"].hex() if self.asks_for_id else "",
        )

    def fields(self, timestamp: datetime, level: str, service: str) -> bool:
        """Whether time, level and service are wanted."""
        asked = self.filter
        return (
            (not asked.levels or level in asked.levels)
            and (not asked.services or service in asked.services)
            and (asked.start is None or asked.start <= to_millisecond(timestamp))
            and (asked.end is None or to_millisecond(timestamp) < asked.end)
        )

    def text(
        self,
        message: str,
        metadata: dict[str, Any],
        service: str = "",
        level: str = "",
        entry_id: str = "",
    ) -> bool:
        """Whether an entry fulfils the query."""
        return self._fulfilled(Subject(message, metadata, service, level, entry_id))
