"""All benchmarks that exist: `make bench`.

    python -m bench.run --entries 200000

Each part starts its own Kafka and MongoDB on free ports. A peer that is not there is
said to be not measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.parts import start_kafka

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str) -> None:
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=200_000)
    entries = str(parser.parse_args().entries)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as folder:
        kafka, brokers = start_kafka(Path(folder))
        try:
            run("-m", "bench.ingest", "--brokers", brokers, "--entries", entries)
        finally:
            kafka.stop()
    run("-m", "bench.store", "--entries", entries)
    run("-m", "bench.search", "--entries", entries)
    print("VictoriaLogs: not measured")


if __name__ == "__main__":
    main()
