"""What the commands on Kafka share: errors in one line, tables, topics to keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError

from ingest.deadletter import own_topics
from ingest.errors import Busy, Refused


@contextmanager
def explained() -> Iterator[None]:
    """What Kafka says no to is no traceback."""
    try:
        yield
    except Refused as error:
        raise CommandError(f"{error.message} {error.hint}".strip()) from error
    except Busy as error:
        raise CommandError(f"{error} ({settings.KAFKA_BROKERS})") from error


def kept_topics() -> frozenset[str]:
    """Topics that logsite itself cannot do without."""
    return own_topics(settings.LOG_TOPIC)


def table(rows: Iterable[Iterable[object]]) -> str:
    """Columns that stand below each other; numbers to the right."""
    cells = [["-" if cell is None else cell for cell in row] for row in rows]
    columns = zip(*cells, strict=True)
    widths = [max(len(str(cell)) for cell in column) for column in columns]
    return "\n".join("  ".join(map(_aligned, row, widths)).rstrip() for row in cells)


def _aligned(cell: object, width: int) -> str:
    """A text that happens to be digits, as a setting's value, is no number."""
    return f"{cell:>{width}}" if isinstance(cell, int) else f"{cell!s:<{width}}"
