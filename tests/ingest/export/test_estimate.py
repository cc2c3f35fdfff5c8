"""How large an export will be, from a look at a few entries."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from ingest.export import estimate as estimating
from ingest.export.estimate import estimate
from ingest.export.reading import rows_for
from ingest.export.rows import Format, Layout, beginning, lines
from ingest.query.filter import LogFilter
from ingest.query.run import search
from tests.ingest.query.stored import DAY, StoredLog, entry_at, prepare

pytestmark = pytest.mark.parts
Db = Database[dict[str, Any]]
PLAIN = Layout(gzip=False)


@pytest.fixture
def log(mongo: Db) -> StoredLog:
    """A hundred entries, each fourth of them an error."""
    prepare(mongo)
    entries = [
        entry_at(n, f"{'error' if n % 4 == 0 else 'fine'} {n:03}") for n in range(100)
    ]
    return StoredLog(mongo, block_offsets=10).add(*entries)


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "SAMPLE", 5)


def test_few_matches_are_counted(log: StoredLog) -> None:
    guess = estimate(log.db, LogFilter("error"), PLAIN)

    assert (guess.rows, guess.exact, guess.examine) == (25, True, 100)
    assert guess.oldest_day == DAY


def test_its_size_is_that_of_the_file_where_entries_are_alike(log: StoredLog) -> None:
    layout = Layout(Format.CSV, gzip=False)
    items = search(log.db, LogFilter(), 1_000).items
    whole = len(beginning(layout)) + len(lines(items, layout))

    assert estimate(log.db, LogFilter(), layout).size == whole


@pytest.mark.usefixtures("small_sample")
def test_without_words_blocks_have_counted(log: StoredLog) -> None:
    guess = estimate(log.db, LogFilter(), PLAIN)

    assert (guess.rows, guess.exact) == (100, True)


@pytest.mark.usefixtures("small_sample")
def test_many_matches_are_guessed_from_their_share(log: StoredLog) -> None:
    guess = estimate(log.db, LogFilter("error"), PLAIN)

    assert not guess.exact
    assert 15 <= guess.rows <= 35


def test_the_larger_entries_are_the_fewer_are_read_at_once(mongo: Db) -> None:
    prepare(mongo)
    many = [entry_at(n, "fine") for n in range(99)]
    large = entry_at(99, f"failed {'x' * 200_000}")
    StoredLog(mongo, block_offsets=1_000).add(*many, large)

    few = estimate(mongo, LogFilter("failed"), Layout())
    assert rows_for(few.entry_bytes) < 400
    assert rows_for(estimate(mongo, LogFilter("fine"), Layout()).entry_bytes) == 4_000


def test_nothing_is_nothing(log: StoredLog) -> None:
    guess = estimate(log.db, LogFilter("absent"), PLAIN)

    assert (guess.rows, guess.size, guess.exact) == (0, 0, True)


def test_a_column_that_none_has_is_told_for_certain_if_all_were_seen(
    log: StoredLog,
) -> None:
    asked = Layout(columns=("mesage", "message"))
    (told,) = estimate(log.db, LogFilter("error"), asked).remarks

    assert (told.column, told.nearest) == ("mesage", "message")
    assert (told.looked_at, told.is_all) == (25, True)


@pytest.mark.usefixtures("small_sample")
def test_it_is_not_certain_if_some_were_seen(log: StoredLog) -> None:
    (told,) = estimate(log.db, LogFilter("error"), Layout(columns=("host",))).remarks

    assert (told.nearest, told.looked_at, told.is_all) == ("", 5, False)
