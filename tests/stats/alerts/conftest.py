"""A local receiver, a rule that tells it, and a store with a data clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database
from pytest_django import Settings

from stats.alerts.models import Rule
from stats.alerts.rules import MINUTE, Kind
from tests.ingest.query.stored import RECEIVED, prepare
from tests.stats.alerts.receiver import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.ALERT_ALLOW_PRIVATE = True
    with Receiver().running() as receiver:
        yield receiver


@pytest.fixture
def rule(db: None, receiver: Receiver) -> Rule:
    """Fires at 50 % errors of at least 2 entries in a minute."""
    return Rule.objects.create(
        name="Payments fail",
        kind=Kind.ERROR_RATE,
        services=["payment"],
        window_minutes=1,
        threshold=50,
        minimum=2,
        targets=[receiver.url],
        judged_to=RECEIVED - MINUTE,
    )


@pytest.fixture
def store(mongo: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    prepare(mongo)
    return mongo
