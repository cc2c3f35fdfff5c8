"""Failpoints: what they do when armed, and who refuses them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import failpoints
from ingest.failpoints import Failpoint, Reached, parse

INGEST = Path(failpoints.__file__).parent


def run_with(failpoint: str, code: str) -> subprocess.CompletedProcess[str]:
    """Python that was started with a failpoint armed."""
    return subprocess.run(
        [sys.executable, "-c", f"from ingest.failpoints import reach\n{code}"],
        env={**os.environ, "FAILPOINT": failpoint},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_happens_when_none_is_armed() -> None:
    assert parse("") is None
    assert run_with("", "reach('before_block')").returncode == 0


def test_exit137_ends_the_process_as_kill_9_would() -> None:
    done = run_with(
        "before_block:exit137", "reach('after_insert')\nreach('before_block')\nprint(1)"
    )

    assert (done.returncode, done.stdout) == (137, "")


def test_a_number_picks_the_time_at_which_it_acts() -> None:
    failpoint = Failpoint("before_block", "raise", nth=2)

    failpoint.act()
    with pytest.raises(Reached):
        failpoint.act()
    failpoint.act()


def test_without_a_number_it_acts_every_time() -> None:
    failpoint = Failpoint("before_block", "raise")

    for _ in range(3):
        with pytest.raises(Reached):
            failpoint.act()


def test_it_reads_how_long_to_sleep() -> None:
    assert parse("after_insert:sleep 2.5:3") == Failpoint(
        "after_insert", "sleep", seconds=2.5, nth=3
    )


@pytest.mark.parametrize(
    "text",
    [
        "nowhere:exit137",
        "before_block",
        "before_block:explode",
        "before_block:sleep",
        "before_block:raise 2",
        "before_block:sleep x",
        "before_block:raise:x",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_every_name_is_a_place_in_the_code_and_the_other_way_round() -> None:
    code = "".join(file.read_text() for file in INGEST.rglob("*.py"))
    assert set(re.findall(r'\breach\("(\w+)"\)', code)) == set(failpoints.NAMES)


def test_settings_refuse_a_failpoint_outside_of_tests(tmp_path: Path) -> None:
    done = run_with(
        "before_block:exit137",
        "import os\n"
        f"os.environ.update(LOGSITE_DATA={str(tmp_path)!r}, DEBUG='0')\n"
        "import logsite.settings",
    )

    assert done.returncode == 1
    assert "FAILPOINT='before_block:exit137': only for tests" in done.stderr
