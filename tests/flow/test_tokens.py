"""Tokens over two web processes: one quota for both, and an end that both notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.edge.auth import TTL_S
from tests.faults.webs import Web, running_web
from tests.site import Site

pytestmark = [pytest.mark.parts, pytest.mark.timeout(180)]
LINE = b'{"service": "billing", "message": "card declined"}'
SOON_S = 30.0


@pytest.fixture
def ops(site: Site) -> Iterator[httpx.Client]:
    """A program that looks after the site."""
    name = f"ops-{time.monotonic_ns()}"
    token = site.manage("token", "create", name, "--scope", "admin").strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=site.address, headers=headers, trust_env=False) as found:
        yield found


@pytest.fixture
def webs(site: Site, ops: httpx.Client, tmp_path: Path) -> Iterator[tuple[Web, Web]]:
    """Two web processes of one site, and a token for a thousand bytes a day."""
    name = f"shipper-{time.monotonic_ns()}"
    made = ops.post(
        "/api/tokens",
        json={"name": name, "scopes": ["ingest"], "bytes_per_day": 1_000},
    )
    token = made.json()["token"]
    with (
        running_web(tmp_path, site.environment, token, "one") as one,
        running_web(tmp_path, site.environment, token, "two") as two,
    ):
        yield one, two


def of(ops: httpx.Client, web: Web) -> dict[str, Any]:
    """What the site knows of the token of these processes."""
    tokens = ops.get("/api/tokens").json()["tokens"]
    (found,) = [one for one in tokens if web.token.startswith(one["prefix"])]
    whole: dict[str, Any] = ops.get(f"/api/tokens/{found['id']}").json()
    return whole


def wait_until(true: Callable[[], bool], seconds: float = SOON_S) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_one_process_took_counts_for_the_other(
    webs: tuple[Web, Web], ops: httpx.Client
) -> None:
    one, two = webs
    body = b"\n".join([LINE] * 25)
    assert one.post(body, **{"User-Agent": "Fluent-Bit v4.0.1"}).status_code == 202
    assert one.post(LINE).status_code == 429
    wait_until(lambda: of(ops, one)["bytes_today"] == len(body))

    refused = two.post(LINE)

    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "quota_exceeded"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    used = of(ops, one)
    agents = {(who["address"], who["agent"]) for who in used["senders"]}
    assert ("127.0.0.1", "Fluent-Bit v4.0.1") in agents
    assert used["last_used"]


def test_a_revoked_token_ends_in_both_within_30_s(
    webs: tuple[Web, Web], ops: httpx.Client
) -> None:
    assert [web.post(LINE).status_code for web in webs] == [202, 202]

    ops.delete(f"/api/tokens/{of(ops, webs[0])['id']}")

    assert TTL_S <= 30
    wait_until(lambda: {web.post(LINE).status_code for web in webs} == {401}, TTL_S + 5)
    trail = ops.get("/api/audit", params={"action": "token.revoke"}).json()["entries"]
    assert trail[0]["actor"].startswith("ops-")
