"""The commands in the documentation do what is printed below them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.site import ROOT, Site

pytestmark = pytest.mark.parts
ADDRESS = "http://127.0.0.1:8000"
_TESTED = re.compile(
    r"<!-- tested -->\n```sh\n(?P<command>.*?)```(?:\n+```json\n(?P<answer>.*?)```)?",
    re.S,
)


@dataclass(frozen=True)
class Example:
    """One marked command, and the answer that is printed below it."""

    page: str
    command: str
    answer: str | None

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.command.split())[:60]}"


def examples() -> Iterator[Example]:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for found in _TESTED.finditer(page.read_text()):
            yield Example(page.name, found["command"], found["answer"])


def fits(printed: Any, documented: Any) -> bool:
    """Same names and kinds of values, whatever the values."""
    if type(printed) is not type(documented):
        return False
    if isinstance(documented, dict):
        return names(printed) == names(documented) and all(
            fits(printed[name], documented[name]) for name in names(documented)
        )
    if isinstance(documented, list) and documented:
        return bool(printed) and fits(printed[0], documented[0])
    return True


def names(document: dict[str, Any]) -> set[str]:
    """The keys, but for positions such as 3bc15d07:2."""
    return {name for name in document if ":" not in name}


def run(example: Example, site: Site, folder: Path) -> str:
    """What the command prints, in a shell with the token in $TOKEN."""
    command = example.command.replace(ADDRESS, site.address)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env={**os.environ, **site.environment, "TOKEN": site.token},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run: what one writes, the next may read."""
    return tmp_path_factory.mktemp("readme")


def test_there_is_a_shell_with_curl() -> None:
    assert shutil.which("bash")
    assert shutil.which("curl")


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_a_documented_command_answers_as_printed(
    site: Site, folder: Path, example: Example
) -> None:
    site.wait_until_visible()

    printed = run(example, site, folder)

    if example.answer:
        assert fits(json.loads(printed), json.loads(example.answer)), printed
