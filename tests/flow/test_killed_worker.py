"""A store worker is killed in mid-flow: it is named, and nothing is lost or doubled."""

from __future__ import annotations

import json
import time

import pytest

from tests.site import Site

pytestmark = pytest.mark.parts
NAMED_S = 30.0
HALF = 250


def post(site: Site, numbers: range) -> None:
    lines = [json.dumps({"message": f"survivor {number}"}) for number in numbers]
    assert site.post("\n".join(lines)).json()["accepted"] == len(lines)


def wait_until_named(site: Site) -> str:
    """What /readyz says of the store workers once it knows."""
    deadline = time.monotonic() + NAMED_S
    while time.monotonic() < deadline:
        store = site.get("/readyz").json()["parts"]["store"]
        if store["state"] == "down":
            return str(store["reason"])
        time.sleep(0.2)
    raise TimeoutError("/readyz did not notice")


def test_a_killed_store_worker_is_named_and_nothing_is_lost(site: Site) -> None:
    post(site, range(HALF))
    site.parts["store-1"].stop()
    post(site, range(HALF, 2 * HALF))

    assert wait_until_named(site) == "store-1 has ended"
    assert site.get("/readyz", **{"for": "ingest"}).status_code == 200

    site.parts["store-1"].start()
    site.wait_until_visible()
    found = site.get("/api/logs", q="survivor", limit=1000).json()["items"]
    wanted = [f"survivor {number}" for number in range(2 * HALF)]
    assert sorted(item["message"] for item in found) == sorted(wanted)
