"""Files are kept for a while only, and what is known of them a little longer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from ingest.export import pieces
from ingest.mongo import database
from logsite.exports.models import Export, FilePiece, State

log = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(days=30)  # who exported what, beside the audit trail


def retain(now: datetime) -> None:
    """Delete files that have expired; forget what ended long ago."""
    expired = Q(state=State.DONE, expires__lte=now)
    left_behind = Q(state__in=(State.CANCELLED, State.FAILED), pieces__isnull=False)
    _drop(Export.objects.filter(expired | left_behind))
    forgotten = Export.objects.filter(expires__lte=now - REMEMBERED)
    _drop(forgotten)
    forgotten.delete()


def _drop(exports: QuerySet[Export]) -> None:
    gone = list(exports.values_list("pk", flat=True).distinct())
    if not gone:
        return
    # The bytes first: as long as a row names them, they are deleted again.
    pieces.drop(database(), gone)
    FilePiece.objects.filter(export__in=gone).delete()
    Export.objects.filter(pk__in=gone, state=State.DONE).update(state=State.EXPIRED)
    log.info("exports.dropped", extra={"exports": gone})
