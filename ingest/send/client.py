"""Posts batches to `POST /api/logs` and tries again as long as that can help."""

from __future__ import annotations

import gzip
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import tenacity

PATH: Final = "/api/logs"
PATIENCE_S: Final = 120.0  # after so long the sender gives up, unless told otherwise
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
_LONGEST_WAIT_S: Final = 30.0
_TRY_AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
_COMPRESSION: Final = 1  # logs shrink tenfold already; more costs more than it saves
_SMALL_BODY: Final = 1_000  # bytes; below, gzip is not worth it


class NotSent(Exception):
    """A request that was refused, or that nobody answered for too long."""


class TryAgain(Exception):
    """The server is away or busy; the same request may succeed later."""

    def __init__(self, reason: str, after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Rejected:
    """One entry of a batch that was not accepted."""

    index: int
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch."""

    accepted: int
    rejected: tuple[Rejected, ...] = ()


class Client:
    """One connection to one logsite, used by one thread.

    patience_s: how long one batch is tried; None tries for ever.
    on_wait: told the reason whenever a batch has to wait.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience_s: float | None = PATIENCE_S,
        on_wait: Callable[[str], None] = lambda reason: None,
        first_wait_s: float = 0.2,
    ) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            trust_env=not is_loopback(url),
        )
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            wait=_Wait(first_wait_s),
            stop=_stop_after(patience_s),
            before_sleep=lambda state: on_wait(_reason(state)),
            reraise=True,
        )

    def post(self, body: bytes, key: str) -> Answer:
        """Send newline-delimited entries once, however often it takes."""
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
        if len(body) >= _SMALL_BODY:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, _COMPRESSION, mtime=0)
        try:
            return self._retrying(self._post_once, body, headers)
        except TryAgain as error:
            raise NotSent(f"gave up: {error}") from error

    def close(self) -> None:
        self._http.close()

    def _post_once(self, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            response = self._http.post(PATH, content=body, headers=headers)
        except httpx.TransportError as error:
            raise TryAgain(f"{self._http.base_url} does not answer ({error})") from None
        return read_answer(response)


def read_answer(response: httpx.Response) -> Answer:
    """What an answer says; raises TryAgain or NotSent where nothing was decided."""
    if response.status_code in _TRY_AGAIN:
        raise TryAgain(_error_text(response), _retry_after_s(response))
    content = _json(response)
    if response.status_code in (202, 400) and "accepted" in content:
        return Answer(int(content["accepted"]), _rejected(content))
    raise NotSent(_error_text(response))


def _rejected(content: dict[str, Any]) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(int(result["index"]), str(result["code"]), str(result["error"]))
        for result in content.get("results", ())
    )


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _error_text(response: httpx.Response) -> str:
    error = _json(response).get("error")
    if not isinstance(error, dict):
        return f"HTTP {response.status_code} from {response.url}"
    words = (str(error.get(name) or "") for name in ("message", "hint"))
    text = " ".join(word for word in words if word)
    return f"{response.status_code} {error.get('code')}: {text}"


def _retry_after_s(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return min(float(value), 300.0) if value.isdigit() else 0.0


class _Wait(tenacity.wait.wait_base):
    """What the server asked for, else ever longer, with jitter so that many
    senders do not come back at once."""

    def __init__(self, first_s: float) -> None:
        self._backoff = tenacity.wait_random_exponential(first_s, _LONGEST_WAIT_S)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        outcome = retry_state.outcome
        error = outcome.exception() if outcome else None
        asked_s = error.after_s if isinstance(error, TryAgain) else 0.0
        return asked_s + self._backoff(retry_state)


def _stop_after(patience_s: float | None) -> tenacity.stop.stop_base:
    if patience_s is None:
        return tenacity.stop_never
    return tenacity.stop_before_delay(patience_s)


def _reason(state: tenacity.RetryCallState) -> str:
    return str(state.outcome.exception()) if state.outcome else ""


def is_loopback(url: str) -> bool:
    """A proxy from the environment cannot reach this machine's own addresses."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
