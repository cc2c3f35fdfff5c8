"""Pages link only to what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.docs import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []
