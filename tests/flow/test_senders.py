"""Files and simulated services, from the command to the search API."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.formats.levels import read_level
from tests.ingest.formats.test_text_loghub import (
    LOGHUB,
    TIMES,
    WITHOUT_LEVEL,
    Row,
    rows_of,
)
from tests.site import Site

pytestmark = pytest.mark.parts


@dataclass(frozen=True)
class Chosen:
    """A line that its file has only once, with its true time and level."""

    phrase: str
    at: datetime
    level: str


def chosen(system: str) -> Chosen:
    """The line of the rarest level that no other line of the file repeats."""
    columns, read = TIMES[system]
    rows = rows_of(system)
    levels = [_level(system, row) for row in rows]
    contents = Counter(row["Content"] for row in rows)
    alone = [n for n, row in enumerate(rows) if contents[row["Content"]] == 1]
    place = min(alone, key=lambda n: levels.count(levels[n]))
    words = re.findall(r"\w+", rows[place]["Content"])
    at = read(" ".join(rows[place][name] for name in columns))
    return Chosen(f'"{" ".join(words)}"', at, levels[place])


def _level(system: str, row: Row) -> str:
    if system in WITHOUT_LEVEL:
        return "INFO"
    return read_level(row["Level"]) or "INFO"


def send(site: Site, *arguments: str) -> str:
    return site.manage("send", *arguments, "--url", site.address, "--token", site.token)


def find(site: Site, **query: Any) -> dict[str, Any]:
    site.wait_until_visible()
    found: dict[str, Any] = site.get("/api/logs", **query).json()
    return found


def count(site: Site, service: str) -> int:
    return int(find(site, service=service, limit=1)["matched"]["count"])


def test_it_stores_a_joined_stack_trace_as_one_entry(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "orders.log"
    path.write_text(
        "2026-03-09 10:11:12,345 ERROR [main] shop.Orders: order failed\n"
        "shop.NoStock: nothing left\n"
        "\tat shop.Orders.place(Orders.java:42)\n"
        "Caused by: shop.Deadlock: ledger\n"
        "\t... 2 more\n"
        "2026-03-09 10:11:13,000 INFO [main] shop.Orders: next\n"
    )

    assert "2 entries accepted, 0 rejected" in send(site, str(path))
    [item] = find(site, q='"nothing left"', service="orders")["items"]
    assert item["timestamp"].startswith("2026-03-09T10:11:12.345")
    assert item["level"] == "ERROR"
    assert item["message"].endswith("\t... 2 more")
    assert item["metadata"]["component"] == "shop.Orders"
    assert item["metadata"]["_logsite"]["sent"]["mended"] == ["zone"]


def test_it_stores_a_file_once_that_is_sent_twice(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "twice.log"
    path.write_text("".join(f"line {n}\n" for n in range(2_500)))

    for _ in range(2):
        assert "2,500 entries accepted" in send(site, str(path))

    assert count(site, "twice") == 2_500


def test_it_stores_what_the_simulation_says_it_sent(site: Site) -> None:
    before = count(site, "payment-service")  # other tests share the site
    told = site.manage(
        *("simulate", "--services", "payment", "--rate", "100", "--seconds", "2"),
        *("--url", site.address, "--token", site.token),
    )

    accepted = int(told.splitlines()[-1].split(" entries")[0].replace(",", ""))
    assert accepted > 100
    assert count(site, "payment-service") == before + accepted


@pytest.mark.loghub
@pytest.mark.skipif(not LOGHUB.is_dir(), reason=f"no sample lines at {LOGHUB}")
def test_it_finds_a_line_of_each_of_eight_systems(site: Site) -> None:
    files = [str(LOGHUB / system / f"{system}_2k.log") for system in TIMES]

    for _ in range(2):
        assert "16,000 entries accepted, 0 rejected" in send(site, *files)

    for system in TIMES:
        line = chosen(system)
        service = f"{system}_2k"
        assert count(site, service) == 2_000
        items = find(site, q=line.phrase, service=service)["items"]
        assert (_without_year(line.at.isoformat()), line.level) in {
            (_without_year(item["timestamp"]), item["level"]) for item in items
        }


def _without_year(timestamp: str) -> str:
    """Two of the systems leave the year out; milliseconds may be written as zeros."""
    at = datetime.fromisoformat(timestamp)
    return at.strftime("%m-%dT%H:%M:%S.%f")
