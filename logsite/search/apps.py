"""Django's handle on the search page."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "logsite.search"
    label = "search"
