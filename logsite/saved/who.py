"""On whose behalf searches are kept: a person, or a token that has none of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest

from ingest.edge.auth import Grant
from logsite.accounts.models import Scope, User
from logsite.audit.actors import Actor

CHANGE_SHARED: Final = "saved.change_savedsearch"


@dataclass(frozen=True)
class Who:
    """`keeps_shared`: may change what others have shared."""

    person: User | None
    keeps_shared: bool
    actor: Actor

    @classmethod
    def of(cls, request: HttpRequest) -> Who:
        auth: Any = getattr(request, "auth", None)
        if isinstance(auth, Grant):
            return cls(None, Scope.ADMIN in auth.scopes, Actor.of(request))
        person = request.user
        assert isinstance(person, User)
        return cls(person, person.has_perm(CHANGE_SHARED), Actor.of(request))
