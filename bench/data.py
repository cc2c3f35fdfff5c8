"""The entries of every benchmark: lines of many programs, mixed, each with its own id.

Lines in the order of a file flatter every compressor and every filter, and so do equal
ids. LOGHUB may name a folder of the loghub collection (*/*_2k.log): its lines are taken
then, instead of lines made from the templates below.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 1, 11, tzinfo=UTC)
LEVELS = ("INFO", "INFO", "INFO", "WARN", "ERROR")
SERVICES = tuple(
    f"{name}-service" for name in ("api", "auth", "payment", "search", "mail", "stock")
)
NAMES = ("root", "admin", "alice", "bob", "guest", "oracle", "deploy", "carol")
TEMPLATES = (
    "sshd[{a}]: Failed password for invalid user {name} from 10.{b}.{a}.7 port {c}",
    "10.0.{a}.{b} - {name} GET /orders/{c}/items?page={a} HTTP/1.1 200 {d} in {b} ms",
    "dfs.DataNode$PacketResponder: Received block blk_{d} of size {c} from /10.{a}.{b}",
    "executor.Executor: Finished task {a}.0 in stage {b}.0 (TID {c}), {d} bytes sent",
    "ClientCnxn: session 0x{d:x} to node-{a}:2181 timed out, retry {b} in {c} ms",
    "nova.compute [instance: {d:08x}-{a:04x}] volume vol-{c:x} attached for {name}",
    "kernel: [{c}.{b:06}] usb {a}-{b}: new high-speed device number {a} using xhci_hcd",
    "payment {d} of customer {name} over {c} cents was declined by the bank: limit {a}",
    "mod_jk child {a} worker env in error state {b}, {c} requests were waiting",
    "task attempt_{d}_{a:04}_m_{b:06} is done and in the process of committing; {c}",
)


def entries(total: int, seed: int = 7, fixed_time: bool = False) -> Iterator[bytes]:
    """Canonical JSON, 240 bytes on average; the same for the same seed."""
    rng = random.Random(seed)
    line = _lines(rng)
    for number in range(total):
        later = timedelta(milliseconds=0 if fixed_time else number)
        yield entry(rng, line(), _rfc3339(START + later).decode())


def stamp(body: bytes, now: datetime) -> bytes:
    """A body of entries of a fixed time, as if they were of now."""
    return body.replace(_rfc3339(START), _rfc3339(now))


def _rfc3339(at: datetime) -> bytes:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z".encode()


def entry(rng: random.Random, line: str, timestamp: str) -> bytes:
    fields = {
        "timestamp": timestamp,
        "level": rng.choice(LEVELS),
        "service": rng.choice(SERVICES),
        "message": line,
        "metadata": {
            "host": f"node-{rng.randrange(40)}",
            "request_id": f"{rng.getrandbits(48):012x}",
        },
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def _lines(rng: random.Random) -> Callable[[], str]:
    if folder := os.environ.get("LOGHUB"):
        real = _loghub(Path(folder))
        return lambda: rng.choice(real)
    return lambda: _made(rng)


def _made(rng: random.Random) -> str:
    a, b, c = rng.randrange(256), rng.randrange(256), rng.randrange(10**6)
    d, name = rng.randrange(10**12), rng.choice(NAMES)
    return rng.choice(TEMPLATES).format(a=a, b=b, c=c, d=d, name=name)


def _loghub(folder: Path) -> list[str]:
    files = sorted(folder.glob("*/*_2k.log"))
    if not files:
        raise SystemExit(f"LOGHUB={folder} holds no */*_2k.log")
    texts = (file.read_text(errors="replace").splitlines() for file in files)
    return [line for lines in texts for line in lines if line]
