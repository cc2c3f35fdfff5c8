"""Metric names are a type, and each has a documented line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import get_args

from prometheus_client import REGISTRY

from ingest import metrics


def test_every_name_of_the_types_is_documented_once() -> None:
    assert set(get_args(metrics.CounterName)) == set(metrics.COUNTERS)
    assert set(get_args(metrics.GaugeName)) == set(metrics.GAUGES)
    assert set(get_args(metrics.HistogramName)) == set(metrics.HISTOGRAMS)


def test_names_say_what_they_are() -> None:
    assert all(name.endswith("_total") for name in metrics.COUNTERS)
    assert all(name.endswith("_seconds") for name in metrics.HISTOGRAMS)


def test_it_counts_with_labels() -> None:
    labels = {"protocol": "logs", "status": "202"}
    before = REGISTRY.get_sample_value("ingest_requests_total", labels) or 0

    metrics.count("ingest_requests_total", 3, **labels)

    assert REGISTRY.get_sample_value("ingest_requests_total", labels) == before + 3


def test_it_shows_the_newest_value_of_a_gauge() -> None:
    metrics.gauge("watch_behind_seconds", 9)
    metrics.gauge("watch_behind_seconds", 0.4)

    assert REGISTRY.get_sample_value("watch_behind_seconds") == 0.4


def test_it_notes_durations() -> None:
    before = REGISTRY.get_sample_value("search_seconds_count") or 0

    metrics.observe("search_seconds", 0.02)

    assert REGISTRY.get_sample_value("search_seconds_count") == before + 1


def test_many_threads_may_use_a_metric_for_the_first_time() -> None:
    with ThreadPoolExecutor(8) as threads:
        used = [
            threads.submit(metrics.count, "store_busy_total", 0) for _ in range(100)
        ]

    assert all(future.exception() is None for future in used)
