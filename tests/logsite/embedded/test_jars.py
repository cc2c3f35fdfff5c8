"""Kafka's jars are those of the lock file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from logsite.embedded import jars
from logsite.embedded.errors import FetchError
from logsite.embedded.jars import Jar, check, class_path, locked


def test_the_lock_file_names_kafka_and_a_logger() -> None:
    artifacts = {jar.artifact: jar for jar in locked(jars.LOCK_FILE.read_text())}

    assert artifacts["kafka_2.13"].version == "4.1.0"
    assert "slf4j-simple" in artifacts
    assert all(len(jar.sha256) == 64 for jar in artifacts.values())


def test_the_lock_file_names_no_registry() -> None:
    assert "://" not in jars.LOCK_FILE.read_text()


def test_a_jar_lies_where_maven_puts_it() -> None:
    jar = Jar("org.apache.kafka", "kafka_2.13", "4.1.0", "")

    assert str(jar.path) == "org/apache/kafka/kafka_2.13/4.1.0/kafka_2.13-4.1.0.jar"


def test_only_locked_jars_are_run() -> None:
    assert "*" not in class_path()
    assert class_path().count(":") == len(locked(jars.LOCK_FILE.read_text())) - 1


def test_a_jar_that_differs_is_refused_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "a-1.jar"
    file.write_bytes(b"changed")

    with pytest.raises(FetchError, match=r"a-1\.jar"):
        check(file, Jar("g", "a", "1", hashlib.sha256(b"right").hexdigest()))

    assert not file.exists()


def test_the_right_jar_passes(tmp_path: Path) -> None:
    file = tmp_path / "a-1.jar"
    file.write_bytes(b"right")

    check(file, Jar("g", "a", "1", hashlib.sha256(b"right").hexdigest()))

    assert file.exists()
