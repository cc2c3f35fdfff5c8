"""What MongoDB holds beside the entries: fields and indexes, for reading.

The write path writes these collections through ingest.store with plain documents;
nothing here is used per entry. Indexes are created by command, never on first use.
"""

from __future__ import annotations

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    DictField,
    Document,
    IntField,
    ListField,
    StringField,
)
from pymongo.database import Database
from pymongo.errors import OperationFailure

from ingest.mongo import NAMESPACE_EXISTS
from ingest.mongo import Document as Plain


class Block(Document):
    """Up to 1,024 consecutive offsets of one partition; see fold.block."""

    id = BinaryField(primary_key=True)
    v = IntField()
    topic = StringField()
    partition = IntField()
    first = IntField()
    last = IntField()
    done = BooleanField()
    sealed = DictField()  # why it was ended before its time
    day = StringField()
    states = DictField()
    holes = ListField()
    bytes = IntField()
    min_received = DateTimeField()
    max_received = DateTimeField()
    oldest = DateTimeField()
    newest = DateTimeField()
    spans = ListField()
    counts = ListField()
    flow = ListField()
    services = ListField(StringField())
    levels = ListField(StringField())
    requests = ListField()
    repeats = ListField()  # the same of its duplicates; absent where there are none
    written = ListField()  # [last, when it was visible to there], the newest few
    ascii = BooleanField()
    terms = BinaryField()
    terms_bits = IntField()
    rolled_last = IntField()  # these three are the notes of stats.rollup
    rolled = ListField()
    rolled_whole = BooleanField()

    meta = {
        "collection": "blocks",
        "auto_create_index": False,
        "indexes": [
            ("v", "-newest", "oldest"),  # search walks from the newest event time
            ("services", "-newest"),  # the same for one service; names of services
            "done",  # unfinished blocks are read first
            "day",  # retention
            "rolled_whole",  # what may still have to be rolled up
            ("topic", "partition", "-max_received"),  # requests of the last hour
        ],
    }


class Head(Document):
    """Where the fold of one partition stands; outlives its blocks."""

    id = StringField(primary_key=True)
    topic = StringField()
    topic_id = StringField()
    partition = IntField()
    incarnation = IntField()
    generation = IntField()
    switches = ListField(DictField())  # of generations: offset, reason, stored_last, at
    begun = DateTimeField()
    start = IntField()
    last = IntField()
    received = DateTimeField()  # running maximum of append times
    stopped = DictField()  # it stands still: reason, since, offset; absent otherwise
    allowed_to = IntField()  # before it, dead letters do not stop it
    record = DictField()  # newest message: offset, epoch, received, checksum
    replaced = BooleanField()  # the topic was made anew
    replaced_by = StringField()
    replaced_at = DateTimeField()
    replaced_last = IntField()

    meta = {"collection": "heads", "auto_create_index": False, "indexes": ["topic"]}


class DeadLetter(Document):
    """A message that can never be stored, whole, with the reason."""

    id = BinaryField(primary_key=True)
    topic = StringField()
    partition = IntField()
    offset = IntField()
    received = DateTimeField()
    at = DateTimeField()
    stage = StringField()
    code = StringField()
    message = StringField()
    key = BinaryField()
    value = BinaryField()
    headers = ListField()
    cause = StringField()  # these three are what groups are made of; see causes
    gist = StringField()
    service = StringField()
    attempts = IntField()  # how often it was replayed to come here; absent: never
    origin = BinaryField()  # the dead letter that was replayed to come here
    origin_index = IntField()  # which entry of it
    state = StringField()  # absent = open; claimed, replayed, discarded
    replay = DictField()  # see replay.claims
    discard = DictField()  # at, by, reason

    meta = {
        "collection": "dead_letters",
        "auto_create_index": False,
        "indexes": [
            "-received",
            ("code", "-received"),
            ("state", "cause", "_id"),  # groups, and the letters of one
            ("cause", "_id"),
            ("replay.job", "state"),  # progress, and what a killed job has claimed
            "origin",
            "at",  # retention
        ],
    }


class Day(Document):
    """A day collection: there, or dropped for good."""

    id = StringField(primary_key=True)  # YYYYMMDD
    dropped = DateTimeField()  # from then on nothing may be added to it
    gone = BooleanField()  # its entries and blocks were deleted

    meta = {"collection": "days", "auto_create_index": False}


class Clock(Document):
    """The data clock: everything acknowledged before `complete_to` is visible."""

    id = StringField(primary_key=True)
    complete_to = DateTimeField()
    at = DateTimeField()
    partitions = ListField(DictField())
    holds = ListField(StringField())
    reasons = ListField(DictField())  # the same for programs; see kafka.watch.holds
    warnings = ListField(StringField())

    meta = {"collection": "clock", "auto_create_index": False}


class LedgerMinute(Document):
    """One minute of append time, and what became of its offsets; see ledger.balance."""

    id = DateTimeField(primary_key=True)
    at = DateTimeField()
    closed = BooleanField()  # all of it was visible when it was judged
    final = BooleanField()  # nobody looks at it again
    offsets = IntField()
    partitions = ListField(DictField())
    states = DictField()
    services = ListField()
    remainder = IntField()
    gaps = ListField()
    acknowledged = IntField()
    tokens = DictField()
    excess = IntField()

    meta = {
        "collection": "ledger",
        "auto_create_index": False,
        "indexes": [("closed", "final")],
    }


class EdgeMinute(Document):
    """What one web process had acknowledged, and what had come to it, by token.

    Acknowledged is of this minute of append time, what came of this minute of the
    process's own clock. Either may be missing.
    """

    id = StringField(primary_key=True)  # process/minute
    minute = DateTimeField()
    tokens = DictField()  # entries acknowledged
    accepted = IntField()  # their sum
    offered = DictField()  # entries of requests that were read
    rejected = DictField()  # of these, not accepted one by one
    refused = ListField(ListField())  # requests: [token or "", status, code, count]

    meta = {
        "collection": "edge_minutes",
        "auto_create_index": False,
        "indexes": ["minute"],
    }


class ExportPiece(Document):
    """Some bytes of an exported file; see export.pieces."""

    id = StringField(primary_key=True)
    export = IntField()
    data = BinaryField()

    meta = {
        "collection": "export_pieces",
        "auto_create_index": False,
        "indexes": ["export"],
    }


class KafkaSnapshot(Document):
    """One look at the cluster; see kafka.shapes. Its time is its id."""

    id = DateTimeField(primary_key=True)
    cluster_id = StringField()
    controller = IntField()
    brokers = ListField(DictField())
    topics = ListField(DictField())
    groups = ListField(DictField())
    problems = ListField(StringField())

    meta = {"collection": "kafka_snapshots", "auto_create_index": False}


DOCUMENTS = (
    *(Block, Head, DeadLetter, Day, Clock),
    *(LedgerMinute, EdgeMinute, KafkaSnapshot, ExportPiece),
)


def ensure_collections(
    db: Database[Plain], documents: tuple[type[Document], ...] = DOCUMENTS
) -> None:
    """Create what is missing of the collections and their indexes; safe to repeat."""
    for document in documents:
        name = document._meta["collection"]
        try:
            db.create_collection(name, check_exists=False)
        except OperationFailure as error:
            if error.code != NAMESPACE_EXISTS:
                raise
        for index in document._meta["index_specs"]:
            options = {key: value for key, value in index.items() if key != "fields"}
            db[name].create_index(index["fields"], **options)
