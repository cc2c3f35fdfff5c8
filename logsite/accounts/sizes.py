"""Numbers of bytes as people write them: 500 MB, 10GB, 1 GiB, 1,000,000."""

from __future__ import annotations

import re
from typing import Final

UNITS: Final[dict[str, int]] = {
    unit: factor
    for power, prefix in enumerate(("", "K", "M", "G", "T", "P"))
    for unit, factor in ((f"{prefix}B", 1000**power), (f"{prefix}IB", 1024**power))
} | {"": 1}
MOST: Final = 2**60
_SIZE: Final = re.compile(r"(\d[\d,_]*(?:\.\d+)?)\s*([A-Za-z]*)")


def read_size(text: str) -> int:
    """Bytes; raises ValueError with what is allowed."""
    found = _SIZE.fullmatch(text.strip())
    factor = UNITS.get(found[2].upper()) if found else None
    if found is None or factor is None:
        raise ValueError(f"{text[:40]!r} is no size: write 500 MB, 10 GB or 1048576")
    size = round(float(found[1].replace(",", "").replace("_", "")) * factor)
    if size > MOST:
        raise ValueError(f"{text[:40]!r} is more than {MOST} bytes")
    return size


def shown_size(size: int) -> str:
    """The same the other way round, exact: 10 GB, 1,500 MB, 1,234 B."""
    for unit in ("PB", "TB", "GB", "MB", "KB"):
        if size and size % UNITS[unit] == 0:
            return f"{size // UNITS[unit]:,} {unit.replace('K', 'k')}"
    return f"{size:,} B" if size else "0"
