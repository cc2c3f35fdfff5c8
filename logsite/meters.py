"""/metrics of the web process, in Prometheus' text format."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    generate_latest,
)

from ingest.errors import Busy
from ingest.kafka.shapes import Snapshot
from ingest.kafka.watch import history
from ingest.kafka.watch.exporter import SnapshotCollector
from logsite.accounts.access import may_read
from logsite.errors import plain_error
from logsite.parts import ask_disk, mongodb


def newest_snapshot() -> Snapshot | None:
    """What `watch` saw last; nothing while MongoDB is away."""
    try:
        with mongodb() as db:
            return history.newest(db)
    except Busy:
        return None


# Not the registry of the process: only this address shows what others have measured.
_cluster: Final = CollectorRegistry()
_cluster.register(SnapshotCollector(newest_snapshot))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For readers, and for a Prometheus on the same machine."""
    if not (is_local(request) or may_read(request)):
        return plain_error(401)
    ask_disk()  # free space is measured when somebody looks
    text = generate_latest() + generate_latest(_cluster)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def is_local(request: HttpRequest) -> bool:
    """Straight from loopback: a proxy on this machine passes on strangers."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = request.META.get("REMOTE_ADDR", "")
    try:
        return ip_address(address).is_loopback
    except ValueError:  # a Unix socket has no address
        return False
