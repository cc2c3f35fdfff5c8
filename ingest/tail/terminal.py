"""The tail in a terminal: frames from the socket, entries as lines, on and on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TextIO
from urllib.parse import urlencode

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from ingest.send.client import is_loopback

PATH: Final = "/ws/tail"
WAITS_S: Final = (0.5, 1.0, 2.0, 5.0)  # before the next attempt; the last one repeats
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024  # 200 entries of 256 KB
RESET: Final = "\x1b[0m"
DIM: Final = "\x1b[2m"
COLOURS: Final = {
    "FATAL": "\x1b[1;37;41m",
    "ERROR": "\x1b[31m",
    "WARN": "\x1b[33m",
    "INFO": "\x1b[36m",
    "DEBUG": DIM,
    "TRACE": DIM,
}
# What would act on the terminal is shown as a picture of itself.
_PICTURES: Final = {code: 0x2400 + code for code in range(32) if code not in (9, 10)}
_PICTURES.update({127: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD))

Frame = dict[str, Any]


class Refusal(Exception):
    """The tail cannot begin, and trying again would not help."""


def frames(
    url: str, token: str, asked: dict[str, Any], on_wait: Callable[[str], None]
) -> Iterator[Frame]:
    """Frames for ever; after an interruption it goes on where it was."""
    cursor, attempt = "", 0
    while True:
        try:
            connected = _connected(url, token, {**asked, "cursor": cursor})
            for frame in once_a_second(connected):
                cursor, attempt = frame.get("cursor", cursor), 0
                yield frame
            reason = f"{url} closed the connection"
        except InvalidStatus as error:
            if error.response.status_code < 500:
                raise Refusal(
                    "This token may not read: make one with --scope read."
                ) from None
            reason = f"{url}: {error}"
        except (OSError, WebSocketException) as error:
            reason = f"{url} does not answer ({error})"
        on_wait(reason)
        time.sleep(WAITS_S[min(attempt, len(WAITS_S) - 1)])
        attempt += 1


def _connected(url: str, token: str, asked: dict[str, Any]) -> Iterator[Frame]:
    given = {name: value for name, value in asked.items() if value}
    with connect(
        f"ws{url.removeprefix('http')}{PATH}?{urlencode(given, doseq=True)}",
        additional_headers={"Authorization": f"Bearer {token}"},
        proxy=None if is_loopback(url) else True,
        max_size=MAX_FRAME_BYTES,
    ) as socket:
        try:
            while True:
                yield msgspec.json.decode(socket.recv())
        except ConnectionClosed as closed:
            if closed.rcvd and 4000 <= closed.rcvd.code < 5000:
                raise Refusal(closed.rcvd.reason) from None


def once_a_second(frames: Iterable[Frame]) -> Iterator[Frame]:
    """What was not sent is told together, before the next status."""
    skipped: Frame = {}
    for frame in frames:
        if frame["type"] == "skipped":
            skipped = _joined(skipped, frame)
            continue
        if frame["type"] == "status" and skipped:
            yield {**skipped, "cursor": frame["cursor"]}
            skipped = {}
        yield frame
    if skipped:
        yield {name: skipped[name] for name in skipped if name != "cursor"}


def _joined(earlier: Frame, later: Frame) -> Frame:
    if not earlier:
        return later
    return {
        **later,
        "count": earlier["count"] + later["count"],
        "shown": earlier["shown"] + later["shown"],
        "from": earlier["from"],
        "oldest": min(earlier["oldest"], later["oldest"]),
        "newest": max(earlier["newest"], later["newest"]),
    }


def show(frame: Frame, out: TextIO, as_json: bool, coloured: bool) -> None:
    """Write the entries of a frame; what is missing is said on the side."""
    kind = frame["type"]
    for entry in frame.get("entries", ()):
        out.write(_json_line(entry) if as_json else _line(entry, coloured))
    out.flush()
    if kind == "skipped":
        count, shown = frame["count"], frame["shown"]
        _say(f"showing {shown / (count + shown):.0%}, {count:,} not shown")
    elif kind == "gap":
        _say(f"partition {frame['partition']}: {_missing(frame)}")
    elif kind == "error":
        at = frame.get("position")
        place = "" if at is None else f" (character {at + 1})"
        _say(f"{frame['message']}{place} {frame['hint']}")


def _missing(gap: Frame) -> str:
    if gap["reason"] == "expired":
        return f"offsets {gap['from']:,} to {gap['to'] - 1:,} are no longer in Kafka"
    if gap["reason"] == "truncated":
        return f"the log was cut; other entries follow from offset {gap['to']:,} on"
    return "the topic was made anew; it is shown from its start"


def _say(words: str) -> None:
    sys.stderr.write(f"-- {words}\n")
    sys.stderr.flush()


def _json_line(entry: Frame) -> str:
    return msgspec.json.encode(entry).decode() + "\n"


def _line(entry: Frame, coloured: bool) -> str:
    message = entry["message"].translate(_PICTURES).rstrip("\n")
    message = message.replace("\n", "\n    ")
    service = entry["service"].translate(_PICTURES)
    level = entry["level"]
    if not coloured:
        return f"{entry['timestamp']} {level:<5} {service} {message}\n"
    return (
        f"{DIM}{entry['timestamp']}{RESET} {COLOURS[level]}{level:<5}{RESET}"
        f" {DIM}{service}{RESET} {message}\n"
    )
