"""Why the site of an embedded stack is not ready."""

from __future__ import annotations

from pathlib import Path

from logsite.embedded.site import not_ok, reasons
from logsite.embedded.state import Running, Status
from logsite.management.commands.status import as_text

FULL = "only 5 MB free, MIN_FREE_DISK_MB is 1024"


def test_it_tells_the_parts_that_are_not_ok() -> None:
    kafka = {"state": "ok", "reason": ""}
    disk = {"state": "down", "reason": FULL}

    assert not_ok({"kafka": kafka, "disk": disk}) == [f"disk (down): {FULL}"]


def test_a_site_that_does_not_answer_is_a_reason() -> None:
    assert reasons("http://127.0.0.1:1") == ["web: does not answer"]


def test_status_says_why_it_is_not_ready() -> None:
    web = Running(name="web", pid=7, port=8000, state="running")
    found = Status(
        ready=False, address="http://here", reasons=["disk: full"], processes=[web]
    )

    assert as_text(found, Path("/data")).splitlines()[:2] == [
        "http://here  not ready",
        "  disk: full",
    ]
