"""supervisord's configuration."""

from __future__ import annotations

import shlex
from configparser import RawConfigParser
from pathlib import Path

import pytest

from logsite.embedded.errors import SuperviseError
from logsite.embedded.process import Process
from logsite.embedded.supervise import Group, render, socket_file

GROUPS = (
    Group("stores", (Process("mongodb", ("mongod", "--port", "1"), 1),)),
    Group("site", (Process("web", ("uvicorn",), environment={"A": "b c"}),)),
)


def rendered(data: Path = Path("/data")) -> RawConfigParser:
    config = RawConfigParser()
    config.read_string(render(data, GROUPS))
    return config


def test_groups_stop_in_the_other_order_than_they_start() -> None:
    config = rendered()

    priorities = [config["group:stores"]["priority"], config["group:site"]["priority"]]
    assert priorities == ["1", "2"]


def test_nothing_starts_before_what_it_needs_is_ready() -> None:
    assert rendered()["program:web"]["autostart"] == "false"


def test_a_process_that_ends_is_started_again() -> None:
    assert rendered()["program:mongodb"]["autorestart"] == "true"


def test_every_process_is_tied_to_the_life_of_its_parent() -> None:
    words = shlex.split(rendered()["program:mongodb"]["command"])

    assert words[1:4] == ["-m", "logsite.embedded.launch", "KILL"]
    assert words[4:] == ["mongod", "--port", "1"]


def test_the_environment_of_a_process_is_quoted() -> None:
    assert rendered()["program:web"]["environment"] == 'A="b c"'


def test_a_percent_sign_in_a_path_is_no_expansion() -> None:
    config = rendered(Path("/data/100%"))

    assert config["supervisord"]["logfile"] == "/data/100%%/logs/supervisord.log"


def test_a_path_too_long_for_a_socket_is_refused_with_a_remedy() -> None:
    with pytest.raises(SuperviseError, match="use a data folder"):
        socket_file(Path("/x" * 60))
