"""Addresses of the search page and of its parts."""

from __future__ import annotations

from django.urls import path, re_path

from logsite.search import views

urlpatterns = [
    path("", views.search_page, name="search"),
    path("rows", views.more_rows, name="search-rows"),
    path("histogram", views.histogram_data, name="search-histogram"),
    path("status", views.status, name="status"),
    re_path(r"^entries/(?P<entry_id>[0-9a-f]{32})$", views.entry_page, name="entry"),
]
