"""Addresses of the dead letters' pages."""

from __future__ import annotations

from django.urls import path

from logsite.deadletters import letter_page, replay_page, views

HERE = "pipeline/dead-letters"

urlpatterns = [
    path(HERE, views.overview, name="dead-letters"),
    path(f"{HERE}/groups/<cause>", views.group_page, name="dead-group"),
    path(f"{HERE}/letters/<name>", letter_page.letter_page, name="dead-letter"),
    path(f"{HERE}/replays/<int:job>", replay_page.replay_page, name="dead-replay"),
    path(f"{HERE}/replays/<int:job>/cancel", replay_page.cancel, name="dead-cancel"),
]
