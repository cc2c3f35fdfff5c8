"""What `tail` and `simulate` say where nothing answers."""

from __future__ import annotations

import socket
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command

pytestmark = pytest.mark.timeout(30)  # both would go on for longer


@pytest.fixture
def nobody() -> str:
    """An address on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def no_stack(
    nobody: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The address that commands take where no stack is known."""
    settings.PUBLIC_URL = nobody
    for name in ("LOGSITE_URL", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return nobody


@pytest.fixture
def three_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tail waits twice; instead of the third time somebody presses Ctrl-C."""
    waits = iter([None, None])

    def sleep(seconds: float) -> None:
        if next(waits, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr("ingest.tail.terminal.time.sleep", sleep)


def tail(**options: str) -> list[str]:
    err = StringIO()
    call_command("tail", stderr=err, **options)
    return err.getvalue().splitlines()


def simulated(**options: str) -> str:
    err = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("simulate", seconds=0.3, stderr=err, **options)
    return err.getvalue()


@pytest.mark.usefixtures("three_attempts")
def test_tail_names_the_address_that_does_not_answer(nobody: str) -> None:
    said = tail(url=nobody)

    assert len(said) == 3
    assert all(f"{nobody} does not answer" in line for line in said)


@pytest.mark.usefixtures("three_attempts")
def test_tail_says_once_that_no_stack_is_known(no_stack: str) -> None:
    said = tail()

    assert no_stack in said[0]
    assert sum("LOGSITE_DATA" in line for line in said) == 1


def test_simulate_ends_with_its_seconds_and_says_who_does_not_answer(
    nobody: str,
) -> None:
    (line,) = simulated(url=nobody).splitlines()

    assert f"{nobody} does not answer" in line
    assert "LOGSITE_DATA" not in line


def test_simulate_says_that_no_stack_is_known(no_stack: str) -> None:
    (line,) = simulated().splitlines()

    assert no_stack in line
    assert "LOGSITE_DATA" in line
