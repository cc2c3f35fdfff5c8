"""Django's handle on accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "logsite.accounts"
    label = "accounts"
