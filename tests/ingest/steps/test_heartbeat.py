"""The file that says that a worker is well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ingest.steps.heartbeat import Beat, Heartbeat, read_beats


def test_the_beats_of_a_kind_of_worker_have_their_age(tmp_path: Path) -> None:
    for name in ("store-1", "watch"):
        os.utime(Heartbeat(tmp_path, name).path, (1000, 1000))

    assert read_beats(tmp_path, "store", 1007.0) == {"store-1": Beat(7.0)}


def test_a_worker_that_was_killed_is_gone(tmp_path: Path) -> None:
    code = "from ingest.steps.heartbeat import *; Heartbeat(Path(sys.argv[1]), 'watch')"
    words = [sys.executable, "-c", f"import sys; {code}", str(tmp_path)]
    subprocess.run(words, check=True)

    assert read_beats(tmp_path, "watch", 0)["watch"].gone


def test_a_worker_that_ends_as_it_should_leaves_no_beat(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path, "store-1")
    heartbeat.end()

    assert read_beats(tmp_path, "store", 0) == {}
