"""Addresses of short links and saved searches."""

from __future__ import annotations

from django.urls import path

from logsite.saved import views

urlpatterns = [
    path("s/<slug:code>", views.follow, name="short-link"),
    path("searches/<int:search_id>", views.open_search, name="saved-open"),
]
