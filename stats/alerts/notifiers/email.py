"""Tells people by e-mail, through apprise and the server that MAIL_URL names."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from stats.alerts.notifiers.base import BadTarget, Notice, NotifyError

SCHEME: Final = "mailto:"


class EmailNotifier:
    """mailto:ops@example.com"""

    schemes = ("mailto",)

    def check(self, target: str) -> None:
        try:
            validate_email(_address(target))
        except ValidationError as error:
            raise BadTarget("This is no e-mail address.") from error

    def send(self, target: str, notice: Notice) -> None:
        # Imported here: apprise brings all its services, and no other process mails.
        from apprise import LogCapture

        mailer = _mailer(_address(target))
        with LogCapture(level=logging.WARNING) as said:
            if not mailer.notify(body=notice.text, title=notice.title):
                raise NotifyError(said.getvalue().strip() or "The mail was not taken.")


def _address(target: str) -> str:
    return target.removeprefix(SCHEME)


def _mailer(address: str) -> Any:
    from apprise.plugins.email.base import NotifyEmail

    if not settings.MAIL_URL:
        raise NotifyError("MAIL_URL is not set: there is no server for e-mail.")
    parts = NotifyEmail.parse_url(settings.MAIL_URL)
    if parts is None:
        raise NotifyError("MAIL_URL cannot be understood.")
    return NotifyEmail(**{**parts, "targets": [address]})
