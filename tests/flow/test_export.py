"""From entries that were sent to a checked file, by the command."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.site import Site

pytestmark = pytest.mark.parts


def test_what_was_sent_is_in_the_file_of_an_export(site: Site, tmp_path: Path) -> None:
    lines = [f'{{"message":"exported {n}"}}' for n in range(3_000)]
    assert site.post("\n".join(lines)).status_code == 202
    site.wait_until_visible()
    place = tmp_path / "all.ndjson.gz"

    options = ("--output", str(place), "--token", site.token)
    site.manage("export", "exported", *options)

    rows = [
        json.loads(line) for line in gzip.decompress(place.read_bytes()).splitlines()
    ]
    assert {row["message"] for row in rows} == {f"exported {n}" for n in range(3_000)}
    assert site.get("/api/exports").json()["exports"] == []
