"""Tells a web address: one POST with the payload as JSON.

httpx and not apprise: apprise's JSON is flat, follows redirects and resolves names by
itself, so it could neither carry lines nor be kept out of the private network.
"""

from __future__ import annotations

from typing import Final

import httpx
from django.conf import settings

from stats.alerts.notifiers.base import BadTarget, Notice, NotifyError
from stats.alerts.notifiers.destination import resolve

TIMEOUT_S: Final = 5.0
HEADERS: Final = {"User-Agent": "logsite"}
# Answers of 4xx after which the same request may succeed soon.
PASSING: Final = frozenset({404, 408, 425, 429})


class WebhookNotifier:
    """https://example.com/hook"""

    schemes = ("https", "http")

    def check(self, target: str) -> None:
        try:
            url = httpx.URL(target)
        except (httpx.InvalidURL, TypeError) as error:
            raise BadTarget(f"This is no web address: {error}") from error
        if not url.host:
            raise BadTarget("This web address has no host.")

    def send(self, target: str, notice: Notice) -> None:
        url = httpx.URL(target)
        try:
            with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
                answer = _ask(client, url, notice)
                answer.close()
        except httpx.HTTPError as error:
            raise NotifyError(f"{type(error).__name__}: {error}") from error
        _look_at(answer)


def _ask(client: httpx.Client, url: httpx.URL, notice: Notice) -> httpx.Response:
    """The answer, its body unread: whoever is told has nothing to tell us."""
    port = url.port or (443 if url.scheme == "https" else 80)
    address = resolve(url.host, port, allow_private=settings.ALERT_ALLOW_PRIVATE)
    request = client.build_request(
        "POST",
        url.copy_with(host=str(address)),
        json=notice.payload,
        headers={**HEADERS, "Host": url.netloc.decode()},
        extensions={"sni_hostname": url.host},  # the certificate is that of the name
    )
    return client.send(request, stream=True, follow_redirects=False)


def _look_at(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = f"answered {answer.status_code} {answer.reason_phrase}".strip()
    final = answer.status_code < 500 and answer.status_code not in PASSING
    raise NotifyError(said, permanent=final)
