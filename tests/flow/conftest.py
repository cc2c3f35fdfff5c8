"""The whole site, started once for all flow tests, and a browser."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from ingest.kafka.topics import ensure_topic
from logsite.embedded.frontend import ensure_vendor
from tests.site import Site, running_site

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def site(
    parts_folder: Path, kafka_brokers: str, mongo_url: str, redis_url: str
) -> Iterator[Site]:
    """A running site on a topic and a database of its own."""
    name = f"flow-{uuid.uuid4().hex[:8]}"
    ensure_topic(kafka_brokers, name, 3, 1, 2 * 1024**3, 7 * 24 * 3600 * 1000)
    addresses = {
        "KAFKA_BROKERS": kafka_brokers,
        "MONGO_URL": mongo_url.replace("/logsite?", f"/{name}?"),
        "REDIS_URL": redis_url,
        "LOG_TOPIC": name,
    }
    folder = parts_folder / "site"
    folder.mkdir()
    with running_site(folder, addresses) as running:
        yield running


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """A browser that is not logged in. Its loop ends with the test: others have one."""
    ensure_vendor()
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser.new_page(base_url=site.address)
        browser.close()
