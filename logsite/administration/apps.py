"""Django's handle on the settings pages: their template tags."""

from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "logsite.administration"
    label = "administration"
