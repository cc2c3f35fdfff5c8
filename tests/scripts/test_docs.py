"""Made pages are up to date, and list exactly what the code has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.docs import ROOT, TEMPLATE, pages, variables


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_made_page_is_up_to_date(path: Path) -> None:
    assert path.read_text() == pages()[path], "run python -m scripts.docs"


def test_the_template_lists_exactly_what_settings_read() -> None:
    listed = [variable.name for variable in variables(TEMPLATE.read_text())]

    assert sorted(listed) == sorted(names_read(ROOT / "logsite/settings.py"))


def test_every_variable_has_a_meaning() -> None:
    assert all(variable.meaning for variable in variables(TEMPLATE.read_text()))


def names_read(settings: Path) -> set[str]:
    """First arguments of the env_... calls."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(settings.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id.startswith("env_")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
