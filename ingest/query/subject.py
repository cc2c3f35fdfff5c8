"""An entry as conditions look at it: texts and values, found and folded once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ingest.entry import MARKS
from ingest.fold.terms import texts_in, texts_of
from ingest.query.tree import ANY, MESSAGE, METADATA, SERVICE, Path
from ingest.words import fold_text, plain


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

    @cached_property
    def everywhere(self) -> list[str]:
        """All that is searched without a field."""
        return list(map(plain, texts_of(self.message, self.metadata)))

    @cached_property
    def folded(self) -> list[str]:
        return [fold_text(text) for text in self.everywhere]

    def texts(self, path: Path) -> tuple[list[str], list[str]]:
        """What a condition on words looks at: without colours, and folded."""
        if path == ANY:
            return self.everywhere, self.folded
        values = self.values(path)
        texts = [plain(text) for value in values for text in texts_in(value)]
        return texts, [fold_text(text) for text in texts]

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


def _at(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
