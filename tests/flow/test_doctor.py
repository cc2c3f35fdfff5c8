"""`manage.py doctor` on a whole site, and what a receipt says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ingest.edge.doors import DOORS
from tests.site import ROOT, Site

pytestmark = pytest.mark.parts


def doctor(site: Site, *options: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, str(ROOT / "manage.py"), "doctor", *options)
    environment = {**os.environ, **site.environment, "LOGSITE_TOKEN": site.token}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_every_door_is_well(site: Site) -> None:
    done = doctor(site, "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert [one["protocol"] for one in found["canaries"]] == [d.name for d in DOORS]
    for one in found["canaries"]:
        assert one["well"], one
        assert list(one["hops"]) == ["read", "appended", "acknowledged", "visible"]
        assert one["tailed_ms"] is not None


def test_people_get_a_table(site: Site) -> None:
    done = doctor(site, "--protocol", "logs")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "stored" in done.stdout
    assert "ms" in done.stdout


def test_a_token_that_nobody_knows_is_said(site: Site) -> None:
    done = doctor(site, "--token", "wrong", "--protocol", "logs")

    assert done.returncode == 1
    assert "401" in done.stdout


def test_a_store_worker_that_does_nothing_is_said(site: Site) -> None:
    worker = site.parts["store-1"]
    worker.freeze()
    try:
        done = doctor(site, "--protocol", "logs", "--patience", "2")
    finally:
        worker.thaw()

    assert done.returncode == 1
    assert "does a store worker run?" in done.stdout


def test_each_entry_of_a_request_is_followed_to_the_end(site: Site) -> None:
    lines = "\n".join(json.dumps({"message": f"followed {n}"}) for n in range(1_000))
    receipt = site.post(lines).json()["receipt"]
    site.wait_until_visible()

    told = site.get(f"/api/receipts/{receipt}", limit=1_000).json()

    assert told["fates"]["stored"] == told["entries"] == 1_000
    assert told["settled"]
    assert len({item["id"] for item in told["items"]}) == 1_000
