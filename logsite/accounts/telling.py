"""Tells SQL who used which token and how much, as well as it can."""

from __future__ import annotations

import asyncio
import logging

from django.db import DatabaseError

from ingest.edge.uses import Uses
from logsite.accounts import seen
from logsite.telling import Teller

log = logging.getLogger(__name__)


class UseTeller(Teller):
    """Without SQL it tells later."""

    every_s = 10.0

    def __init__(self, uses: Uses, process: str) -> None:
        super().__init__()
        self._uses = uses
        self._process = process

    async def tell(self) -> None:
        changed = self._uses.take_changed()
        if not changed:
            return
        try:
            await asyncio.to_thread(seen.tell, self._process, changed)
        except DatabaseError as error:
            self._uses.put_back(changed)
            log.warning("logsite.token_uses.untold", extra={"error": str(error)})
