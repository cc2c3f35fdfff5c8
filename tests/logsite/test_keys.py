"""One secret for all processes: made by `up` and `prepare`, asked for by the others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from logsite import keys
from logsite.env import env_secret
from tests.logsite.test_settings import MANAGE, said_with


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secret_key"


def run(data: Path, *command: str) -> subprocess.CompletedProcess[str]:
    site = {"DJANGO_SETTINGS_MODULE": "logsite.settings", "LOGSITE_DATA": str(data)}
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **site, "SECRET_KEY": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_made_once_and_for_nobody_else(file: Path) -> None:
    with override_settings(SECRET_FILE=file, SECRET_IS_KEPT=False):
        keys.keep()
        first = env_secret("NO_SUCH_VARIABLE", file)
        keys.keep()

    assert len(first) == 64
    assert env_secret("NO_SUCH_VARIABLE", file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["secret_key"]


def test_one_that_is_kept_is_left_alone(file: Path) -> None:
    with override_settings(SECRET_FILE=file, SECRET_IS_KEPT=True):
        keys.keep()
        keys.require()

    assert not file.exists()


def test_pods_have_to_be_given_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")

    with (
        override_settings(SECRET_FILE=file, SECRET_IS_KEPT=False),
        pytest.raises(ImproperlyConfigured, match="SECRET_KEY is empty, and pods"),
    ):
        keys.keep()


def test_other_commands_leave_no_trace_in_a_folder_that_they_do_not_know(
    tmp_path: Path,
) -> None:
    done = run(tmp_path / "nowhere", str(MANAGE), "token", "list")

    assert "No site is known" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_prepare_on_kubernetes_says_what_is_missing(tmp_path: Path) -> None:
    said = said_with(
        tmp_path, "prepare", SECRET_KEY="", KUBERNETES_SERVICE_HOST="10.0.0.1"
    )

    assert said.startswith("SECRET_KEY is empty, and pods share no file")


@pytest.mark.parametrize("program", ["asgi", "celery"])
def test_what_signs_does_not_start_with_a_secret_of_its_own(
    tmp_path: Path, program: str
) -> None:
    start = {
        "asgi": ("-c", "import logsite.asgi"),
        "celery": ("-m", "celery", "-A", "logsite.celery", "worker"),
    }
    done = run(tmp_path, *start[program])

    assert done.returncode != 0
    assert f"SECRET_KEY is empty, and {tmp_path}/secret_key is not there" in done.stderr
