"""What MongoDB holds of alerts: every evaluation, for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mongoengine import DateTimeField, Document, FloatField, IntField, StringField
from pymongo import DESCENDING
from pymongo.database import Database

from ingest.mongo import Document as Plain

KEPT: Final = timedelta(days=30)


class Evaluation(Document):
    """What one window said about one rule, and the threshold that it had then."""

    id = StringField(primary_key=True)  # rule and end of the window
    rule = IntField()
    start = DateTimeField()
    end = DateTimeField()
    outcome = StringField()
    reason = StringField()
    kind = StringField()
    total = IntField()
    errors = IntField()
    value = FloatField()
    threshold = FloatField()
    at = DateTimeField()  # when it was judged

    meta = {"collection": "evaluations", "auto_create_index": False}


def ensure_evaluations(db: Database[Plain]) -> None:
    """Create the indexes; safe to repeat."""
    evaluations = db[Evaluation._meta["collection"]]
    evaluations.create_index([("rule", 1), ("end", DESCENDING)])
    evaluations.create_index("at", expireAfterSeconds=int(KEPT.total_seconds()))
