"""Every text of the pages has its Korean words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

from logsite.translations import compile_catalogs

ROOT = Path(settings.BASE_DIR)
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w[^>]*>")


def catalog() -> polib.POFile:
    return polib.pofile(str(ROOT / "locale/ko/LC_MESSAGES/django.po"))


def texts_of(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            if node.func.id in GETTEXT and isinstance(first, ast.Constant):
                yield str(first.value)


def texts_of_template(path: Path) -> Iterator[str]:
    # templatize() blanks the HTML; what is left are calls as C and Python write them.
    calls = re.findall(r"\bn?gettext\(.*?\)(?=\s|$|X)", templatize(path.read_text()))
    for call in calls:
        yield from texts_of(call.replace("\n", " "))


def source_texts() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        found.update(texts_of_template(path))
    for package in ("stats", "logsite"):
        for path in (ROOT / package).rglob("*.py"):
            found.update(texts_of(path.read_text()))
    return found


def test_every_text_is_translated() -> None:
    translated = {entry.msgid for entry in catalog() if entry.translated()}

    assert len(translated) > 100
    assert source_texts() - translated == set()


def test_no_translation_is_left_over() -> None:
    assert {entry.msgid for entry in catalog()} - source_texts() == set()


def test_a_translation_keeps_what_is_filled_in() -> None:
    for entry in catalog():
        korean = entry.msgstr or entry.msgstr_plural[0]
        assert sorted(PLACEHOLDER.findall(korean)) == sorted(
            PLACEHOLDER.findall(entry.msgid)
        )


def test_a_stale_catalog_is_compiled_once(tmp_path: Path) -> None:
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid "Search"\nmsgstr "검색"\n')

    assert compile_catalogs(tmp_path) == [folder / "django.mo"]
    assert compile_catalogs(tmp_path) == []
    assert polib.mofile(str(folder / "django.mo"))[0].msgstr == "검색"


def test_django_finds_the_compiled_texts() -> None:
    with override("ko"):
        assert gettext("Load older") == "이전 항목 더 보기"
