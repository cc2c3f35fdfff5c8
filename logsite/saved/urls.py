"""Addresses of short links, saved searches and the history."""

from __future__ import annotations

from django.urls import path

from logsite.saved import naming, views

urlpatterns = [
    path("s/<slug:code>", views.follow, name="short-link"),
    path("searches", views.all_searches, name="saved-searches"),
    path("searches/menu", views.menu, name="saved-menu"),
    path("searches/name", naming.name_search, name="saved-name"),
    path("searches/past", views.note_search, name="saved-note"),
    path("searches/forget", views.forget_searches, name="saved-forget"),
    path("searches/<int:search_id>", views.open_search, name="saved-open"),
    path("searches/<int:search_id>/edit", naming.edit_search, name="saved-edit"),
    path("searches/<int:search_id>/delete", naming.delete_search, name="saved-delete"),
]
