"""GET /api/receipts/{receipt}: what became of every entry of one request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ingest.mongo import database
from logsite.parameters import refuse_unknown
from logsite.pipeline.receipt_schemas import ReceiptBody, ReceiptIn, ReceiptOut
from logsite.pipeline.receipts import follow, read_receipt

router = Router(tags=["pipeline"])


@router.get(
    "/receipts/{receipt}", response=ReceiptOut, summary="What became of a request"
)
def show_receipt(
    request: HttpRequest, receipt: str, asked: Query[ReceiptIn]
) -> dict[str, Any]:
    """Of each entry that was answered 202. Long receipts are sent by POST."""
    refuse_unknown(request, ReceiptIn)
    return _followed(receipt, asked)


@router.post("/receipts", response=ReceiptOut, summary="The same for long receipts")
def show_long_receipt(request: HttpRequest, asked: ReceiptBody) -> dict[str, Any]:
    """For what is too long for an address: each run of offsets takes about 5 bytes."""
    return _followed(asked.receipt, asked)


def _followed(text: str, asked: ReceiptIn) -> dict[str, Any]:
    receipt = read_receipt(text)
    found = follow(database(), receipt, asked.start, asked.limit, asked.fate)
    return {**vars(found), "settled": found.settled}
