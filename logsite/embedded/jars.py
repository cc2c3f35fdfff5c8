"""Kafka's jars: those of the lock file, fetched once by their Maven coordinates."""

from __future__ import annotations

import fcntl
import hashlib
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from logsite.embedded.errors import FetchError

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "jgo.lock.toml"
JARS = ROOT / ".jgo"
THREADS = 8


@dataclass(frozen=True)
class Jar:
    """One jar of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where Maven's layout has it."""
        folder = Path(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def locked(lock: str) -> list[Jar]:
    return [
        Jar(jar["groupId"], jar["artifactId"], jar["version"], jar["sha256"])
        for jar in tomllib.loads(lock)["dependencies"]
    ]


def class_path() -> str:
    """What `java -cp` needs after `ensure_jars()`: the locked jars and no other."""
    wanted = locked(LOCK_FILE.read_text())
    return ":".join(str(JARS / "repository" / jar.path) for jar in wanted)


def ensure_jars() -> None:
    """Fetch what is missing; without effect, and offline, when all is there."""
    lock = LOCK_FILE.read_text()
    verified = JARS / "verified"
    JARS.mkdir(exist_ok=True)
    with _one_at_a_time():
        if not verified.exists() or verified.read_text() != lock:
            _fetch(locked(lock), JARS / "repository")
            verified.write_text(lock)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (JARS / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _fetch(jars: list[Jar], repository: Path) -> None:
    # A mirror of Maven Central may be named in jgo's own settings.
    mirrors = GlobalSettings.load().repositories or None
    maven = MavenContext(repo_cache=repository, remote_repos=mirrors)
    with ThreadPoolExecutor(THREADS) as pool:
        for fetched in [pool.submit(_fetch_one, maven, jar) for jar in jars]:
            fetched.result()


def _fetch_one(maven: MavenContext, jar: Jar) -> None:
    component = maven.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        file = component.artifact().resolve()
    except Exception as error:  # whatever the network and the client come up with
        raise FetchError(f"{jar.path.name} could not be fetched: {error}") from error
    check(file, jar)


def check(file: Path, jar: Jar) -> None:
    """Refuse, and remove, what is not the file that was locked."""
    if hashlib.sha256(file.read_bytes()).hexdigest() != jar.sha256:
        file.unlink()
        raise FetchError(f"{file} is not the file that {LOCK_FILE.name} names.")
