"""Senders of others and our logging handler, from their own call to the search API."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import opensearchpy
import opensearchpy.helpers
import pytest

from tests.site import ROOT, Site

pytestmark = pytest.mark.parts
PROGRAM = """
import logging, sys
from ingest.send.logsite_handler import LogsiteHandler

url, token, service = sys.argv[1:]
handler = LogsiteHandler(url, token, service, batch_size=100, exit_s=30)
logging.basicConfig(level="INFO", handlers=[handler])
for n in range(1_000_000):
    logging.info("turn %d", n)
    if n % 250 == 249:
        handler.flush()
        print(n + 1, flush=True)
"""


def found(site: Site, service: str) -> list[dict[str, Any]]:
    site.wait_until_visible()
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"service": service, "limit": 1_000}
    while True:
        page = site.get("/api/logs", **query).json()
        items += page["items"]
        if not page["next"]:
            return items
        query["cursor"] = page["next"]


def test_documents_of_opensearch_py_are_found_once_though_sent_twice(
    site: Site,
) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    documents = [
        {
            "_op_type": "create",
            "_index": "shop",
            "_id": f"order-{n}",
            "@timestamp": at,
            "service": {"name": "bulk-shop"},
            "message": f"order {n}",
        }
        for n in range(500)
    ]
    with opensearchpy.OpenSearch(
        f"{site.address}/elasticsearch", http_auth=("shop", site.token)
    ) as client:
        for _ in range(2):
            assert opensearchpy.helpers.bulk(client, documents) == (500, [])

    messages = [item["message"] for item in found(site, "bulk-shop")]
    assert sorted(messages) == sorted(f"order {n}" for n in range(500))


def test_lines_of_syslog_are_found_by_their_app(site: Site) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    lines = [f"<11>1 {at} web-1 syslog-shop 7 - - order {n}" for n in range(3)]

    answer = httpx.post(
        f"{site.address}/api/syslog",
        content="\n".join(lines),
        headers={"Authorization": f"Bearer {site.token}"},
        trust_env=False,
    )

    assert answer.status_code == 202
    items = found(site, "syslog-shop")
    assert {item["message"] for item in items} == {"order 0", "order 1", "order 2"}
    assert {item["level"] for item in items} == {"ERROR"}


@contextmanager
def program(site: Site, service: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, site.address, site.token, service]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def test_what_a_killed_program_had_flushed_is_stored_once(site: Site) -> None:
    with program(site, "killed-shop") as process:
        assert process.stdout
        flushed = [int(process.stdout.readline()) for _ in range(4)][-1]
        process.send_signal(signal.SIGKILL)

    turns = [int(item["message"].split()[1]) for item in found(site, "killed-shop")]
    assert len(set(turns)) == len(turns)
    assert set(turns) >= set(range(flushed))
