"""Exports over HTTP: asked for, waited for, downloaded and checked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import httpx
import tenacity

from ingest.send.client import is_loopback

PATH: Final = "/api/exports"
POLL_S: Final = 0.5
PATIENCE_S: Final = 120.0  # without an answer; then it gives up
ENDS: Final = ("done", "cancelled", "failed", "expired")
_TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
_AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))

Shape = dict[str, Any]
Tell = Callable[[int], None]  # how many bytes are here


class NotExported(Exception):
    """Refused, ended before its time, or damaged on its way; says what for people."""


class _TryAgain(Exception):
    """The site is away or busy."""


class Exporter:
    """One person's exports at one logsite."""

    def __init__(
        self,
        url: str,
        token: str,
        transport: httpx.BaseTransport | None = None,
        wait: tenacity.wait.wait_base | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=not is_loopback(url),
            transport=transport,
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((_TryAgain, httpx.TransportError)),
            wait=wait or tenacity.wait_random_exponential(0.2, 10.0),
            stop=tenacity.stop_after_delay(PATIENCE_S),
            reraise=True,
        )

    def estimate(self, asked: Shape) -> Shape:
        return self._ask("POST", f"{PATH}/estimate", asked)

    def start(self, asked: Shape) -> Shape:
        """Not tried again: it might have been started."""
        with _given_up():
            return self._send("POST", PATH, asked)

    def until_done(self, job: Shape) -> Iterator[Shape]:
        """How far it is, now and then; NotExported if it ends without a file."""
        while job["state"] not in ENDS:
            yield job
            time.sleep(POLL_S)
            job = self._ask("GET", f"{PATH}/{job['id']}")
        if job["state"] != "done":
            raise NotExported(f"export {job['id']} is {job['state']} {job['error']}")
        yield job

    def download(self, job: Shape, file: BinaryIO, tell: Tell) -> None:
        """All of it, on through what breaks; NotExported if it is not what it was."""
        digest = hashlib.sha256()
        here = 0

        def go_on() -> None:
            nonlocal here
            for part in self._from(job, here):
                file.write(part)
                digest.update(part)
                here += len(part)
                tell(here)

        with _given_up():
            self._retrying(go_on)
        if digest.hexdigest() != job["sha256"]:
            raise NotExported("what came is not what was exported: try again")

    def end(self, job: Shape) -> None:
        """Cancel it, or delete it with its file."""
        self._ask("DELETE", f"{PATH}/{job['id']}")

    def _from(self, job: Shape, first: int) -> Iterator[bytes]:
        if first == job["size"]:
            return
        headers = {"Range": f"bytes={first}-"} if first else {}
        path = f"{PATH}/{job['id']}/file"
        with self._http.stream("GET", path, headers=headers) as answer:
            if answer.is_error:
                answer.read()
            _check(answer)
            yield from answer.iter_raw()

    def _ask(self, method: str, path: str, asked: Shape | None = None) -> Shape:
        with _given_up():
            return self._retrying(self._send, method, path, asked)

    def _send(self, method: str, path: str, asked: Shape | None = None) -> Shape:
        answer = self._http.request(method, path, json=asked)
        _check(answer)
        found: Shape = answer.json() if answer.content else {}
        return found


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = _words(answer)
    raise _TryAgain(said) if answer.status_code in _AGAIN else NotExported(said)


def _words(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        return f"{error['message']} {error.get('hint') or ''}".strip()
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code} from {answer.url}"


@contextmanager
def _given_up() -> Iterator[None]:
    """What nobody tries again is for people to read."""
    try:
        yield
    except (_TryAgain, httpx.TransportError) as error:
        raise NotExported(str(error)) from error
