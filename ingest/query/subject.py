"""An entry as conditions look at it: texts and values, found and folded once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.entry import MARKS
from ingest.fold.terms import texts_in, texts_of
from ingest.query.tree import ANY, MESSAGE, METADATA, SERVICE, Path
from ingest.words import fold_text, plain

Texts = tuple[list[str], list[str]]  # as they are, and folded


class Subject:
    """One entry; of what nobody asks about nothing is worked out."""

    def __init__(
        self,
        message: str,
        metadata: dict[str, Any],
        service: str = "",
        level: str = "",
        entry_id: str = "",
    ) -> None:
        self.message = message
        self.metadata = metadata
        self.service = service
        self.level = level
        self.id = entry_id
        # Not cached properties: each takes a lock, and this is done for every entry.
        self._everywhere: Texts | None = None

    def texts(self, path: Path) -> Texts:
        """What a condition on words looks at: without colours, and folded."""
        if path != ANY:
            values = self.values(path)
            return _folded([text for value in values for text in texts_in(value)])
        if self._everywhere is None:
            self._everywhere = _folded(texts_of(self.message, self.metadata))
        return self._everywhere

    def values(self, path: Path) -> Iterator[Any]:
        """The values of a field; of a list each one."""
        if path == MESSAGE:
            yield self.message
        elif path == SERVICE:
            yield self.service
        elif path == (METADATA,):
            for name, value in self.metadata.items():
                if name != MARKS:
                    yield from _at(value, ())
        else:
            yield from _at(self.metadata, path[1:])


def _folded(texts: Iterable[str]) -> Texts:
    bare = list(map(plain, texts))
    return bare, list(map(fold_text, bare))


def _at(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
