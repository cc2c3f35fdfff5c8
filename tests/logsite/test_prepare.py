"""A fresh deployment is made ready, and a prepared one is left as it is."""

from __future__ import annotations

import logging
import time
from io import StringIO
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from django.core.management import CommandError, call_command
from django.db import connection
from pymongo.database import Database
from pytest_django.fixtures import Settings

from ingest.documents import DOCUMENTS
from ingest.errors import Busy
from logsite import prepare
from logsite.accounts.models import User


@pytest.fixture
def deployment(
    settings: Settings, kafka_brokers: str, mongo: Database[Any], mongo_url: str
) -> Settings:
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.KAFKA_BROKERS = kafka_brokers
    settings.MONGO_URL = mongo_url.replace("/logsite?", f"/{mongo.name}?")
    settings.LOG_TOPIC = f"{mongo.name}-logs"
    settings.ADMIN_PASSWORD = "correct horse battery staple"
    return settings


def prepared() -> str:
    out = StringIO()
    call_command("prepare", stdout=out)
    return out.getvalue()


@pytest.mark.parts
@pytest.mark.django_db(transaction=True)
def test_it_makes_tables_topic_collections_and_an_admin(
    deployment: Settings, mongo: Database[Any]
) -> None:
    said = prepared()

    topics = AdminClient({"bootstrap.servers": deployment.KAFKA_BROKERS}).list_topics()
    assert len(topics.topics[deployment.LOG_TOPIC].partitions) == 3
    wanted = {document._meta["collection"] for document in DOCUMENTS}
    assert wanted <= set(mongo.list_collection_names())
    assert "accounts_user" in connection.introspection.table_names()
    assert User.objects.get().check_password(deployment.ADMIN_PASSWORD)
    assert "admin" in said


@pytest.mark.parts
@pytest.mark.django_db(transaction=True)
def test_it_leaves_what_is_there(deployment: Settings) -> None:
    prepared()
    deployment.ADMIN_PASSWORD = "another password"

    assert prepared() == "Prepared.\n"
    assert User.objects.get().check_password("correct horse battery staple")


def test_files_need_no_part(settings: Settings, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    out = StringIO()

    call_command("prepare", "--files", stdout=out)

    assert (tmp_path / "static").is_dir()
    assert out.getvalue() == "Prepared.\n"


def test_it_says_which_part_does_not_answer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise Busy("Kafka does not answer")

    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    monkeypatch.setattr(prepare, "prepare_sql", lambda: None)
    monkeypatch.setattr(prepare, "prepare_stores", away)

    with pytest.raises(CommandError, match="Kafka does not answer"):
        call_command("prepare")


def test_it_waits_for_a_part_that_comes_late(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter((Busy("not yet"), None))

    def part() -> None:
        answer = next(answers)
        if answer:
            raise answer

    monkeypatch.setattr(prepare, "RETRY_S", 0.0)
    with caplog.at_level(logging.WARNING):
        prepare.wait_for("kafka", part, time.monotonic() + 60)

    assert [record.message for record in caplog.records] == ["logsite.prepare.waiting"]
