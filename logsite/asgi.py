"""The web process: POST /api/logs goes to the edge, everything else to Django.

The edge is a bare ASGI callable because a stock Django handler costs a hundred times
what accepting an entry costs.
"""

from __future__ import annotations

import os
from typing import Final

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logsite.settings")
django_app: Final = get_asgi_application()  # first: sets Django up for what follows

from django.conf import settings  # noqa: E402

from ingest.edge.app import EdgeApp  # noqa: E402
from ingest.edge.auth import TokenCache  # noqa: E402
from logsite.accounts.grants import lookup  # noqa: E402
from logsite.web import Web  # noqa: E402

edge: Final = EdgeApp(
    brokers=settings.KAFKA_BROKERS,
    topic=settings.LOG_TOPIC,
    tokens=TokenCache(lookup),
    secret=settings.SECRET_KEY.encode(),
)
application: Final = Web(edge=edge, site=django_app)
