"""The connection: what is read and written is what a majority has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ingest.mongo import connect


@pytest.fixture
def db() -> Iterator[Any]:
    """Nobody answers there, and nobody is asked."""
    database = connect("mongodb://127.0.0.1:1/logsite?connect=false")
    yield database
    database.client.close()


def test_hazard_10_reads_and_writes_are_those_of_a_majority(db: Any) -> None:
    assert db.read_concern.level == "majority"
    assert db.write_concern.document["w"] == "majority"
    assert db.read_preference.mongos_mode == "primary"


def test_it_does_not_wait_for_ever(db: Any) -> None:
    options = db.client.options

    assert options.server_selection_timeout <= 5
    assert options.pool_options.socket_timeout <= 60
