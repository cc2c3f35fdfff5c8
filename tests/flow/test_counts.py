"""From POST to the counts: beat, the Celery worker and the rollups in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.ingest.worker import wait_for
from tests.site import Site

pytestmark = pytest.mark.parts


def test_posted_entries_are_counted_in_their_windows(site: Site) -> None:
    lines = [
        {"service": "counted", "level": level, "message": f"line {number}"}
        for number, level in enumerate(["info", "warn", "error", "fatal"])
    ]
    assert site.post(json.dumps(lines)).status_code == 202
    acknowledged = datetime.now(UTC).isoformat()

    def is_counted() -> bool:
        answer = site.get("/api/stats/minute", service="counted").json()
        return (answer["complete_to"] or "") > acknowledged

    wait_for(is_counted)

    for path in ("minute", "5m", "hourly"):
        windows = site.get(f"/api/stats/{path}", service="counted").json()["windows"]
        assert sum(window["total"] for window in windows) == 4
    rate = site.get("/api/stats/error-rate", service="counted").json()["all"]
    assert (rate["total"], rate["errors"], rate["error_rate"]) == (4, 2, 0.5)


def test_readyz_knows_that_somebody_counts(site: Site) -> None:
    def counts() -> bool:
        parts = site.get("/readyz").json()["parts"]
        return bool(parts["rollups"]["state"] == "ok")

    wait_for(counts)
