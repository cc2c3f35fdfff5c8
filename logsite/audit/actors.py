"""Who does something: a person, a token, somebody at the command line, or nobody."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.http import HttpRequest

from ingest.edge.addresses import client_address
from ingest.edge.auth import Grant
from logsite.audit.models import Kind


@dataclass(frozen=True)
class Actor:
    """`address` is where from: of a request its client, of a command the machine."""

    kind: Kind
    name: str
    address: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Who sent a request: the token that it came with, else the person."""
        who: Any = getattr(request, "auth", None)
        if isinstance(who, Grant):
            return cls(Kind.TOKEN, who.name, address_of(request))
        return cls(Kind.USER, request.user.get_username(), address_of(request))

    @classmethod
    def command(cls) -> Self:
        """Whoever runs this process, as the operating system knows them."""
        return cls(Kind.COMMAND, _os_user(), socket.gethostname())

    @classmethod
    def system(cls) -> Self:
        return cls(Kind.SYSTEM, "logsite")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def label(self) -> str:
        """For people: what goes without saying is left out."""
        return self.name if self.kind in (Kind.USER, Kind.SYSTEM) else str(self)


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, through the proxies of TRUSTED_PROXIES."""
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "")
    return client_address(peer, forwarded, settings.TRUSTED_PROXIES)


def _os_user() -> str:
    """Not by LOGNAME or USER, which anybody sets as they like."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # in a container that runs as a number
        return f"uid {number}"
