"""Boot checks: settings that cannot work are said at the start, with a remedy."""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.uri_parser import parse_uri

MIN_SECRET_CHARS: Final = 32
_BROKER: Final = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


@register
def check_settings(**_: Any) -> list[CheckMessage]:
    return [
        *check_brokers(settings.KAFKA_BROKERS),
        *check_topic(settings.LOG_TOPIC),
        *check_mongo_url(settings.MONGO_URL),
        *check_secret(settings.SECRET_KEY),
        *check_public_url(settings.PUBLIC_URL),
    ]


def check_brokers(brokers: str) -> list[CheckMessage]:
    wrong = [b for b in brokers.split(",") if not _BROKER.fullmatch(b.strip())]
    return [
        Error(
            f"KAFKA_BROKERS: {broker.strip()!r} is no address of a broker.",
            hint="Use host:port; several are separated by commas.",
            id="ingest.E001",
        )
        for broker in wrong
    ]


def check_topic(topic: str) -> list[CheckMessage]:
    if _TOPIC.fullmatch(topic) and topic not in (".", ".."):
        return []
    return [
        Error(
            f"LOG_TOPIC: {topic!r} cannot be the name of a topic.",
            hint="Use up to 249 letters, digits, dots, underscores and dashes.",
            id="ingest.E002",
        )
    ]


def check_mongo_url(url: str) -> list[CheckMessage]:
    if url.startswith("mongodb+srv://"):
        return []  # reading it would ask the name server
    try:
        options = parse_uri(url, warn=False)["options"]
    except (InvalidURI, ConfigurationError, ValueError) as error:
        hint = "Use mongodb://host:27017/logsite?replicaSet=NAME"
        return [Error(f"MONGO_URL: {error}", hint=hint, id="ingest.E003")]
    if "replicaSet" in options:
        return []
    return [
        Warning(
            "MONGO_URL names no replica set.",
            hint="Without `?replicaSet=NAME` a failover of MongoDB is not followed.",
            id="ingest.W001",
        )
    ]


def check_secret(secret: str) -> list[CheckMessage]:
    if len(secret) >= MIN_SECRET_CHARS:
        return []
    return [
        Error(
            "SECRET_KEY is too short: it signs sessions and receipts.",
            hint=f"Use {MIN_SECRET_CHARS} or more: `openssl rand -base64 48` gives 64.",
            id="ingest.E004",
        )
    ]


def check_public_url(url: str) -> list[CheckMessage]:
    if re.fullmatch(r"https?://[^/\s]+", url):
        return []
    return [
        Error(
            f"PUBLIC_URL: {url!r} is no address of a site.",
            hint="Use scheme and host without a path: https://logs.example.org",
            id="ingest.E005",
        )
    ]
