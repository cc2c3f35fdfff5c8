"""What ingest refuses is said in the language of the page: every hint that there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.utils.translation import override

from ingest.errors import QueryError
from ingest.query.grammar import parse
from logsite.search.refusals import in_words
from logsite.search.templatetags.pages import explained

ROOT: Final = Path(settings.BASE_DIR)
QUERY: Final = sorted((ROOT / "ingest/query").glob("*.py"))
LIMITS: Final = [ROOT / "logsite/exports/limits.py", ROOT / "logsite/exports/asking.py"]
OF_FILES: Final = ("TooMany", "TooLarge", "QueryError")  # which pages show whole
REFUSES: Final = ("QueryError", "_refuse", "_UnevenParenthesis")  # with a hint
VALUE: Final = "v1"  # where a text has one


def example(node: ast.expr | None) -> str:
    """A text as it may be said; empty if it is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(example(part) or VALUE for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def hints(code: str) -> Iterator[str]:
    """Those of a module: third in a refusal, or named so before."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and target.id.lower() == "hint":
                yield example(node.value)
        elif isinstance(node, ast.Call) and name_of(node.func) in REFUSES:
            yield from map(example, node.args[2:3])


def name_of(called: ast.expr) -> str:
    return str(getattr(called, "id", getattr(called, "attr", "")))


def said_of_files(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and name_of(node.func) in OF_FILES:
            yield from map(example, node.args[1:3])


def all_texts() -> list[str]:
    found = [hint for path in QUERY for hint in hints(path.read_text())]
    found += [text for path in LIMITS for text in said_of_files(path.read_text())]
    return sorted({text for text in found if text})


def test_there_are_hints_to_translate() -> None:
    assert len(all_texts()) >= 25
    assert "Use at most v1 characters." in all_texts()


@pytest.mark.parametrize("text", all_texts())
def test_every_hint_has_korean_words_and_keeps_its_values(text: str) -> None:
    with override("ko"):
        said = in_words(text)

    assert said != text
    assert (VALUE in said) == (VALUE in text)


@pytest.mark.parametrize("text", all_texts())
def test_in_english_a_hint_stays_as_it_is(text: str) -> None:
    with override("en"):
        assert in_words(text) == text


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as refused:
        parse(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("latency:10..x", "예: latency:10..20."),
        ("level:loud", "TRACE, DEBUG"),
        ("a OR", '"OR"'),
        ("/(?=x)/", "RE2 문법"),
        ("service:{x} service:>5", "service:이름"),
    ],
)
def test_what_is_typed_stands_in_the_hint(text: str, hint: str) -> None:
    refused = refusal(text)
    with override("ko"):
        assert hint in in_words(refused.hint)
        assert explained(refused) != refused.message


def test_braces_in_a_value_are_only_characters() -> None:
    with override("ko"):
        assert "'{x}'" in in_words("'{x}' is no column.")


def test_a_text_that_nobody_knows_is_shown_as_it_is() -> None:
    with override("ko"):
        assert in_words("Something else.") == "Something else."
