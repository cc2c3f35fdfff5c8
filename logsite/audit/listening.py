"""What others announce and the audit trail takes down: logins, commands, the admin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.core.cache import cache
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest
from redis.exceptions import RedisError

from ingest.management.deeds import changed
from logsite.audit.actors import Actor, address_of
from logsite.audit.models import AuditEntry, Kind
from logsite.audit.recording import record
from logsite.tables import has_table

STRANGE_EVERY_S: Final = 300  # failed logins with unknown names, of one address
_NAMES: Final = {"group": "user_group"}  # a group of Kafka is something else
_DONE: Final = {ADDITION: "create", CHANGE: "change", DELETION: "delete"}


@receiver(user_logged_in)
def logged_in(request: HttpRequest, user: AbstractUser, **_: Any) -> None:
    record(_person(user, request), "login")


@receiver(user_logged_out)
def logged_out(request: HttpRequest, user: AbstractUser | None, **_: Any) -> None:
    if user is not None:
        record(_person(user, request), "logout")


@receiver(user_login_failed)
def login_failed(
    credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Only names that exist: what strangers type there may be somebody's password."""
    name = str(credentials.get("username") or "")
    known = get_user_model().objects.filter(username=name).exists()
    address = address_of(request) if request else ""
    if not (known or _is_first_of(address)):
        return
    actor = Actor(Kind.USER, name if known else "", address)
    record(actor, "login.failed", detail={"known_name": known})


@receiver(changed)
def commanded(action: str, target: str, detail: Mapping[str, Any], **_: Any) -> None:
    """Commands on Kafka and MongoDB also run where no site is."""
    if has_table(AuditEntry):
        record(Actor.command(), action, target, detail)


@receiver(post_save, sender=LogEntry)
def administered(instance: LogEntry, created: bool, **_: Any) -> None:
    """A change on the pages of /admin, by the name that it has elsewhere."""
    if not created:
        return
    model = instance.content_type.model if instance.content_type else "unknown"
    action = f"{_NAMES.get(model, model)}.{_DONE[instance.action_flag]}"
    fields = _fields(instance.change_message)
    actor = Actor(Kind.USER, instance.user.get_username())
    record(actor, action, instance.object_repr, {"page": "admin", **fields})


def _is_first_of(address: str) -> bool:
    """Strangers who guess names must not fill the trail: of each one in a while."""
    try:
        return cache.add(f"strange-login:{address}", 1, STRANGE_EVERY_S)
    except RedisError:
        return True


def _fields(message: str) -> dict[str, Any]:
    """The names of what was changed; values are not in it."""
    try:
        said = json.loads(message or "[]")
    except ValueError:  # a text, as the page that sets a password writes it
        return {"message": message}
    fields = [name for one in said for name in one.get("changed", {}).get("fields", ())]
    return {"fields": fields} if fields else {}


def _person(user: AbstractUser, request: HttpRequest) -> Actor:
    return Actor(Kind.USER, user.get_username(), address_of(request))
