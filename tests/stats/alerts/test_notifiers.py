"""Targets: which there are, where they may be, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from ipaddress import ip_address
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from pytest_django import Settings

from logsite.embedded import ports
from stats.alerts.notifiers import check_target
from stats.alerts.notifiers.base import BadTarget, Notice, NotifyError
from stats.alerts.notifiers.destination import is_public, resolve
from stats.alerts.notifiers.email import EmailNotifier
from stats.alerts.notifiers.webhook import WebhookNotifier
from tests.parts import FIRST_PORT
from tests.stats.alerts.receiver import Receiver

NOTICE = Notice("[firing] Payments fail", "60 % of 40 entries", {"event": "opened"})


class Mailbox(MessageHandler):
    """Mails that came."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    box = Mailbox()
    port = ports.next_free(FIRST_PORT, ())
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_URL = f"mailto://localhost:{port}/?from=logsite@example.com"
    yield box
    controller.stop()


@pytest.mark.parametrize(
    "target", ["https://example.com/hook?key=1", "mailto:ops@example.com"]
)
def test_it_knows_web_and_mail_addresses(target: str) -> None:
    check_target(target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "ops@example.com",
        "ftp://example.com",
        "https://",
        "mailto:nobody",
        "file:/x",
    ],
)
def test_it_refuses_what_cannot_be_told(target: str) -> None:
    with pytest.raises(BadTarget):
        check_target(target)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "::1", "fe80::1", "fd00::1"),
        *("::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"),
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_other_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_name_of_a_private_address_is_refused() -> None:
    with pytest.raises(NotifyError, match="private address") as refused:
        resolve("localhost", 80, allow_private=False)

    assert refused.value.permanent


def test_a_webhook_stays_out_of_the_private_network(
    receiver: Receiver, settings: Settings
) -> None:
    settings.ALERT_ALLOW_PRIVATE = False

    with pytest.raises(NotifyError, match="ALERT_ALLOW_PRIVATE"):
        WebhookNotifier().send(receiver.url, NOTICE)

    assert receiver.bodies == []


def test_a_webhook_does_not_follow_where_it_is_sent(receiver: Receiver) -> None:
    receiver.answers = [307]

    with pytest.raises(NotifyError, match="answered 307"):
        WebhookNotifier().send(receiver.url, NOTICE)

    assert len(receiver.bodies) == 1


def test_a_webhook_asks_for_the_name_not_for_the_address(receiver: Receiver) -> None:
    named = receiver.url.replace("127.0.0.1", "localhost")

    WebhookNotifier().send(named, NOTICE)

    assert receiver.headers[0]["Host"] == named.split("/")[2]


def test_a_receiver_that_is_away_may_be_back_later(receiver: Receiver) -> None:
    with pytest.raises(NotifyError) as failed:
        WebhookNotifier().send("http://127.0.0.1:1/", NOTICE)

    assert not failed.value.permanent


def test_an_e_mail_has_title_and_text(mailbox: Mailbox) -> None:
    EmailNotifier().send("mailto:ops@example.com", NOTICE)

    mail: Any = mailbox.mails[0]
    assert mail["To"] == "ops@example.com"
    assert mail["From"] == "logsite@example.com"
    assert "Payments fail" in str(mail["Subject"])
    text = next(part for part in mail.walk() if not part.is_multipart())
    assert b"60 % of 40 entries" in text.get_payload(decode=True)


def test_without_a_mail_server_it_says_what_is_missing(
    settings: Settings,
) -> None:
    settings.MAIL_URL = ""

    with pytest.raises(NotifyError, match="MAIL_URL is not set"):
        EmailNotifier().send("mailto:ops@example.com", NOTICE)


def test_a_mail_server_that_is_away_is_told_with_the_reason(
    settings: Settings,
) -> None:
    settings.MAIL_URL = "mailto://localhost:1/?from=logsite@example.com"

    with pytest.raises(NotifyError, match=r".+"):
        EmailNotifier().send("mailto:ops@example.com", NOTICE)
