"""All benchmarks that fit into a few minutes: `make bench`.

    python -m bench.run --entries 200000 --rounds 3

Each starts its own parts on free ports. Peers are given by path in the environment
(CONNECT_LIBS, RSYSLOGD, VICTORIA_LOGS); one that is not there is said to be not
measured. docs/performance.md says how the published figures were made.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str) -> None:
    print(f"\n# python -m {' '.join(words)}\n", flush=True)
    subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    size = ("--entries", str(options.entries))
    rounds = ("--rounds", str(options.rounds))
    run("bench.ingest", *size, *rounds)
    run("bench.store", *size, *rounds)
    run("bench.search", "--entries", "1000000")
    run("bench.crowd")
    run("bench.tail")


if __name__ == "__main__":
    main()
