"""The hazards of docs/write-path.md are all there, each with a test that exists."""

from __future__ import annotations

import re

import pytest

from scripts.docs import ROOT

PAGE = (ROOT / "docs/write-path.md").read_text()
NUMBERS = [*range(1, 24), 30]
NAMED = re.findall(r"`(tests/\S+)::(test_\w+)`", PAGE)


def test_every_hazard_has_a_row() -> None:
    assert [int(n) for n in re.findall(r"^\| (\d+) \|", PAGE, re.M)] == NUMBERS
    rows = re.findall(r"^\| \d+ \|.*", PAGE, re.M)
    assert [row for row in rows if "`tests/" not in row] == []


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_the_test_of_a_hazard_exists(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text()
