"""Where the sending commands send to: their options, else the stack that runs."""

from __future__ import annotations

import os
from argparse import ArgumentParser

from django.conf import settings

DEMO_TOKEN = "demo_token"  # the file that `up` writes for its own senders


def add_receiver(parser: ArgumentParser) -> None:
    parser.add_argument("--url", help="default: LOGSITE_URL, else the running stack")
    parser.add_argument("--token", help="default: LOGSITE_TOKEN, else the demo token")


def receiver_url(option: str | None) -> str:
    return option or os.environ.get("LOGSITE_URL") or str(settings.PUBLIC_URL)


def receiver_token(option: str | None) -> str:
    token = option or os.environ.get("LOGSITE_TOKEN")
    if token:
        return token
    try:
        return (settings.DATA_DIR / DEMO_TOKEN).read_text().strip()
    except FileNotFoundError:
        return ""
