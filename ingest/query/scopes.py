"""Whose entries stand around one entry: of its instance, service, trace, or all.

The key of a message is its source, so the entries of one source are in one partition,
in the order in which they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from ingest.entry import instance_of
from ingest.query.fields import TRACE_FIELDS
from ingest.query.page import Item
from ingest.query.plan import Conditions
from ingest.query.tree import (
    EVERYTHING,
    METADATA,
    NUMBER,
    Equal,
    Has,
    Node,
    Words,
    any_of,
)

REQUEST_FIELDS: Final = (
    *("request_id", "requestId", "requestID", "requestid", "request.id"),
    *("x-request-id", "x_request_id", "correlation_id", "correlationId"),
)
INSTANCE_FIELDS: Final = ("instance", "host", "pod")


class Scope(StrEnum):
    """The nearest company first."""

    INSTANCE = "instance"
    SERVICE = "service"
    TRACE = "trace"
    REQUEST = "request"
    ALL = "all"


@dataclass(frozen=True)
class Company:
    """Which entries belong together.

    Services and tree ask a search for the same; the conditions are for MongoDB, and
    the source has the last word where there is one.
    """

    name: str = ""  # of what they have in common
    services: tuple[str, ...] = ()
    tree: Node = EVERYTHING
    value: str = ""  # that all of them have somewhere in their metadata
    conditions: Conditions = field(default_factory=dict)
    source: tuple[str, str] | None = None  # service and instance
    partition: int | None = None  # of which it is written, if that is all we know

    @property
    def needed(self) -> Node:
        """What leaves out blocks: for less than the tree with all its fields."""
        return Has((METADATA,), Equal(self.value)) if self.value else EVERYTHING

    def holds(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry that fulfils the conditions is one of them."""
        if self.source is None:
            return True
        return source_of(entry["service"], entry.get("metadata") or {}) == self.source


def source_of(service: str, metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Who wrote an entry, as far as it says so itself."""
    return service, str(instance_of(metadata) or "")


def companies(entry: Item) -> dict[Scope, Company]:
    """The scopes that an entry has."""
    found = {Scope.INSTANCE: _of_instance(entry), Scope.SERVICE: _of_service(entry)}
    for scope, names in ((Scope.TRACE, TRACE_FIELDS), (Scope.REQUEST, REQUEST_FIELDS)):
        if value := _first(entry.metadata, names):
            found[scope] = _with_value(names, value)
    return {**found, Scope.ALL: Company()}


def _of_service(entry: Item) -> Company:
    conditions = {"service": {"$eq": entry.service}}
    return Company(entry.service, (entry.service,), conditions=conditions)


def _of_instance(entry: Item) -> Company:
    whole = replace(_of_service(entry), source=source_of(entry.service, entry.metadata))
    value = instance_of(entry.metadata)
    whole = replace(whole, name=str(value or ""))
    if not value:
        # Its key was the sender's token: what it wrote is in one partition.
        partition = int.from_bytes(bytes.fromhex(entry.id)[4:8], "big")
        return replace(whole, partition=partition)
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return whole  # a number and its text name the same source
    named = _with_value(INSTANCE_FIELDS, value)
    conditions = {**whole.conditions, **named.conditions}
    return replace(whole, tree=named.tree, value=value, conditions=conditions)


def _with_value(names: tuple[str, ...], value: str) -> Company:
    """Entries with the same value in one of the fields."""
    paths = [(METADATA, *name.split(".")) for name in names]
    equal = [{".".join(path): {"$eq": value}} for path in paths]
    tree = any_of(Has(path, Equal(value)) for path in paths)
    return Company(value, tree=tree, value=value, conditions={"$or": equal})


def _first(metadata: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of the fields that holds a text with a word in it."""
    for name in names:
        value: Any = metadata
        for key in name.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, str) and Words.of(value).runs:
            return value
    return ""
