"""`manage.py send` and `manage.py simulate` as they are called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.ingest.send.receiver import Receiver, Scripted


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Receiver]:
    """The stack that the commands find by themselves."""
    monkeypatch.delenv("LOGSITE_URL", raising=False)
    monkeypatch.delenv("LOGSITE_TOKEN", raising=False)
    with Receiver() as receiver:
        settings.PUBLIC_URL = receiver.url
        yield receiver


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    path = tmp_path / "app.log"
    path.write_text("Mar  9 10:11:12 box-1 cron[1]: one\n")
    return path


def test_it_sends_to_the_running_stack_with_its_demo_token(
    receiver: Receiver, log: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.DATA_DIR / "demo_token").write_text("lgs_demo\n")

    call_command("send", str(log))

    assert receiver.messages == ["one"]
    assert receiver.requests[0]["Authorization"] == "Bearer lgs_demo"
    assert "1 entry accepted, 0 rejected" in capsys.readouterr().out


def test_it_takes_url_and_token_from_the_environment(
    receiver: Receiver, log: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGSITE_URL", settings.PUBLIC_URL)
    monkeypatch.setenv("LOGSITE_TOKEN", "lgs_mine")
    settings.PUBLIC_URL = "http://127.0.0.1:9"

    call_command("send", str(log), "--service=shop", "--timezone=Asia/Seoul")

    assert receiver.requests[0]["Authorization"] == "Bearer lgs_mine"
    assert receiver.entries[0]["service"] == "shop"
    assert receiver.entries[0]["timestamp"].endswith("-03-09T01:11:12Z")


def test_it_ends_with_1_when_something_was_rejected(
    receiver: Receiver, log: Path
) -> None:
    result = {"index": 0, "code": "service_not_allowed", "error": "No."}
    content = {"accepted": 0, "rejected": 1, "results": [result]}
    receiver.script.append(Scripted(400, content))

    with pytest.raises(SystemExit) as ended:
        call_command("send", str(log))

    assert ended.value.code == 1


@pytest.mark.parametrize(
    ("command", "arguments", "complaint"),
    [
        ("send", ["x.log", "--timezone", "Mars/Base"], "is no time zone"),
        ("send", ["x.log", "--rate", "0"], "a rate is more than 0"),
        ("simulate", ["--rate", "10001"], "from 1 to 10,000"),
        ("simulate", ["--services", "shop"], "api-service, auth-service"),
    ],
)
def test_it_says_what_is_wrong_with_an_option(
    command: str, arguments: list[str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command(command, *arguments)


def test_it_simulates_the_named_services(
    receiver: Receiver, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("simulate", "--services=auth", "--rate=50", "--seconds=0.3")

    assert {entry["service"] for entry in receiver.entries} == {"auth-service"}
    assert f"{len(receiver.entries)} entries in" in capsys.readouterr().out
