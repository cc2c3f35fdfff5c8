"""The web process: what brings entries goes to the edge, all else to Django.

The edge is a bare ASGI callable: a stock Django handler takes longer to be reached
than the edge takes to accept a request.
"""

from __future__ import annotations

import gc
import os
from typing import Final

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logsite.settings")
django_app: Final = get_asgi_application()  # first: sets Django up for what follows

from django.conf import settings  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402

from ingest import metrics  # noqa: E402
from ingest.edge.app import EdgeApp  # noqa: E402
from ingest.edge.auth import TokenCache  # noqa: E402
from ingest.edge.rates import Meter  # noqa: E402
from ingest.edge.spool import SpoolSettings  # noqa: E402
from logsite import keys  # noqa: E402
from logsite.accounts.grants import lookup_for, site_limits  # noqa: E402
from logsite.accounts.seen import uses  # noqa: E402
from logsite.accounts.telling import UseTeller  # noqa: E402
from logsite.pipeline.telling import EdgeTeller  # noqa: E402
from logsite.roles import IngestOnly  # noqa: E402
from logsite.tail.routing import with_sockets  # noqa: E402
from logsite.telling import new_process  # noqa: E402
from logsite.web import AsgiApp, Web  # noqa: E402


def is_allowed_host(host: str) -> bool:
    """ALLOWED_HOSTS holds for the edge as for the site."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def spool_settings() -> SpoolSettings | None:
    folder, max_bytes = settings.SPOOL_DIR, settings.SPOOL_BYTES
    return SpoolSettings(folder, max_bytes, settings.MONGO_URL) if folder else None


keys.require()
process: Final = new_process()
edge: Final = EdgeApp(
    brokers=settings.KAFKA_BROKERS,
    topic=settings.LOG_TOPIC,
    tokens=TokenCache(lookup_for(process)),
    secret=settings.SECRET_KEY.encode(),
    is_allowed_host=is_allowed_host,
    meter=Meter(site_limits(), uses),
    proxies=settings.TRUSTED_PROXIES,
    spool=spool_settings(),
)
site: AsgiApp = with_sockets(django_app)
if settings.WEB_ROLE == "ingest":
    site = IngestOnly(site)
beside = [EdgeTeller(edge.intake.tally, process), UseTeller(uses, process)]
application: Final = Web(edge=edge, site=site, beside=beside)
# For a Prometheus that has no token and is not on this machine; usually none.
metrics.serve(settings.METRICS_PORT, settings.METRICS_HOST)
# All of this stays as long as the process: to look through it for garbage again and
# again would hold up requests and tails, a tenth of a second at a time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
