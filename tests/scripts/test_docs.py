"""Made pages are up to date, and list exactly what the code has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ingest.metrics import COUNTERS, GAUGES, HISTOGRAMS
from scripts.docs import ROOT, TEMPLATE, pages, variables

READERS = (ROOT / "logsite/settings.py", ROOT / "ingest/management/receiver.py")


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_made_page_is_up_to_date(path: Path) -> None:
    assert path.read_text() == pages()[path], "run python -m scripts.docs"


def test_the_template_lists_exactly_what_is_read() -> None:
    listed = [variable.name for variable in variables(TEMPLATE.read_text())]

    assert sorted(listed) == sorted(set().union(*map(names_read, READERS)))


def test_every_variable_has_a_meaning() -> None:
    assert all(variable.meaning for variable in variables(TEMPLATE.read_text()))


@pytest.mark.parametrize("name", [*COUNTERS, *GAUGES, *HISTOGRAMS])
def test_every_metric_is_measured_somewhere(name: str) -> None:
    code = [
        file.read_text()
        for package in ("ingest", "stats", "logsite")
        for file in (ROOT / package).rglob("*.py")
        if file.name != "metrics.py"
    ]

    assert any(f'"{name}"' in text for text in code)


def names_read(module: Path) -> set[str]:
    """First arguments of calls of env_... and of os.environ.get."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(module.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).startswith(("env_", "os.environ.get"))
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
