"""Addresses of the settings pages."""

from __future__ import annotations

from django.urls import path

from logsite.administration import tokens_page
from logsite.administration.audit_page import audit
from logsite.administration.hub import hub

urlpatterns = [
    path("settings", hub, name="settings"),
    path("settings/tokens", tokens_page.all_tokens, name="settings-tokens"),
    path("settings/tokens/new", tokens_page.new_token, name="settings-new-token"),
    path(
        "settings/tokens/<int:token_id>", tokens_page.token_page, name="settings-token"
    ),
    path(
        "settings/tokens/<int:token_id>/revoke",
        tokens_page.revoke_token,
        name="settings-revoke-token",
    ),
    path("settings/audit", audit, name="settings-audit"),
]
