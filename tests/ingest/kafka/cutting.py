"""Cuts the end off a partition's log, as a power failure does before a flush."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.parts import Part

CHECKPOINTS = ("recovery-point-offset-checkpoint", "replication-offset-checkpoint")
_batch = struct.Struct(">qi")  # base offset, length of what follows


def cut_log(kafka: Part, data: Path, topic: str, offset: int) -> None:
    """Kill the broker, take away all batches from `offset` on, and start it again."""
    kafka.stop()
    (folder,) = data.glob(f"**/{topic}-0")
    (log,) = folder.glob("*.log")
    log.write_bytes(_until(log.read_bytes(), offset))
    for derived in [*folder.glob("*.index"), *folder.glob("*.timeindex")]:
        derived.unlink()
    for derived in folder.glob("*.snapshot"):
        derived.unlink()
    for name in CHECKPOINTS:
        (folder.parent / name).unlink(missing_ok=True)
    kafka.start()


def _until(log: bytes, offset: int) -> bytes:
    at = 0
    while at < len(log):
        base, length = _batch.unpack_from(log, at)
        if base >= offset:
            break
        at += _batch.size + length
    return log[:at]
