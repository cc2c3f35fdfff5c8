"""What MongoDB holds of stats: fields and indexes, for reading.

Rollups are written by stats.rollup with plain documents. Indexes are created by
command, never on first use.
"""

from __future__ import annotations

from mongoengine import DateTimeField, DictField, Document, IntField, StringField

from stats.windows import FIVE_MINUTES, HOUR, MINUTE


class Rollup(Document):
    """Counts of one service in one window of time."""

    window = DateTimeField()  # its start
    service = StringField()
    levels = DictField()  # level -> entries; a level that has none is absent
    total = IntField()
    errors = IntField()  # ERROR and FATAL

    meta = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["window", "service"], "unique": True},  # one document each
            ("service", "window"),  # a service over a long time
        ],
    }


class MinuteRollup(Rollup):
    meta = {"collection": MINUTE.collection}


class FiveMinuteRollup(Rollup):
    meta = {"collection": FIVE_MINUTES.collection}


class HourRollup(Rollup):
    meta = {"collection": HOUR.collection}


DOCUMENTS = (MinuteRollup, FiveMinuteRollup, HourRollup)
