"""The agents, or the reason why they are not tried."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.agents.packages import Agents, NotToBeHad, unpacked
from tests.ingest.edge.serving import Served, served_edge


@pytest.fixture(scope="session")
def agents(request: pytest.FixtureRequest) -> Agents:
    """Skips where Debian's packages cannot be had; AGENTS=required fails there."""
    cache = request.config.cache
    assert cache is not None
    try:
        return unpacked(cache.mkdir("agents"))
    except NotToBeHad as error:
        if os.environ.get("AGENTS") == "required":
            raise
        pytest.skip(str(error))


@pytest.fixture
def served() -> Iterator[Served]:
    with served_edge() as served:
        yield served
