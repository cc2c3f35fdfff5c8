"""The HTTP API: every router, and every exception's answer, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pymongo.errors import PyMongoError

from ingest.api import protocols as protocols_router
from ingest.api import router as ingest_router
from ingest.errors import BadEntry, Busy, QueryError, Refused
from ingest.kafka.errors import KafkaAway
from logsite import VERSION
from logsite.accounts.access import may_read, read_auth
from logsite.administration.audit_api import router as audit_router
from logsite.administration.tokens_api import router as tokens_router
from logsite.alerts.api import router as alerts_router
from logsite.deadletters.api import router as dead_letters_router
from logsite.errors import error_response, plain_error
from logsite.exports.api import router as exports_router
from logsite.kafka.api import router as kafka_router
from logsite.pipeline.api import router as pipeline_router
from logsite.saved.api import router as saved_router
from logsite.search.api import router as search_router
from logsite.search.facets_api import router as facets_router
from logsite.search.patterns_api import router as patterns_router
from stats.api import router as stats_router

log = logging.getLogger(__name__)


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The documentation is for people who may read: others are sent to log in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_read(request):
            return view(request, *args, **kwargs)
        if "text/html" in request.headers.get("Accept", ""):
            return redirect_to_login(request.get_full_path())
        return plain_error(401)

    return guarded


def share_paths(router: Router, senders: Router) -> None:
    """Serve POST beside GET where both have a path: Django asks the first one only."""
    for path in router.path_operations.keys() & senders.path_operations.keys():
        moved, shared = senders.path_operations.pop(path), router.path_operations[path]
        for operation in moved.operations:
            operation.auth_param = None  # the edge looks at the token by itself
            operation.tags = operation.tags or senders.tags
        shared.operations.extend(moved.operations)
        shared.is_async = shared.is_async or moved.is_async


api = NinjaAPI(
    title="logsite",
    version=VERSION,
    description="Send, search and read logs.",
    urls_namespace="api",
    docs_decorator=for_readers,
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
)
api.add_router("", protocols_router)  # whose paths are not ours to choose
share_paths(search_router, ingest_router)
api.add_router("/api", ingest_router)
api.add_router("/api", facets_router, auth=read_auth)  # before the ids of entries
api.add_router("/api", patterns_router, auth=read_auth)  # before the ids of entries
api.add_router("/api", search_router, auth=read_auth)
api.add_router("/api", stats_router, auth=read_auth)
api.add_router("/api", kafka_router, auth=read_auth)
api.add_router("/api", alerts_router, auth=read_auth)
api.add_router("/api", pipeline_router, auth=read_auth)
api.add_router("/api", dead_letters_router, auth=read_auth)
api.add_router("/api", exports_router, auth=read_auth)
api.add_router("/api", saved_router, auth=read_auth)
api.add_router("/api", audit_router, auth=read_auth)
api.add_router("/api", tokens_router, auth=read_auth)


@api.exception_handler(Refused)
def refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    position = error.position if isinstance(error, QueryError) else None
    said = (error.code, error.message, error.hint, error.retry_after_s)
    return error_response(error.status, *said, position)


@api.exception_handler(BadEntry)
def bad_entry(_request: HttpRequest, error: BadEntry) -> HttpResponse:
    return error_response(400, error.code, error.message)


@api.exception_handler(AuthenticationError)
def not_authenticated(
    request: HttpRequest, _error: AuthenticationError
) -> HttpResponse:
    if "Authorization" in request.headers:
        return error_response(
            401, "unknown_token", "This token is not known.", "Was it revoked?"
        )
    return plain_error(401, "A token or a session is needed.")


@api.exception_handler(ValidationError)
def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    message = f"{_field(first['loc'])}: {first['msg']}"
    return error_response(400, "invalid_parameter", message, "/api/docs lists them.")


def _field(place: Sequence[str | int]) -> str:
    """As the caller knows it: that a body has a name is known only here."""
    source, *names = place
    if source == "body":
        names = names[1:] or ["body"]
    return " ".join(map(str, names))


@api.exception_handler(HttpError)
def http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return plain_error(error.status_code, str(error))


@api.exception_handler(Http404)
def not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return plain_error(404)


@api.exception_handler(KafkaAway)
def kafka_away(_request: HttpRequest, error: KafkaAway) -> HttpResponse:
    log.warning("logsite.api.kafka_away", extra={"error": str(error)})
    return _away("kafka_unavailable", str(error))


@api.exception_handler(Busy)
@api.exception_handler(PyMongoError)
def mongodb_away(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("logsite.api.mongodb_away", extra={"error": str(error)})
    return _away("mongodb_unavailable", "MongoDB does not answer.")


@api.exception_handler(OperationalError)
def sql_away(_request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.warning("logsite.api.sql_away", extra={"error": str(error)})
    return _away("sql_unavailable", "The SQL database does not answer.")


@api.exception_handler(Exception)
def bug(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("logsite.api.bug", exc_info=error, extra={"path": request.path})
    return plain_error(500)


def _away(code: str, message: str) -> HttpResponse:
    hint = "/readyz says what is wrong; the same request may work soon."
    return error_response(503, code, message, hint, retry_after_s=2)
