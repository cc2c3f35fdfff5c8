"""Kafka's jars are those of the lock file."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsite.embedded import jars
from logsite.embedded.errors import FetchError


def test_the_lock_file_names_kafka_and_a_logger() -> None:
    names = jars.locked(jars.LOCK_FILE.read_text())

    assert "kafka_2.13-4.1.0.jar" in names
    assert any(name.startswith("slf4j-simple") for name in names)
    assert all(len(digest) == 64 for digest in names.values())


def test_the_lock_file_names_no_registry() -> None:
    assert "://" not in jars.LOCK_FILE.read_text()


def test_a_changed_jar_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "JARS", tmp_path)
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "a-1.jar").write_bytes(b"changed")

    with pytest.raises(FetchError, match=r"a-1\.jar"):
        jars._check({"a-1.jar": "0" * 64})


def test_a_jar_that_is_not_locked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jars, "JARS", tmp_path)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "extra-1.jar").write_bytes(b"")

    with pytest.raises(FetchError, match=r"extra-1\.jar"):
        jars._check({})
