"""The API's routes for sending entries: each documents its door and goes through."""

from __future__ import annotations

from ninja import Router

from ingest.api import bulk, logs, loki, otlp, syslog

router = logs.router  # under /api
router.add_router("", syslog.router)
protocols = Router(tags=["send"])  # whose paths protocols prescribe, from the root on
for prescribed in (otlp.router, loki.router, bulk.router):
    protocols.add_router("", prescribed)

__all__ = ["protocols", "router"]
