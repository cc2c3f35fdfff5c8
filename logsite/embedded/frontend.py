"""Browser libraries: installed by npm from the lock file, copied to static/vendor."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from logsite.embedded.errors import FetchError

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "package-lock.json"
VENDOR = ROOT / "static" / "vendor"
# What the pages load, by its place under static/vendor.
FILES = {
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "uplot/uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uplot/uPlot.min.css": "uplot/dist/uPlot.min.css",
}


def ensure_vendor() -> None:
    """Install and copy what is missing; without effect, and offline, when all is there.

    The stamp is written last: an interrupted install is done again.
    """
    wanted = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    stamp = VENDOR / ".installed"
    complete = all((VENDOR / name).exists() for name in FILES)
    if complete and stamp.exists() and stamp.read_text() == wanted:
        return
    _install()
    for name, source in FILES.items():
        target = VENDOR / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, target)
    stamp.write_text(wanted)


def _install() -> None:
    npm = Path(sys.executable).with_name("npm")
    command = (npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    # As pip does: trust what this machine trusts, also behind a company's proxy.
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    run = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise FetchError(f"npm could not install:\n{run.stderr[-2000:]}")
