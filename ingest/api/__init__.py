"""The API's routes for sending entries: each documents its door and goes through."""

from __future__ import annotations

from ninja import Router

from ingest.api import bulk, logs, syslog

router = logs.router  # under /api
router.add_router("", syslog.router)
protocols = Router(tags=["send"])  # whose paths protocols prescribe, from the root on
protocols.add_router("", bulk.router)

__all__ = ["protocols", "router"]
