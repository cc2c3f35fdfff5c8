"""No cell of a spreadsheet becomes a formula, and plain text stays as it is."""

from __future__ import annotations

import pytest

from ingest.export.formulas import harmless


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(1+1)", "'@SUM(1+1)"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("\rtext", "'\rtext"),
        ("ok;=1+1", "ok;'=1+1"),
        ("ok\n=1+1", "ok\n'=1+1"),
        ("ok, @x", "ok, '@x"),
    ],
)
def test_it_guards_where_a_formula_could_begin(text: str, guarded: str) -> None:
    assert harmless(text) == guarded


@pytest.mark.parametrize(
    "text",
    [
        *("", "failed password", "a=b", "x-y", "bob@example.com"),
        *("-5", "-1.5", "+3", "-1e-7", "[1, -2, -3]", '{"n":-5}', "a;-5;b", "'quoted"),
    ],
)
def test_it_leaves_what_can_be_none(text: str) -> None:
    assert harmless(text) == text
