"""What becomes of the documents of Elastic's senders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.formats.ecs import fields_of

NESTED: dict[str, Any] = {
    "@timestamp": "2026-03-01T11:59:58.123Z",
    "message": "card declined",
    "log": {"level": "warn", "logger": "billing.cards"},
    "service": {"name": "billing", "version": "4.2"},
    "host": {"name": "pay-2", "hostname": "pay-2", "os": {"family": "debian"}},
}
DOTTED: dict[str, Any] = {
    "@timestamp": "2026-03-01T11:59:58.123Z",
    "message": "card declined",
    "log.level": "warn",
    "log.logger": "billing.cards",
    "service.name": "billing",
    "service.version": "4.2",
    "host.name": "pay-2",
    "host.os.family": "debian",
}


@pytest.mark.parametrize("document", [NESTED, DOTTED])
def test_it_reads_names_with_dots_as_nested_objects(document: dict[str, Any]) -> None:
    fields = fields_of(json.loads(json.dumps(document)))

    assert fields == {
        "timestamp": "2026-03-01T11:59:58.123Z",
        "level": "warn",
        "service": "billing",
        "message": "card declined",
        "metadata": {
            "log": {"logger": "billing.cards"},
            "service": {"version": "4.2"},
            "host": "pay-2",
            "host_details": {"os": {"family": "debian"}},
        },
    }


@pytest.mark.parametrize(
    "document",
    [
        {"log": "disk full\n", "stream": "stderr"},  # Docker, CRI
        {"MESSAGE": "disk full", "stream": "stderr"},  # the journal
        {"msg": "disk full", "stream": "stderr"},
        {"message": "", "msg": "disk full", "stream": "stderr"},
        {"event": {"original": "disk full"}, "stream": "stderr"},
    ],
)
def test_it_finds_the_message_where_senders_put_it(document: dict[str, Any]) -> None:
    fields = fields_of(document)

    assert fields["message"] == "disk full"
    assert fields["metadata"]["stream"] == "stderr"


def test_it_prefers_the_message_to_an_object_of_the_same_name() -> None:
    assert fields_of({"message": {"a": 1}, "msg": "b"})["message"] == "b"
    assert fields_of({"message": {"a": 1}})["message"] == {"a": 1}


def test_it_names_a_service_by_its_container_if_nothing_else_does() -> None:
    fluent_bit = {"log": "a", "kubernetes": {"container_name": "cart"}}
    filebeat = {"message": "a", "kubernetes": {"container": {"name": "cart"}}}
    named = filebeat | {"service": "shop"}

    assert fields_of(fluent_bit)["service"] == "cart"
    assert fields_of(filebeat)["service"] == "cart"
    assert fields_of(named)["service"] == "shop"
    assert filebeat["kubernetes"] == {"container": {"name": "cart"}}


def test_it_leaves_a_dotted_name_whose_place_is_taken() -> None:
    fields = fields_of(
        {"log": "a line", "log.logger": "x", "a..b": 1, "c": 2, "c.d": 3}
    )

    assert fields["message"] == "a line"
    assert fields["metadata"] == {"log.logger": "x", "a..b": 1, "c": 2, "c.d": 3}


def test_it_leaves_a_host_without_a_name_alone() -> None:
    document = {"message": "a", "host": {"ip": ["10.0.0.1"]}}

    assert fields_of(document)["metadata"] == {"host": {"ip": ["10.0.0.1"]}}


NAMES = st.sampled_from(
    [*("message", "log", "msg", "level", "service", "host", "name", "log.level")]
    + [*("host.name", "service.name", "@timestamp", "a", "a.b", "a.b.c", ".", "")]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)


def leaves(value: object) -> list[str]:
    """Every value that is no object, in words."""
    if isinstance(value, dict):
        return sorted(leaf for part in value.values() for leaf in leaves(part))
    return [] if value is None or value == "" else [json.dumps(value)]


@example({"service": False})
@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_it_loses_no_value(document: dict[str, Any]) -> None:
    before = leaves(document)

    fields = fields_of(document)

    # A host's two names are one; a line's end is not part of it.
    assert set(before) <= {*leaves(fields)} | {
        json.dumps(f"{fields['message']}\n"),
    }
