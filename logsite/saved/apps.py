"""Django's handle on what people keep of their searches."""

from __future__ import annotations

from django.apps import AppConfig


class SavedConfig(AppConfig):
    name = "logsite.saved"
    label = "saved"
