"""The one shape of an error: {"error": {"code", "message", "hint"}}."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

API_PATHS: Final = ("/api/", "/metrics", "/healthz", "/readyz")
_CODES: Final = {
    HTTPStatus.UNAUTHORIZED: "missing_token",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}
_HINTS: Final = {
    HTTPStatus.UNAUTHORIZED: "Send `Authorization: Bearer TOKEN`, or log in.",
    HTTPStatus.NOT_FOUND: "/api/docs lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "/api/docs lists what there is.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This is a bug; the server's log has details.",
}


def error_response(
    status: int,
    code: str,
    message: str,
    hint: str = "",
    retry_after_s: int | None = None,
    position: int | None = None,
) -> JsonResponse:
    error: dict[str, str | int] = {"code": code, "message": message, "hint": hint}
    if position is not None:
        error["position"] = position  # of a character in `q`, from 0
    response = JsonResponse({"error": error}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    return response


def plain_error(status: int, message: str = "") -> JsonResponse:
    """An error about which little more is known than its status."""
    known = HTTPStatus(status)
    code = _CODES.get(known) or known.phrase.lower().replace(" ", "_")
    hint = _HINTS.get(known, "")
    return error_response(status, code, message or f"{known.phrase}.", hint)


class JsonErrors(MiddlewareMixin):
    """Gives errors that Django answers itself (404, 405, 400...) the one shape."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code < 400 or not request.path.startswith(API_PATHS):
            return response
        if response.get("Content-Type", "").startswith("application/json"):
            return response
        return _reshaped(response)


def _reshaped(response: HttpResponseBase) -> HttpResponseBase:
    shaped = plain_error(response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response:
            shaped[name] = response[name]
    return shaped
