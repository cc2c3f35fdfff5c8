"""Addresses of the search page and of its parts."""

from __future__ import annotations

from django.urls import path, re_path

from logsite.search import around, counts, grouping, refine, streams, views

ENTRY = r"entries/(?P<entry_id>[0-9a-f]{32})"

urlpatterns = [
    path("", views.search_page, name="search"),
    path("rows", views.more_rows, name="search-rows"),
    path("stream", streams.search_stream, name="search-stream"),
    path("counts", counts.counts_stream, name="search-counts"),
    path("histogram", views.histogram_data, name="search-histogram"),
    path("refined", refine.refine, name="search-refined"),
    path("patterns", grouping.patterns_part, name="search-patterns"),
    path("status", views.status, name="status"),
    re_path(f"^{ENTRY}$", views.entry_page, name="entry"),
    re_path(f"^{ENTRY}/context$", around.context_page, name="entry-context"),
    re_path(
        f"^{ENTRY}/context/(?P<side>before|after)$",
        around.context_more,
        name="entry-context-more",
    ),
]
