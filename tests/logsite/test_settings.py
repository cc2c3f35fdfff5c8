"""Wrong settings are refused with their name and a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def said_with(data: Path, command: str = "status", **environment: str) -> str:
    """What manage.py says of an environment that it refuses."""
    site = {"DJANGO_SETTINGS_MODULE": "logsite.settings", "LOGSITE_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, str(MANAGE), command],
        env={**os.environ, **site, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("RETENTION_DAYS", "abc", "use a whole number from 1 to 3650"),
        ("DEAD_LETTER_RATIO", "60%", "use a number from 0 to 1"),
        ("LANGUAGE_CODE", "fr", "use one of en, ko"),
        (
            "DATABASE_URL",
            "blah",
            "use sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    tmp_path: Path, name: str, value: str, remedy: str
) -> None:
    said = said_with(tmp_path, **{name: value})

    assert said == f"{name}={value!r}: {remedy}\n"


def test_a_wrong_database_url_does_not_tell_its_password(tmp_path: Path) -> None:
    said = said_with(tmp_path, DATABASE_URL="postgres://logsite:s3cret@db:port/logsite")

    assert "DATABASE_URL='postgres://…@db:port/logsite'" in said


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = said_with(tmp_path / "file", "prepare", SECRET_KEY="")

    assert f"cannot be kept in {tmp_path}/file/secret_key (File exists)" in said
    assert "--data or LOGSITE_DATA" in said
