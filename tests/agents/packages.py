"""Debian's packages of agents, unpacked into a folder: nothing is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("rsyslog", "rsyslog-elasticsearch", "syslog-ng-core", "syslog-ng-mod-http")
_LIBRARY = re.compile(r"^ [ |]Depends: (lib(?!c6|ssl|curl|systemd|glib)\S+)$", re.M)


class NotToBeHad(Exception):
    """The packages cannot be fetched here, with the reason."""


@dataclass(frozen=True)
class Agents:
    """What was unpacked."""

    root: Path

    def program(self, name: str) -> str:
        return str(self.root / "usr/sbin" / name)

    def folder_of(self, library: str) -> Path:
        return next(self.root.rglob(library)).parent

    @property
    def environment(self) -> dict[str, str]:
        folders = {str(file.parent) for file in self.root.rglob("*.so*")}
        return {"LD_LIBRARY_PATH": ":".join(sorted(folders)), "TZ": "UTC"}


def unpacked(folder: Path) -> Agents:
    """The agents in this folder, fetched at the first call."""
    root = folder / "root"
    if not (folder / "complete").exists():
        if shutil.which("apt-get") is None:
            raise NotToBeHad("there is no apt-get to fetch Debian's agents with")
        shutil.rmtree(folder)
        root.mkdir(parents=True)
        _fetch(folder)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, root], check=True)
        (folder / "complete").touch()
    return Agents(root)


def _fetch(folder: Path) -> None:
    listed = _run(folder, "apt-cache", "depends", *PACKAGES)
    libraries = sorted(set(_LIBRARY.findall(listed)))
    _run(folder, "apt-get", "download", *PACKAGES, *libraries)


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode != 0:
        raise NotToBeHad(f"{' '.join(command[:2])}: {done.stderr.strip()[-500:]}")
    return done.stdout
