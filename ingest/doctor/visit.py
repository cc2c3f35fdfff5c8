"""One round of the doctor: canaries out, then each followed hop by hop."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from ingest.doctor.canaries import Canary
from ingest.doctor.listening import Listener
from ingest.send.client import is_loopback

RECEIPT_HEADER: Final = "X-Logsite-Receipt"
ASK_AGAIN_S: Final = 0.05
REQUEST_S: Final = 10.0
_OPEN: Final = ("waiting", "")  # fates that may still become another


@dataclass(frozen=True)
class Finding:
    """How far one canary came; times in milliseconds since it was sent."""

    protocol: str
    answered_ms: int | None = None
    hops: dict[str, str] = field(default_factory=dict)  # by the site's own clocks
    fate: str = ""
    found_ms: int | None = None  # by search
    tailed_ms: int | None = None
    problem: str = ""

    @property
    def is_well(self) -> bool:
        """The tail is a view: without it nothing is lost."""
        return self.fate == "stored" and self.found_ms is not None


@dataclass
class _Sent:
    """A canary on its way."""

    canary: Canary
    receipt: str
    began: float
    finding: Finding

    @property
    def age_ms(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


class Doctor:
    """Asks one site, as a sender and as a reader. It never raises for what is ill."""

    def __init__(self, url: str, token: str, patience_s: float) -> None:
        self._url = url
        self._token = token
        self._patience_s = patience_s
        self._http = httpx.Client(
            base_url=url,
            timeout=REQUEST_S,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            trust_env=not is_loopback(url),
        )

    def examine(self, canaries: Sequence[Canary], run: str) -> list[Finding]:
        """One finding for each canary, in their order."""
        listener = Listener(self._url, self._token, run)
        listener.start()
        sent = [self._send(canary) for canary in canaries]
        deadline = time.monotonic() + self._patience_s
        waiting = [one for one in sent if one.receipt]
        while waiting and time.monotonic() < deadline:
            for one in waiting:
                self._follow(one, run)
            waiting = [one for one in waiting if _may_go_on(one.finding)]
            time.sleep(ASK_AGAIN_S)
        listener.wait(deadline, sum(one.finding.is_well for one in sent))
        return [self._with_tail(one, listener) for one in sent]

    def ailing(self) -> list[str]:
        """What /readyz says of parts that are not well."""
        try:
            parts = self._http.get("/readyz").json()["parts"]
        except (httpx.HTTPError, ValueError, KeyError):
            return []
        return [
            f"{name}: {part.get('reason') or part['state']}"
            for name, part in parts.items()
            if part["state"] != "ok"
        ]

    def _send(self, canary: Canary) -> _Sent:
        began = time.monotonic()
        headers = {"Content-Type": canary.content_type}
        sent = _Sent(canary, "", began, Finding(canary.protocol))
        try:
            answer = self._http.post(canary.path, content=canary.body, headers=headers)
        except httpx.HTTPError as error:
            problem = f"nobody answers at {self._url} ({error})"
            return replace(sent, finding=replace(sent.finding, problem=problem))
        sent.finding = replace(sent.finding, answered_ms=sent.age_ms)
        if answer.is_error:
            problem = said(answer)
            return replace(sent, finding=replace(sent.finding, problem=problem))
        sent.receipt = answer.headers.get(RECEIPT_HEADER) or _receipt_of(answer)
        if not sent.receipt:
            problem = f"answered {answer.status_code} without a receipt: " + said(
                answer
            )
            sent.finding = replace(sent.finding, problem=problem)
        return sent

    def _follow(self, sent: _Sent, run: str) -> None:
        finding = sent.finding
        if finding.fate in _OPEN:
            answer = self._get(f"/api/receipts/{quote(sent.receipt)}")
            finding = _with_receipt(finding, answer)
        if finding.fate == "stored":
            query = {"q": f"{run} {sent.canary.protocol}", "limit": "1"}
            answer = self._get("/api/logs", query)
            if answer is not None and answer.is_success and answer.json()["items"]:
                finding = replace(finding, found_ms=sent.age_ms)
        sent.finding = finding

    def _get(
        self, path: str, query: dict[str, str] | None = None
    ) -> httpx.Response | None:
        try:
            return self._http.get(path, params=query)
        except httpx.HTTPError:
            return None  # asked again until patience ends

    def _with_tail(self, sent: _Sent, listener: Listener) -> Finding:
        finding = sent.finding
        if not finding.problem and not finding.is_well:
            finding = replace(finding, problem=self._gave_up(finding))
        heard = listener.heard.get(sent.canary.protocol)
        if heard is None:
            return finding
        return replace(finding, tailed_ms=max(0, round((heard - sent.began) * 1000)))

    def _gave_up(self, finding: Finding) -> str:
        after = f"after {self._patience_s:g} s"
        if finding.fate in _OPEN:
            return f"acknowledged, but not stored {after}: does a store worker run?"
        if finding.fate == "stored":
            return f"stored, but search did not find it {after}"
        return f"acknowledged, and became: {finding.fate}"


def _may_go_on(finding: Finding) -> bool:
    return not finding.problem and not finding.is_well


def _with_receipt(finding: Finding, answer: httpx.Response | None) -> Finding:
    if answer is None:
        return finding
    if answer.is_error:
        # 503 passes; the others are asked for nothing a second time.
        is_away = answer.status_code >= 500
        return finding if is_away else replace(finding, problem=said(answer))
    told = answer.json()
    (item,) = told["items"]
    named = {"read": told["read"], "appended": item["appended"]}
    named |= {"acknowledged": told["acknowledged"], "visible": item["visible"]}
    hops = {name: at for name, at in named.items() if at}
    return replace(finding, fate=item["fate"], hops=hops)


def _receipt_of(answer: httpx.Response) -> str:
    told = _json(answer)
    return str(told.get("receipt") or "") if isinstance(told, dict) else ""


def said(answer: httpx.Response) -> str:
    """What an answer says is wrong, in the site's shape or in that of a protocol."""
    told = _json(answer)
    error: Any = told.get("error", told) if isinstance(told, dict) else answer.text
    if isinstance(error, dict):
        words = (error.get(name) for name in ("message", "reason", "hint"))
        error = " ".join(str(word) for word in words if word) or answer.text
    return f"{answer.status_code} {str(error)[:300]}".strip()


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def after_ms(first: str, then: str) -> int:
    """From one of the site's times to another."""
    moments = [datetime.fromisoformat(text).astimezone(UTC) for text in (first, then)]
    return round((moments[1] - moments[0]).total_seconds() * 1000)


def is_well(findings: Iterable[Finding]) -> bool:
    return all(one.is_well for one in findings)
