"""A search that is followed through the real web process, and ends with its reader."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.site import Site

pytestmark = pytest.mark.parts


@pytest.fixture
def word(site: Site) -> str:
    """A word that only the entries of this test have."""
    word = f"word{uuid.uuid4().hex[:12]}"
    lines = [json.dumps({"message": f"{word} number {n}"}) for n in range(30)]
    headers = {"Content-Type": "application/x-ndjson"}
    assert site.post("\n".join(lines), **headers).status_code == 202
    site.wait_until_visible()
    return word


def events(site: Site, path: str, **query: str) -> Iterator[str]:
    headers = {"Authorization": f"Bearer {site.token}"}
    address = f"{site.address}/api/logs/{path}"
    with (
        httpx.Client(trust_env=False, timeout=20) as client,
        client.stream("GET", address, params=query, headers=headers) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield from answer.iter_lines()


def test_a_search_is_told_piece_by_piece(site: Site, word: str) -> None:
    told = [line for line in events(site, "stream", q=f"/{word} number [0-9]/") if line]

    data = [json.loads(line[6:]) for line in told if line.startswith("data: ")]
    found = [item for one in data for item in one.get("items", [])]
    assert told[-2] == "event: done"
    assert len(found) == 30
    assert data[-1]["matched"] == {"count": 30, "exact": True}


def test_facets_are_told_as_they_grow(site: Site, word: str) -> None:
    told = [line for line in events(site, "facets/stream", q=word) if line]

    assert told[-2] == "event: done"
    assert json.loads(told[-1][6:])["matched"] == {"count": 30, "exact": True}
