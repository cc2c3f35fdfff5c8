"""docs/ingest.md and the pages of other protocols say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.edge import auth, circuit, intake, limits
from ingest.entry import Level
from ingest.formats import batch, clean, marks
from ingest.formats.levels import SPELLINGS
from ingest.kafka import config

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "ingest.md").read_text()


def spellings(level: Level) -> str:
    names = [n for n, meant in SPELLINGS.items() if meant is level and not n.isdigit()]
    return f"| {level} | {', '.join(names)} |"


@pytest.mark.parametrize("level", Level)
def test_the_page_lists_every_spelling_of_a_level(level: Level) -> None:
    assert spellings(level) in PAGE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MAX_ENTRIES", f"{batch.MAX_ENTRIES:,} entries"),
        ("MAX_FRAMES", f"{limits.MAX_FRAMES:,} gzip members"),
        ("IDLE_S", f"{limits.IDLE_S:.0f} s without a byte, {limits.BODY_S:.0f} s for"),
        ("MAX_KEY_LENGTH", f"{intake.MAX_KEY_LENGTH} characters"),
        ("MESSAGE_TIMEOUT_S", f"{config.MESSAGE_TIMEOUT_S:.0f} s for the brokers"),
        ("MAX_ORIGINAL", f"{marks.MAX_ORIGINAL:,} characters"),
        ("MAX_NAMED", f"{clean.MAX_NAMED} names"),
        ("TTL_S", f"up to {auth.TTL_S:.0f} s longer"),
        ("OPEN_S", "for two seconds" if circuit.OPEN_S == 2 else "?"),
    ],
)
def test_the_page_names_each_limit_with_its_constant(name: str, text: str) -> None:
    assert f"`{name}`" in PAGE
    assert text in " ".join(PAGE.split())


def test_the_pages_list_every_code() -> None:
    """A code is the first argument of what is raised or noted anywhere in ingest."""
    root = Path(batch.__file__).parents[1]
    files = [
        *root.glob("edge/**/*.py"),
        *root.glob("formats/*.py"),
        root / "kafka/producer.py",
    ]
    raised = re.compile(
        r"(?:BadEntry|Unreadable|TooLarge|TooSlow|Forbidden|Unauthorized|Unavailable|Broken"
        r'|UnsupportedMedia|WrongMethod|Rejected)\(\s*(?:index, )?"(\w+)"'
    )
    codes = {code for file in files for code in raised.findall(file.read_text())}

    pages = PAGE + "".join(page.read_text() for page in DOCS.glob("senders/*.md"))
    assert len(codes) > 20
    assert {code for code in codes if f"`{code}`" not in pages} == set()
