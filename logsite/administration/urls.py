"""Addresses of the settings pages."""

from __future__ import annotations

from django.urls import path

from logsite.administration.audit_page import audit
from logsite.administration.hub import hub

urlpatterns = [
    path("settings", hub, name="settings"),
    path("settings/audit", audit, name="settings-audit"),
]
