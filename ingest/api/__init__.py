"""The API's routes for sending entries: each documents its door and goes through."""

from __future__ import annotations

from ninja import Router

from ingest.api.logs import router

# Paths that protocols prescribe, from the root on; each door's routes join them.
protocols = Router(tags=["send"])

__all__ = ["protocols", "router"]
