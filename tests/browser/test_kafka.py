"""The Kafka pages in a browser, on a real Kafka: looking, creating, deleting."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from ingest import mongo
from ingest.kafka.admin import metadata_of
from ingest.kafka.watch import history
from ingest.kafka.watch.looking import look
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded
from tests.ingest.kafka.test_snapshots import commit
from tests.ingest.worker import line, produce
from tests.logsite.kafka.conftest import SNAPSHOT

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def brokers(kafka_brokers: str, settings: Settings) -> str:
    settings.KAFKA_BROKERS = kafka_brokers
    return kafka_brokers


@pytest.fixture
def name() -> str:
    return f"orders-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def group(brokers: str, topic: str) -> str:
    """A group that has read two of five messages."""
    produce(brokers, topic, [line(n) for n in range(5)])
    commit(brokers, f"billing/{topic}", topic, {0: 2})
    return f"billing/{topic}"


def test_a_topic_is_created_seen_and_deleted(
    brokers: str, store: Seeded, staff: NewPage, name: str
) -> None:
    look(brokers, store.db)
    page = staff()
    page.goto("/kafka")
    page.get_by_role("link", name="Create a topic").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Settings").fill("retention.ms=86400000")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".shell")).to_contain_text(f"topic create {name} -p 3 -r 1")
    assert name not in metadata_of(brokers).topics

    page.get_by_role("button", name=f"Create topic {name}").click()
    expect(page.locator(".done")).to_have_text(f"Topic {name} was created.")
    expect(page.locator("tbody tr").nth(2)).to_contain_text("2")
    expect(page.locator(".settings")).to_contain_text("86400000 24.0 h")

    page.get_by_role("link", name="Delete this topic").click()
    page.get_by_label("Type the name of the topic").fill(name)
    page.get_by_role("button", name=f"Delete topic {name}").click()
    expect(page.locator(".done")).to_have_text(f"Topic {name} was deleted.")
    assert name not in metadata_of(brokers).topics


def test_what_kafka_refuses_is_said_in_the_form(
    brokers: str, store: Seeded, staff: NewPage, name: str
) -> None:
    page = staff()
    page.goto("/kafka/new-topic")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Settings").fill("retention.ms=soon")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_role("alert").first).to_contain_text("retention.ms")
    expect(page.get_by_label("Name")).to_have_value(name)


def test_a_setting_without_a_value_is_pointed_at(
    store: Seeded, staff: NewPage, name: str
) -> None:
    page = staff()
    page.goto("/kafka/new-topic")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Settings").fill("compact")
    page.get_by_role("button", name="Preview").click()

    expect(page.locator(".error")).to_have_text("compact is not NAME=VALUE.")


def test_another_name_deletes_nothing(
    brokers: str, store: Seeded, staff: NewPage, topic: str, group: str
) -> None:
    page = staff()
    page.goto(f"/kafka/topics/{topic}/delete")
    expect(page.locator(".errors")).to_contain_text("5 messages in 3 partitions")
    expect(page.locator("tbody tr")).to_contain_text([group])
    page.get_by_label("Type the name of the topic").fill("orders")
    page.get_by_role("button", name="Delete topic").click()

    expect(page.locator(".error")).to_have_text("This is not the name of the topic.")
    assert topic in metadata_of(brokers).topics


def test_our_own_topic_is_not_offered_for_deletion(
    brokers: str, store: Seeded, staff: NewPage
) -> None:
    page = staff()
    page.goto("/kafka/topics/logs/delete")

    expect(page.locator(".state")).to_contain_text("logsite itself uses logs")


def test_readers_see_no_way_to_change_anything(store: Seeded, page: Page) -> None:
    history.save(store.db, SNAPSHOT)
    page.goto("/kafka")
    expect(page.get_by_role("link", name="orders")).to_be_visible()
    expect(page.get_by_role("link", name="Create a topic")).to_have_count(0)

    answer = page.goto("/kafka/topics/orders/delete")

    assert answer is not None
    assert answer.status == 403


def test_a_group_shows_its_lag(
    brokers: str, store: Seeded, page: Page, topic: str, group: str
) -> None:
    look(brokers, store.db)
    page.goto("/kafka")
    page.get_by_role("link", name=group).click()

    expect(page.locator(".facts")).to_contain_text("empty")
    expect(page.locator("tbody tr").first.locator("td").nth(4)).to_have_text("3")


def test_the_page_follows_the_snapshots(store: Seeded, page: Page) -> None:
    page.goto("/kafka")
    expect(page.locator(".state")).to_contain_text("Nobody has looked")

    history.save(store.db, SNAPSHOT)

    expect(page.get_by_role("link", name="orders")).to_be_visible(timeout=20_000)


def test_an_old_snapshot_is_said_to_be_old(store: Seeded, page: Page) -> None:
    history.save(store.db, SNAPSHOT)
    page.goto("/kafka")

    expect(page.locator(".seen .late")).to_contain_text("2026-03-01")


def test_kafkas_own_topics_are_shown_on_demand(store: Seeded, page: Page) -> None:
    history.save(store.db, SNAPSHOT)
    page.goto("/kafka")
    expect(page.get_by_role("link", name="__consumer_offsets")).to_have_count(0)

    page.get_by_role("link", name="Show 1 of Kafka's own").click()

    expect(page.get_by_role("link", name="__consumer_offsets")).to_be_visible()


def test_the_pages_stand_while_kafka_is_away(
    store: Seeded, page: Page, settings: Settings
) -> None:
    settings.KAFKA_BROKERS = "127.0.0.1:1"
    history.save(store.db, SNAPSHOT)
    page.goto("/kafka/topics/orders")

    expect(page.locator(".settings .late")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("1 not in sync")).to_be_visible()


@pytest.mark.parametrize("path", ["/kafka", "/kafka/topics/a", "/kafka/groups/a"])
def test_the_pages_stand_while_mongodb_is_away(
    store: Seeded, page: Page, path: str
) -> None:
    mongo.configure("mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=100")
    page.goto(path)

    expect(page.locator(".state")).to_contain_text("MongoDB does not answer")
    mongo.database().client.close()


@pytest.mark.parametrize("path", ["/kafka/topics/nothing", "/kafka/groups/nobody"])
def test_what_is_not_there_is_not_found(store: Seeded, page: Page, path: str) -> None:
    history.save(store.db, SNAPSHOT)
    answer = page.goto(path)

    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_kafka_pages_look_right(
    brokers: str,
    store: Seeded,
    staff: NewPage,
    topic: str,
    group: str,
    theme: Any,
    size: Any,
) -> None:
    look(brokers, store.db)
    page = staff(viewport=size, color_scheme=theme)
    pages = {
        "kafka": "/kafka",
        "topic": f"/kafka/topics/{topic}",
        "group": f"/kafka/groups/{group}",
        "new-topic": "/kafka/new-topic",
        "delete-topic": f"/kafka/topics/{topic}/delete",
    }
    for name, path in pages.items():
        page.goto(path)
        expect(page.locator(".sheet")).to_be_visible()
        if name == "topic":
            expect(page.locator(".settings-list").first).to_be_visible()
        look_at(page, f"kafka-{name}")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_troubles_and_the_preview_look_right(
    brokers: str, store: Seeded, staff: NewPage, name: str, size: Any
) -> None:
    history.save(store.db, SNAPSHOT)
    page = staff(viewport=size, color_scheme="dark")
    page.goto("/kafka/topics/orders")
    look_at(page, "kafka-trouble")
    page.goto("/kafka/new-topic")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Settings").fill("retention.ms=86400000\nsegment.ms=3600000")
    page.get_by_label("Replicas").fill("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".shell")).to_be_visible()

    look_at(page, "kafka-preview")
