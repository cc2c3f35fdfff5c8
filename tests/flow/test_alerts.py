"""A burst of errors, from POST to an incident, a webhook, and its end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from logsite.accounts.models import Scope
from stats.alerts.rules import MINUTE, floor_minute
from tests.site import Site, manage
from tests.stats.alerts.receiver import Receiver

pytestmark = [pytest.mark.parts]

SERVICE = "alerts-flow"
ROUND = "from stats import tasks; tasks.judge_rules(); tasks.deliver(); tasks.deliver()"
BACK = "from stats.models import Rule; Rule.objects.update(judged_to={!r})"


def lines(minute: datetime, *levels: str) -> str:
    return "\n".join(
        json.dumps(
            {
                "timestamp": (minute + timedelta(seconds=number)).isoformat(),
                "level": level,
                "service": SERVICE,
                "message": f"order {number}",
            }
        )
        for number, level in enumerate(levels)
    )


def rule(target: str) -> dict[str, Any]:
    return {
        "name": "Orders fail",
        "kind": "error_rate",
        "services": [SERVICE],
        "window_minutes": 1,
        "threshold": 50,
        "minimum": 4,
        "targets": [target],
    }


def make_rule(site: Site, target: str) -> None:
    token = site.manage("token", "create", "alerts", "--scope", Scope.ADMIN).strip()
    answer = httpx.post(
        f"{site.address}/api/rules",
        json=rule(target),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text


def test_a_burst_opens_an_incident_tells_and_resolves(site: Site) -> None:
    burst = floor_minute(datetime.now(UTC)) - 3 * MINUTE
    with Receiver().running() as receiver:
        make_rule(site, receiver.url)
        site.post(lines(burst, "ERROR", "INFO", "ERROR", "FATAL"))
        site.post(lines(burst + MINUTE, "INFO", "INFO", "INFO", "ERROR"))
        site.wait_until_visible()

        told = {**site.environment, "ALERT_ALLOW_PRIVATE": "1", "ALERT_DELAY_S": "0"}
        manage(told, "shell", "-v", "0", "-c", BACK.format(burst.isoformat()))
        manage(told, "shell", "-v", "0", "-c", ROUND)
        opened, resolved = receiver.wait_for(2, timeout_s=10)

    assert (opened["event"], opened["error_rate"]) == ("incident.opened", 0.75)
    assert [line["message"] for line in opened["samples"]] == [
        "order 3",
        "order 2",
        "order 0",
    ]
    assert resolved["event"] == "incident.resolved"
    (incident,) = site.get("/api/incidents").json()["incidents"]
    assert opened["incident"]["url"].endswith(f"/alerts/incidents/{incident['id']}")
    assert incident["resolved"] == resolved["window"]["end"]
