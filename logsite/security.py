"""The Content-Security-Policy of every answer: only our own files, no inline code."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class ContentSecurityPolicy(MiddlewareMixin):
    """Gives each request a nonce (`request.csp_nonce`) and names it in the policy."""

    def process_request(self, request: HttpRequest) -> None:
        setattr(request, "csp_nonce", secrets.token_urlsafe(16))  # noqa: B010

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        nonce = getattr(request, "csp_nonce", "")
        response.headers.setdefault(
            "Content-Security-Policy", _POLICY.format(nonce=nonce)
        )
        return response
