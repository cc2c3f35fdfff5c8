"""One stack per data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logsite.embedded import lock
from logsite.embedded.errors import AlreadyRuns
from logsite.embedded.lock import Lock


def test_a_second_one_is_refused(tmp_path: Path) -> None:
    first = Lock.take(tmp_path)

    with pytest.raises(AlreadyRuns, match="already"):
        Lock.take(tmp_path)

    first.release()


def test_it_is_free_again_after_release(tmp_path: Path) -> None:
    Lock.take(tmp_path).release()

    assert not lock.is_held(tmp_path)


def test_it_names_the_process_to_signal(tmp_path: Path) -> None:
    held = Lock.take(tmp_path)
    assert lock.owner(tmp_path) == os.getpid()

    held.name_owner(4711)

    assert lock.owner(tmp_path) == 4711
    held.release()


def test_looking_does_not_take_it(tmp_path: Path) -> None:
    held = Lock.take(tmp_path)

    assert lock.is_held(tmp_path)
    assert lock.owner(tmp_path) == os.getpid()
    held.release()


def test_a_folder_that_never_ran_is_free(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path)
