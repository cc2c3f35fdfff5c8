"""A database with the collections of the store worker, and nothing in them."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from tests.ingest.query.stored import prepare


@pytest.fixture
def db(mongo: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    prepare(mongo)
    return mongo
