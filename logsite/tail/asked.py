"""What a socket asks for: in its address, and in the messages it sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

import msgspec
from pydantic import ValidationError

from ingest.errors import QueryError
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from logsite.search.api import filter_of
from logsite.search.schemas import FilterIn

PARAMETERS: Final = ("q", "service", "level", "cursor")


class FilterMessage(msgspec.Struct, tag_field="type", tag="filter"):
    """Another filter for the same socket."""

    q: str = ""
    service: list[str] = []
    level: list[str] = []


class PauseMessage(msgspec.Struct, tag_field="type", tag="pause"):
    """Send no entries for now; they wait, or are counted."""


class ResumeMessage(msgspec.Struct, tag_field="type", tag="resume"):
    """Send them again; of those that wait only so many, the newest."""

    newest: Annotated[int, msgspec.Meta(ge=0)] | None = None


ClientMessage = FilterMessage | PauseMessage | ResumeMessage
_decoder: Final[msgspec.json.Decoder[ClientMessage]] = msgspec.json.Decoder(
    ClientMessage
)


def asked_in(query_string: bytes) -> tuple[LogFilter, str]:
    """The filter and the cursor of an address; QueryError if they make no sense."""
    given = parse_qs(query_string.decode("latin-1"), keep_blank_values=True)
    for name in given:
        if name not in PARAMETERS:
            raise QueryError(
                "unknown_parameter",
                f"There is no parameter {name[:80]!r}.",
                f"Use {', '.join(PARAMETERS)}.",
            )
    return tail_filter(given), given.get("cursor", [""])[-1]


def tail_filter(given: Mapping[str, Any]) -> LogFilter:
    """The filter of words, services and levels; its text is read to be sure."""
    texts = given.get("q") or [""]
    services, levels = given.get("service", []), given.get("level", [])
    try:
        asked = FilterIn.model_validate(
            {"q": texts[-1], "service": services, "level": levels}
        )
    except ValidationError as error:
        raise QueryError("invalid_parameter", error.errors()[0]["msg"]) from None
    log_filter = filter_of(asked, datetime.now(UTC))
    parse(log_filter.text)
    return log_filter


def read_message(text: str) -> ClientMessage:
    """A message of the client; QueryError if it is none."""
    try:
        return _decoder.decode(text)
    except msgspec.MsgspecError as error:
        hint = "Send filter, pause or resume."
        raise QueryError("bad_message", f"{error}.", hint) from None
