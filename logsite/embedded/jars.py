"""Kafka's jars: fetched once by their Maven coordinates, checked against the lock."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from logsite.embedded.errors import FetchError

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "jgo.lock.toml"
JARS = ROOT / ".jgo"
VERIFIED = JARS / "verified"


def class_path() -> str:
    """What `java -cp` needs, after `ensure_jars()`."""
    return f"{JARS / 'jars'}/*:{JARS / 'modules'}/*"


def ensure_jars() -> None:
    """Fetch what is missing; without effect, and offline, when all is there."""
    wanted = _digest(LOCK_FILE)
    if _verified() == wanted:
        return
    with _one_at_a_time():
        if _verified() != wanted:
            _fetch()
            _check(locked(LOCK_FILE.read_text()))
            VERIFIED.write_text(wanted)


def locked(lock: str) -> dict[str, str]:
    """SHA-256 by the file name of each jar, as the lock file says."""
    return {
        f"{jar['artifactId']}-{jar['version']}.jar": jar["sha256"]
        for jar in tomllib.loads(lock)["dependencies"]
    }


def _verified() -> str:
    return VERIFIED.read_text() if VERIFIED.exists() else ""


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    JARS.mkdir(exist_ok=True)
    with (JARS / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch() -> None:
    jgo = Path(sys.executable).with_name("jgo")
    repository = str(JARS / "repository")
    command = (jgo, "--resolver", "python", "--repo-cache", repository, "sync")
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise FetchError(f"Kafka's jars could not be fetched:\n{run.stderr[-2000:]}")


def _check(expected: dict[str, str]) -> None:
    """Neither a changed jar nor one more may run: the lock file says which."""
    found = {
        file.name: _digest(file)
        for folder in ("jars", "modules")
        for file in (JARS / folder).glob("*.jar")
    }
    wrong = sorted(set(found.items()) ^ set(expected.items()))
    if wrong:
        names = ", ".join(dict.fromkeys(name for name, _ in wrong))
        raise FetchError(f"Not as {LOCK_FILE.name} says: {names}")
