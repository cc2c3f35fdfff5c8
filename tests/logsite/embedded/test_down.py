"""What `down`, `status` and a detached start say about the folder."""

from __future__ import annotations

import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from logsite.embedded.down import DEFAULT, command_for


def test_the_usual_folder_needs_no_name_to_be_stopped() -> None:
    assert command_for(DEFAULT) == "./manage.py down"


def test_another_folder_is_named_so_that_a_shell_understands_it() -> None:
    folder = Path("/data/my logs")

    said = shlex.split(command_for(folder))

    assert said == ["./manage.py", "down", "--data", "/data/my logs"]


def test_down_names_the_folder_where_nothing_runs_and_how_to_say_another(
    tmp_path: Path,
) -> None:
    out = StringIO()

    call_command("down", data=tmp_path, stdout=out)

    assert f"Nothing runs on {tmp_path}." in out.getvalue()
    assert "LOGSITE_DATA" in out.getvalue()


def test_status_names_the_folder_where_nothing_runs(tmp_path: Path) -> None:
    out = StringIO()

    with pytest.raises(SystemExit, match="1"):
        call_command("status", data=tmp_path, stdout=out)

    assert f"Nothing runs on {tmp_path}." in out.getvalue()
