"""Every door has its canary, and reads it as the entry that it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.doctor.canaries import canary
from ingest.edge.doors import DOORS
from ingest.edge.doors.door import Door, Request

NOW = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_door_reads_its_canary(door: Door) -> None:
    sent = canary(door.name, door.paths[0], "logsite-doctor", "a1b2c3", NOW)
    assert sent
    headers = {"content-type": sent.content_type}
    request = Request("POST", sent.path, headers)
    door.check(request)

    (entry,) = door.read(sent.body, request, "unknown", NOW).entries

    assert entry.service == "logsite-doctor"
    assert entry.level == "INFO"
    assert entry.timestamp == NOW
    assert entry.message == f"canary a1b2c3 {door.name} of logsite's doctor"


def test_a_protocol_that_nobody_knows_has_none() -> None:
    assert canary("pigeon", "/pigeon", "doctor", "a1b2c3", NOW) is None
