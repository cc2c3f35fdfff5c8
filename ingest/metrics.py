"""Every metric: its name is a type, its line here is its documentation.

Counters end in `_total`; names say their unit and which process has them.
Add up in a loop and tell once: `count("ingest_entries_accepted_total", n)`.
`docs/metrics.md` is made from this file by `python -m scripts.docs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from time import perf_counter
from typing import Final, Literal, NamedTuple

from prometheus_client import (
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    start_http_server,
)


class Spec(NamedTuple):
    """One metric: what it says, and the labels that it has."""

    meaning: str
    labels: tuple[str, ...] = ()


CounterName = Literal[
    "ingest_requests_total",
    "ingest_entries_accepted_total",
    "ingest_entries_rejected_total",
    "ingest_entries_mended_total",
    "ingest_entries_spooled_total",
    "ingest_entries_drained_total",
    "ingest_spool_damaged_bytes_total",
    "ingest_body_bytes_total",
    "ingest_deliveries_failed_total",
    "store_messages_total",
    "store_bytes_total",
    "store_busy_total",
    "store_blocks_finished_total",
    "store_days_dropped_total",
    "store_offsets_lost_total",
    "store_generations_total",
    "ledger_unaccounted_total",
    "rollup_blocks_total",
    "alerts_windows_judged_total",
    "alerts_failed_total",
    "alerts_transitions_total",
    "alerts_deliveries_total",
    "tail_entries_sent_total",
    "tail_entries_skipped_total",
    "replay_letters_total",
    "replay_jobs_total",
    "dead_letters_discarded_total",
    "dead_letters_expired_total",
    "export_jobs_total",
    "export_rows_total",
]
GaugeName = Literal[
    "ingest_kafka_up",
    "ingest_producer_queue_messages",
    "ingest_spool_bytes",
    "store_assigned_partitions",
    "store_lag_messages",
    "store_paused",
    "store_stopped",
    "watch_complete_to_seconds",
    "watch_behind_seconds",
    "watch_holds",
    "watch_clock_skew_seconds",
    "ledger_remainder",
    "ledger_excess",
    "ledger_gaps",
    "ledger_open_minutes",
    "search_turns",
    "tail_sockets",
    "tail_watches",
    "rollup_complete_to_seconds",
    "disk_free_bytes",
    "dead_letters",
]
HistogramName = Literal[
    "ingest_request_seconds",
    "ingest_acknowledge_seconds",
    "store_flush_seconds",
    "store_freshness_seconds",
    "search_seconds",
    "rollup_seconds",
    "kafka_snapshot_seconds",
    "tail_delay_seconds",
]

COUNTERS: Final[dict[CounterName, Spec]] = {
    "ingest_requests_total": Spec(
        "Requests that bring entries, by protocol and HTTP status.",
        ("protocol", "status"),
    ),
    "ingest_entries_accepted_total": Spec(
        "Entries that the brokers acknowledged.", ("protocol",)
    ),
    "ingest_entries_rejected_total": Spec(
        "Entries that were refused, by the code in the answer.", ("protocol", "code")
    ),
    "ingest_entries_mended_total": Spec(
        "Accepted entries that were changed and marked under metadata._logsite.",
        ("protocol",),
    ),
    "ingest_entries_spooled_total": Spec(
        "Entries that were accepted on the word of this machine's disk.",
        ("protocol",),
    ),
    "ingest_entries_drained_total": Spec(
        "Messages of spooled entries that the brokers acknowledged later."
    ),
    "ingest_spool_damaged_bytes_total": Spec(
        "Bytes of spool files that could not be read and were put aside."
    ),
    "ingest_body_bytes_total": Spec(
        "Bytes of request bodies, after decompression.", ("protocol",)
    ),
    "ingest_deliveries_failed_total": Spec(
        "Messages that Kafka did not acknowledge; their request was answered 503."
    ),
    "store_messages_total": Spec(
        "Messages folded, by what became of them: stored, duplicate, dead, void, lost.",
        ("state",),
    ),
    "store_bytes_total": Spec("Bytes of message values that were folded."),
    "store_busy_total": Spec("Times that a write had to wait for MongoDB."),
    "store_blocks_finished_total": Spec("Blocks that were finished."),
    "store_days_dropped_total": Spec("Day collections that retention dropped."),
    "store_offsets_lost_total": Spec(
        "Offsets that Kafka deleted before they were stored."
    ),
    "store_generations_total": Spec(
        "Times that Kafka gave offsets again: log_cut, offset_reused, topic_replaced.",
        ("reason",),
    ),
    "ledger_unaccounted_total": Spec(
        "Offsets that a closed minute has in Kafka but not in blocks, or the other way."
    ),
    "rollup_blocks_total": Spec("Blocks that had gained since the last rollup."),
    "alerts_windows_judged_total": Spec("Windows of rules that were judged."),
    "alerts_failed_total": Spec("Rules that could not be judged because of a bug."),
    "alerts_transitions_total": Spec(
        "Incidents that changed: opened, resolved, switched_off.", ("kind",)
    ),
    "alerts_deliveries_total": Spec(
        "Attempts to tell a target: delivered, failed, given_up.", ("outcome",)
    ),
    "tail_entries_sent_total": Spec("Entries that tails were sent."),
    "tail_entries_skipped_total": Spec(
        "Matches that tails were not sent, as too many came; each was told."
    ),
    "replay_letters_total": Spec(
        "Dead letters that jobs took: sent, fails, unchanged, misfit, guarded, copy, "
        "refused.",
        ("outcome",),
    ),
    "replay_jobs_total": Spec("Replays that ended: done, cancelled.", ("state",)),
    "dead_letters_discarded_total": Spec("Dead letters that somebody gave up."),
    "dead_letters_expired_total": Spec(
        "Dead letters that DEAD_LETTER_DAYS deleted: open, replayed, discarded.",
        ("state",),
    ),
    "export_jobs_total": Spec(
        "Exports that ended: done, cancelled, failed.", ("state",)
    ),
    "export_rows_total": Spec("Entries that exports have written."),
}
GAUGES: Final[dict[GaugeName, Spec]] = {
    "ingest_kafka_up": Spec(
        "1 while Kafka acknowledges, 0 while requests get 503 or are spooled."
    ),
    "ingest_producer_queue_messages": Spec(
        "Messages in the producer's queue, not acknowledged yet."
    ),
    "ingest_spool_bytes": Spec("Bytes that wait in this process's spool."),
    "store_assigned_partitions": Spec("Partitions that this worker has."),
    "store_lag_messages": Spec(
        "Messages between what is stored and the end of a partition.", ("partition",)
    ),
    "store_paused": Spec("1 while the worker waits for MongoDB, else 0."),
    "store_stopped": Spec(
        "1 while a partition stands still because of too many dead letters.",
        ("partition",),
    ),
    "watch_complete_to_seconds": Spec(
        "The data clock, as Unix time: everything acknowledged before it is visible."
    ),
    "watch_behind_seconds": Spec("Now minus the data clock."),
    "watch_holds": Spec("Reasons that hold the data clock back."),
    "watch_clock_skew_seconds": Spec(
        "How far a clock is ahead: mongodb of this machine, brokers of mongodb.",
        ("clock",),
    ),
    "ledger_remainder": Spec(
        "Offsets of the last hour's closed minutes that blocks do not account for."
    ),
    "ledger_excess": Spec(
        "Entries of that hour that the edge acknowledged and Kafka does not have."
    ),
    "ledger_gaps": Spec("Places in that hour where one block does not follow another."),
    "ledger_open_minutes": Spec("Minutes that are over and not yet all visible."),
    "search_turns": Spec(
        "Searches that read much: whose turn it is, and who waits for one.", ("state",)
    ),
    "tail_sockets": Spec("Open sockets of tails."),
    "tail_watches": Spec("Tails that read; with none there is no consumer."),
    "rollup_complete_to_seconds": Spec(
        "Unix time: what was acknowledged before it is in the rollups."
    ),
    "disk_free_bytes": Spec("Free bytes where logsite keeps its data."),
    "dead_letters": Spec(
        "Dead letters that are kept: open, claimed, replayed, discarded.", ("state",)
    ),
}
HISTOGRAMS: Final[dict[HistogramName, Spec]] = {
    "ingest_request_seconds": Spec("From the request's first byte to its answer."),
    "ingest_acknowledge_seconds": Spec(
        "From the first produced message of a request to its last acknowledgement."
    ),
    "store_flush_seconds": Spec("One write of entries, dead letters, block and head."),
    "store_freshness_seconds": Spec(
        "From the broker's append time to visible, of a flush's oldest entry."
    ),
    "search_seconds": Spec("One search, from the API or the page."),
    "rollup_seconds": Spec("One run of the rollups over the blocks that gained."),
    "kafka_snapshot_seconds": Spec("One look at brokers, topics and groups."),
    "tail_delay_seconds": Spec(
        "From the broker's append time to a frame of a tail, of its oldest entry."
    ),
}
BUCKETS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)

# When a counter was made is one more series each, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]


_first_use: Final = Lock()  # two threads that make one meter would be refused


# Made at first use: a process shows no 0 for what it does not measure.
@cache
def _counter(name: CounterName) -> Counter:
    return Counter(name, COUNTERS[name].meaning, COUNTERS[name].labels)


@cache
def _gauge(name: GaugeName) -> Gauge:
    return Gauge(name, GAUGES[name].meaning, GAUGES[name].labels)


@cache
def _histogram(name: HistogramName) -> Histogram:
    spec = HISTOGRAMS[name]
    return Histogram(name, spec.meaning, spec.labels, buckets=BUCKETS)


def count(name: CounterName, n: float = 1, **labels: str) -> None:
    """Add to a counter."""
    with _first_use:
        counter = _counter(name)
    (counter.labels(**labels) if labels else counter).inc(n)


def gauge(name: GaugeName, value: float, **labels: str) -> None:
    """Set what a gauge shows."""
    with _first_use:
        meter = _gauge(name)
    (meter.labels(**labels) if labels else meter).set(value)


def observe(name: HistogramName, seconds: float, **labels: str) -> None:
    """Note one duration."""
    with _first_use:
        histogram = _histogram(name)
    (histogram.labels(**labels) if labels else histogram).observe(seconds)


@contextmanager
def timed(name: HistogramName) -> Iterator[None]:
    """Note how long the body took, whether it went well or not."""
    began = perf_counter()
    try:
        yield
    finally:
        observe(name, perf_counter() - began)


def serve(port: int, host: str = "127.0.0.1") -> None:
    """Serve this process's metrics on a port of its own; 0 means none."""
    if port:
        start_http_server(port, addr=host)
