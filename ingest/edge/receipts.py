"""The receipt of an accepted request: signed evidence of where its entries are.

Nothing is stored for it. Any process that has the secret can read it and look the
offsets up in the blocks; an entry counts as stored only if the append time is equal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ingest.kafka.runs import Run

VERSION: Final = 2
WITHOUT_TIMES: Final = 1  # of an earlier release: no times of the edge
TOPIC_ID_BYTES: Final = 16
SIGNATURE_BYTES: Final = 16
UNKNOWN_TOPIC_ID: Final = bytes(TOPIC_ID_BYTES)
_PURPOSE: Final = b"logsite receipt"


class BadReceipt(ValueError):
    """Not a receipt, or not one that this site signed."""


@dataclass(frozen=True, slots=True)
class EdgeTimes:
    """When the edge had read the request, and when Kafka had acknowledged it."""

    read_ms: int
    acknowledged_ms: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The topic as it was then (its id, not its name) and the runs of offsets in it."""

    topic_id: bytes
    runs: tuple[Run, ...]
    edge: EdgeTimes | None = None  # None: of a receipt of version 1


def encode(topic_id: bytes, runs: Iterable[Run], edge: EdgeTimes, secret: bytes) -> str:
    """URL-safe text: version, topic id, the edge's times, runs by partition, signature.

    Numbers are varints.
    """
    took_ms = edge.acknowledged_ms - edge.read_ms
    times = _varint(edge.read_ms) + _varint(_zigzag(took_ms))
    parts = b"".join(_parts(runs, edge.read_ms))
    body = bytes([VERSION]) + topic_id + times + parts
    signed = body + _signature(body, secret)
    return _to_base64(signed)


def decode(text: str, secret: bytes) -> Receipt:
    """The receipt; raises BadReceipt unless this site signed exactly this."""
    signed = _from_base64(text)
    body, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, secret)):
        raise BadReceipt("It was changed, or another site signed it.")
    version, topic_id = body[0], body[1 : 1 + TOPIC_ID_BYTES]
    numbers = _numbers(body[1 + TOPIC_ID_BYTES :])
    if version == WITHOUT_TIMES:
        return Receipt(topic_id, tuple(_runs(numbers, 0)))
    if version != VERSION:
        raise BadReceipt(f"It is of version {version}, made by a later release.")
    read_ms, took_ms = next(numbers), _unzigzag(next(numbers))
    runs = tuple(_runs(numbers, read_ms))
    return Receipt(topic_id, runs, EdgeTimes(read_ms, read_ms + took_ms))


def _signature(body: bytes, secret: bytes) -> bytes:
    digest = hmac.digest(secret, _PURPOSE + body, hashlib.sha256)
    return digest[:SIGNATURE_BYTES]


def _to_base64(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    try:
        signed = base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", b"-_", True)
    except (binascii.Error, ValueError):
        raise BadReceipt("It has other characters than receipts have.") from None
    if len(signed) <= TOPIC_ID_BYTES + SIGNATURE_BYTES:
        raise BadReceipt("It is shorter than any receipt.")
    if _to_base64(signed) != text:  # the last character may have bits to spare
        raise BadReceipt("It was changed, or cut off.")
    return signed


def _parts(runs: Iterable[Run], appended_ms: int) -> Iterator[bytes]:
    """Each partition: number, runs, then per run the gap, the count and the time.

    Gaps and times count from the run before: a run has about 5 bytes.
    """
    for partition, group in groupby(runs, key=lambda run: run.partition):
        of_partition = list(group)
        yield _varint(partition) + _varint(len(of_partition))
        end = 0
        for run in of_partition:
            later = run.appended_ms - appended_ms
            yield (
                _varint(run.first - end) + _varint(run.count) + _varint(_zigzag(later))
            )
            end, appended_ms = run.first + run.count, run.appended_ms


def _runs(numbers: Iterator[int], appended_ms: int) -> Iterator[Run]:
    for partition in numbers:
        end = 0
        for _ in range(next(numbers)):
            first, count = end + next(numbers), next(numbers)
            appended_ms += _unzigzag(next(numbers))
            yield Run(partition, first, count, appended_ms)
            end = first + count


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _unzigzag(number: int) -> int:
    return number >> 1 if number % 2 == 0 else -(number + 1 >> 1)
