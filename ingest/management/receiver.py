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


def no_stack_hint(option: str | None) -> str:
    """What to do if nobody answers, where the address is only the usual one."""
    # The state file of a running stack sets PUBLIC_URL, as people may.
    if option or os.environ.get("LOGSITE_URL") or os.environ.get("PUBLIC_URL"):
        return ""
    return (
        f"No stack is known in {settings.DATA_DIR}. If it was started with "
        "--data DIR, set LOGSITE_DATA=DIR; if it is elsewhere, give --url."
    )


def receiver_token(option: str | None) -> str:
    token = option or os.environ.get("LOGSITE_TOKEN")
    if token:
        return token
    try:
        return (settings.DATA_DIR / DEMO_TOKEN).read_text().strip()
    except FileNotFoundError:
        return ""
