"""A logging.Handler that sends to logsite: one file, standard library only, to copy.

    handler = LogsiteHandler("https://logs.example.com", token, service="shop")
    logging.getLogger().addHandler(handler)

A thread sends records in batches, each until it was acknowledged. The program never
waits: what does not fit into the queue is dropped, counted in `handler.dropped` and
said in the log as soon as something can be sent again.
"""

from __future__ import annotations

import gzip
import http.client
import json
import logging
import os
import random
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final

MAX_MESSAGE: Final = 60_000  # characters; the rest is cut
MAX_BATCH_BYTES: Final = 1024 * 1024
FIRST_WAIT_S: Final = 0.5  # before the second attempt; doubled each time
LONGEST_WAIT_S: Final = 30.0
_TRY_AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
_FULL: Final = "The queue was full."
_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_USUAL: Final = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


@dataclass(frozen=True)
class Settings:
    """Where to send, and how much at once."""

    url: str
    token: str
    service: str | None
    fields: Mapping[str, Any]  # metadata of every entry
    queue_size: int = 10_000  # records that may wait
    queue_bytes: int = 32 * 1024 * 1024
    batch_size: int = 500
    batch_s: float = 1.0  # a record waits no longer for others
    timeout_s: float = 10.0  # of one attempt
    exit_s: float = 5.0  # how long flush() and close() wait, each


class LogsiteHandler(logging.Handler):
    """Sends records to `POST /api/logs`; `limits` are those of Settings."""

    def __init__(
        self,
        url: str,
        token: str,
        service: str | None = None,
        *,
        fields: Mapping[str, Any] | None = None,
        level: int | str = logging.NOTSET,
        **limits: float,
    ) -> None:
        super().__init__(level)
        self.setFormatter(
            logging.Formatter()
        )  # else basicConfig sets one: "INFO:root:"
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"not an address of a logsite: {url!r}")
        known = {"host": socket.gethostname(), **(fields or {})}
        numbers: dict[str, Any] = dict(limits)
        self._settings = Settings(url.rstrip("/"), token, service, known, **numbers)
        self._shipper: Shipper | None = None
        self._unreadable = 0  # records that could not be formatted

    @property
    def dropped(self) -> int:
        """Records of this process that were not stored and never will be."""
        return self._unreadable + (self._shipper.dropped if self._shipper else 0)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = encoded(self._entry(record))
        except Exception:
            self._unreadable += 1
            self.handleError(record)
        else:
            self._running().put(line)

    def flush(self) -> None:
        """Wait until what was logged is sent, while the server answers."""
        if self._shipper is not None and self._shipper.is_ours:
            self._shipper.flush()

    def close(self) -> None:
        """Send what waits, as far as that succeeds in time. Called at exit."""
        if self._shipper is not None and self._shipper.is_ours:
            self._shipper.close()
        super().close()

    def _running(self) -> Shipper:
        """A fork has no thread, and its parent sends what was in the queue."""
        if self._shipper is None or not self._shipper.is_ours:
            self._shipper = Shipper(self._settings)
        return self._shipper

    def _entry(self, record: logging.LogRecord) -> dict[str, Any]:
        message = self.format(record) or "(empty)"
        if (cut := len(message) - MAX_MESSAGE) > 0:
            message = f"{message[:MAX_MESSAGE]}… ({cut} characters cut)"
        metadata = {
            **self._settings.fields,
            "component": record.name,
            "function": record.funcName,
            "line": record.lineno,
            "pid": record.process,
            "thread": record.threadName,
            **{k: v for k, v in vars(record).items() if k not in _USUAL},
        }
        if record.exc_info and record.exc_info[0]:
            metadata["exception"] = record.exc_info[0].__qualname__
        level = _LEVELS[min(max(record.levelno // 10, 0), 5)]
        return entry(self._settings, record.created, level, message, metadata)


def entry(
    settings: Settings, at: float, level: str, message: str, metadata: dict[str, Any]
) -> dict[str, Any]:
    """An entry as `POST /api/logs` takes it."""
    whole, micros = divmod(round(at * 1_000_000), 1_000_000)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return {
        "timestamp": f"{day}.{micros:06}Z",
        "level": level,
        "service": settings.service,
        "message": message,
        "metadata": metadata,
    }


def encoded(sent: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(sent, ensure_ascii=False, default=str, allow_nan=False)
    except (ValueError, TypeError, RecursionError):  # not finite, circular, odd keys
        sure = (str, int, type(None))
        fields = sent["metadata"].items()
        plain = {k: v if isinstance(v, sure) else repr(v) for k, v in fields}
        text = json.dumps({**sent, "metadata": plain}, ensure_ascii=False)
    return text.encode(errors="replace")


@dataclass
class Mark:
    """Stands in the queue: everything before it is dealt with once it is passed."""

    is_last: bool = False
    passed: threading.Event = field(default_factory=threading.Event)


@dataclass
class Batch:
    """What is sent at once."""

    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    mark: Mark | None = None


class Shipper:
    """The queue of one process, and the thread that empties it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pid = os.getpid()
        self._waiting: SimpleQueue[bytes | Mark] = SimpleQueue()
        # Reentrant: a signal handler may log while its own thread is logging.
        self._lock = threading.RLock()
        self._waiting_bytes = 0
        self._overflowed = 0  # counted by the program's threads
        self._lost = 0  # counted by the shipper's thread
        self._reason = ""
        self._said = ""  # on standard error, so that it is said once
        self._told = 0  # of those, how many the log was told of
        self._is_away = False
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        self._client = Client(settings)
        self._thread = threading.Thread(
            target=self._run, name="logsite-handler", daemon=True
        )
        self._thread.start()

    @property
    def is_ours(self) -> bool:
        return self._pid == os.getpid()

    @property
    def dropped(self) -> int:
        return self._overflowed + self._lost

    def put(self, line: bytes) -> None:
        settings = self._settings
        with self._lock:
            is_full = (
                self._waiting.qsize() >= settings.queue_size
                or self._waiting_bytes + len(line) > settings.queue_bytes
            )
            if is_full or self._closing.is_set():
                self._overflowed += 1
                return
            self._waiting_bytes += len(line)
        self._waiting.put(line)

    def flush(self) -> None:
        mark = Mark()
        self._waiting.put(mark)
        give_up_at = time.monotonic() + self._settings.exit_s
        while not mark.passed.wait(0.02):
            if self._is_away or time.monotonic() >= give_up_at:
                return

    def close(self) -> None:
        if self._closing.is_set():
            return
        self._give_up_at = time.monotonic() + self._settings.exit_s
        mark = Mark(is_last=True)
        self._waiting.put(mark)
        self._closing.set()
        if not mark.passed.wait(self._settings.exit_s + 1):
            self._lost += self._waiting.qsize()  # stuck in an attempt
        if untold := self.dropped - self._told:
            _complain(f"{untold} records were not sent. {self._reason}")

    def _run(self) -> None:
        is_last = False
        while not is_last:
            batch = self._next()
            try:
                self._deliver(batch)
            except Exception:  # the thread must outlive whatever is wrong with one
                traceback.print_exc()
                self._lose(len(batch.lines), "The handler failed.")
            if batch.mark is not None:
                is_last = batch.mark.is_last
                batch.mark.passed.set()

    def _next(self) -> Batch:
        """What is there, or comes within `batch_s` of the first."""
        settings, batch = self._settings, Batch()
        wait_s: float | None = None
        until = 0.0
        while len(batch.lines) < settings.batch_size and batch.size < MAX_BATCH_BYTES:
            try:
                one = self._waiting.get(timeout=wait_s)
            except Empty:
                break
            if isinstance(one, Mark):
                batch.mark = one
                break
            if not batch.lines:
                until = time.monotonic() + settings.batch_s
            self._add(batch, one)
            wait_s = max(0.0, until - time.monotonic())
        return batch

    def _add(self, batch: Batch, line: bytes) -> None:
        batch.lines.append(line)
        batch.size += len(line)
        with self._lock:
            self._waiting_bytes -= len(line)

    def _deliver(self, batch: Batch) -> None:
        """Send a batch, and first what the log was not told of yet."""
        untold = self.dropped - self._told
        lines = [self._confession(untold)] * (untold > 0) + batch.lines
        if not lines:
            return
        answer = self._post_until_decided(lines)
        if answer is None:
            self._lose(len(batch.lines), self._reason)
        elif answer.rejected is None:
            self._lose(len(batch.lines), answer.reason)
        else:
            self._told += untold
            self._lose(answer.rejected, answer.reason)

    def _post_until_decided(self, lines: list[bytes]) -> Answer | None:
        """None if time was up before that."""
        key = uuid.uuid4().hex  # the same for every attempt: stored once
        wait_s = FIRST_WAIT_S
        while (left_s := self._give_up_at - time.monotonic()) > 0:
            answer = self._client.post(lines, key, left_s)
            self._is_away = answer.retry
            if not answer.retry:
                return answer
            self._reason = answer.reason
            # Not all of a crowd at once, and never before the server asked for it.
            self._pause(answer.after_s + random.uniform(0.5, 1.0) * wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        return None

    def _pause(self, seconds: float) -> None:
        """Once the program ends it is tried again at once, then as time allows."""
        if not self._closing.is_set():
            self._closing.wait(seconds)
        elif time.monotonic() + seconds >= self._give_up_at:
            self._give_up_at = 0.0
        else:
            time.sleep(seconds)

    def _lose(self, count: int, reason: str) -> None:
        if count and reason != self._said:
            _complain(f"records are lost. {reason}")
            self._reason = self._said = reason
        self._lost += count

    def _confession(self, untold: int) -> bytes:
        text = f"{untold} log records of this process were dropped."
        fields = {**self._settings.fields, "component": __name__, "pid": self._pid}
        metadata = {**fields, "dropped": untold, "reason": self._reason or _FULL}
        return encoded(entry(self._settings, time.time(), "WARN", text, metadata))


@dataclass(frozen=True)
class Answer:
    """What became of one attempt."""

    retry: bool = False
    after_s: float = 0.0
    rejected: int | None = None  # None: all, as nothing was read
    reason: str = ""


class Client:
    """Posts to one address; opens a connection for each batch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        host = urllib.parse.urlsplit(settings.url).hostname or ""
        if host == "localhost" or host.startswith("127.") or host == "::1":
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def post(self, lines: list[bytes], key: str, left_s: float) -> Answer:
        request = urllib.request.Request(
            f"{self._settings.url}/api/logs",
            gzip.compress(b"\n".join(lines), 1, mtime=0),
            {
                "Authorization": f"Bearer {self._settings.token}",
                "Content-Type": "application/x-ndjson",
                "Content-Encoding": "gzip",
                "Idempotency-Key": key,
                "User-Agent": "logsite-handler/1",
            },
        )
        try:
            timeout_s = min(self._settings.timeout_s, left_s)
            with self._opener.open(request, timeout=timeout_s) as response:
                return read_answer(response.status, {}, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return read_answer(error.code, error.headers, error.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(retry=True, reason=f"{self._settings.url}: {error}")


def read_answer(status: int, headers: Any, body: bytes) -> Answer:
    if status in _TRY_AGAIN:
        after = headers.get("Retry-After") or ""
        seconds = float(after) if after.isdigit() else 0.0
        return Answer(True, min(seconds, 300.0), reason=f"HTTP {status}")
    try:
        sent = json.loads(body)
    except ValueError:
        sent = None
    if isinstance(sent, dict) and isinstance(sent.get("rejected"), int):
        codes = [str(one.get("code")) for one in sent.get("results", ())]
        return Answer(rejected=sent["rejected"], reason=", ".join(sorted(set(codes))))
    return Answer(reason=f"HTTP {status}: {body[:200].decode(errors='replace')}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token is for one address, and a POST does not become a GET."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _complain(what: str) -> None:
    print(f"logsite-handler: {what}", file=sys.stderr)
