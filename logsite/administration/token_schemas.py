"""What the API of tokens takes and answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from logsite.accounts.forms import MAX_SERVICE_LENGTH, MAX_SERVICES
from logsite.accounts.models import Scope
from logsite.accounts.sizes import MOST
from logsite.parameters import Parameters
from logsite.search.schemas import Time

_SITE: Final = "0: any; null: as the site says"
Service = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_SERVICE_LENGTH
    ),
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)
]
Entries = Annotated[int, Field(ge=0, lt=2**31)]
Size = Annotated[int, Field(ge=0, le=MOST)]


class TokensIn(Parameters):
    revoked: bool = Field(False, description="also those that were revoked")


class TokenIn(Schema):
    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: list[Scope] = Field(min_length=1)
    services: list[Service] = Field(
        [], description="that it may write; none: any", max_length=MAX_SERVICES
    )
    rate_entries: Entries | None = Field(None, description=f"a second; {_SITE}")
    rate_bytes: Size | None = Field(None, description=f"a second; {_SITE}")
    bytes_per_day: Size | None = Field(None, description=f"on a UTC day; {_SITE}")


class TokenChangeIn(Schema):
    """What is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    scopes: list[Scope] = Field([], min_length=1)
    services: list[Service] = Field([], max_length=MAX_SERVICES)
    rate_entries: Entries | None = None
    rate_bytes: Size | None = None
    bytes_per_day: Size | None = None

    def changes(self) -> dict[str, Any]:
        return self.dict(exclude_unset=True)


class SenderOut(Schema):
    address: str
    agent: str = Field(description="User-Agent, cut")
    first: Time
    last: Time


class TokenOut(Schema):
    id: int
    name: str
    prefix: str = Field(description="how its text begins")
    scopes: list[str]
    services: list[str]
    rate_entries: int | None
    rate_bytes: int | None
    bytes_per_day: int | None
    bytes_today: int = Field(description="acknowledged on this UTC day")
    created: Time
    created_by: str = Field(description="empty: not known")
    last_used: Time | None
    revoked: Time | None


class OneTokenOut(TokenOut):
    senders: list[SenderOut] = Field(description="the newest, at most 20")


class TokensOut(Schema):
    tokens: list[TokenOut]


class TokenMadeOut(OneTokenOut):
    token: str = Field(description="its text; it is never shown again")
