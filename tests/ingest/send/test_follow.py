"""A followed file: growth, half lines, rotation, truncation."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.send.follow import FollowSource, Place


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def write(path: Path, text: str) -> None:
    with path.open("a") as handle:
        handle.write(text)


def new_lines(source: FollowSource) -> list[tuple[int, str] | None]:
    return [
        None if line is None else (line.number, line.data.decode())
        for line in source.read()
    ]


def test_it_reads_what_is_there_and_then_what_comes(log: Path) -> None:
    write(log, "one\n")
    source = FollowSource(log)

    assert new_lines(source) == [(1, "one")]
    assert new_lines(source) == []
    write(log, "two\nthree\n")
    assert new_lines(source) == [(2, "two"), (3, "three")]
    source.close()


def test_it_waits_for_the_end_of_a_line(log: Path) -> None:
    write(log, "one\ntw")
    source = FollowSource(log)

    assert new_lines(source) == [(1, "one")]
    write(log, "o\n")
    assert new_lines(source) == [(2, "two")]
    source.close()


def test_it_goes_on_in_the_new_file_when_the_old_one_was_renamed(log: Path) -> None:
    write(log, "one\n")
    source = FollowSource(log)
    new_lines(source)

    write(log, "two\nhalf")
    log.rename(log.with_suffix(".1"))
    write(log, "three\n")

    assert new_lines(source) == [(2, "two"), (3, "half"), None, (1, "three")]
    source.close()


def test_it_waits_while_no_file_has_the_name(log: Path) -> None:
    source = FollowSource(log)
    assert new_lines(source) == []

    write(log, "one\n")
    assert new_lines(source) == [(1, "one")]
    log.rename(log.with_suffix(".1"))
    assert new_lines(source) == []
    source.close()


def test_it_starts_again_when_the_file_was_truncated(log: Path) -> None:
    write(log, "a long first line\n")
    source = FollowSource(log)
    new_lines(source)

    log.write_text("two\n")

    assert new_lines(source) == [None, (1, "two")]
    source.close()


def test_it_takes_up_a_place_in_the_same_file(log: Path) -> None:
    write(log, "one\ntwo\n")
    status = log.stat()

    source = FollowSource(log, Place(status.st_dev, status.st_ino, 4, 1))

    assert source.resumed
    assert new_lines(source) == [(2, "two")]
    source.close()


@pytest.mark.parametrize(("inode", "position"), [(1, 4), (0, 400)])
def test_it_starts_at_the_beginning_of_another_file(
    log: Path, inode: int, position: int
) -> None:
    write(log, "one\n")
    status = log.stat()

    source = FollowSource(log, Place(status.st_dev, status.st_ino + inode, position, 1))

    assert not source.resumed
    assert new_lines(source) == [(1, "one")]
    source.close()
