"""Named values of other protocols -> metadata: flat, with keys that can be stored.

Dots become underscores, as in Loki: `http.status_code` is found as `http_status_code`.
That is a rule of these protocols and no mending, so no entry is marked for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from ingest.formats.clean import free_name, safe_key

_SHORT: Final = 100  # characters; of longer names none are remembered
# The names that programs use are few, and each comes with every record.
_known_key: Final = lru_cache(maxsize=4096)(safe_key)


def add_all(metadata: dict[str, Any], pairs: Iterable[tuple[str, Any]]) -> None:
    """Nothing is lost where names meet: the later one gets a `_` behind it."""
    for name, value in pairs:
        key = _known_key(name) if len(name) <= _SHORT else safe_key(name)
        metadata[free_name(key, metadata) if key in metadata else key] = value
