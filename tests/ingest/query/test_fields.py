"""Conditions on one field."""

from __future__ import annotations

import pytest

from ingest.entry import LEVELS
from ingest.errors import QueryError
from ingest.query.grammar import parse
from ingest.query.tree import (
    ANY,
    MESSAGE,
    SERVICE,
    Between,
    Compare,
    Equal,
    Exists,
    Glob,
    Has,
    Id,
    Levels,
    Node,
    Or,
    Regex,
    Test,
    Words,
)

ID = "5d1c09ae000000020000000000012f3a"


def read(text: str) -> Node:
    return parse(text).tree


def host(test: Test) -> Has:
    return Has(("metadata", "host"), test)


def test_a_name_is_a_field_of_the_metadata() -> None:
    assert read("host:web-2") == host(Words.of("web-2"))
    assert read('host:"web 2"') == host(Words.of("web 2"))
    assert read("metadata.host:web-2") == read("host:web-2")
    assert read("http.status:200") == Has(
        ("metadata", "http", "status"), Words.of("200")
    )


def test_the_message_is_a_field() -> None:
    assert read("message:failed") == Has(MESSAGE, Words.of("failed"))
    assert read("metadata.message:a") == Has(("metadata", "message"), Words.of("a"))


def test_a_service_is_compared_whole() -> None:
    assert read("service:Auth-Service") == Has(SERVICE, Equal("Auth-Service"))
    assert read("service:auth*") == Has(SERVICE, Glob(("auth", "")))


@pytest.mark.parametrize(
    ("asked", "levels"),
    [
        ("error", ("ERROR",)),
        ("Warning", ("WARN",)),
        (">=warn", ("WARN", "ERROR", "FATAL")),
        (">warn", ("ERROR", "FATAL")),
        ("<debug", ("TRACE",)),
        ("<=DEBUG", ("TRACE", "DEBUG")),
        ("info..error", ("INFO", "WARN", "ERROR")),
        ("*", LEVELS),
    ],
)
def test_levels_have_an_order(asked: str, levels: tuple[str, ...]) -> None:
    assert read(f"level:{asked}") == Levels(asked, levels)


def test_numbers_are_compared() -> None:
    assert read("host:>5") == host(Compare(">", 5))
    assert read("host:<=-1.5") == host(Compare("<=", -1.5))
    assert read("host:1..2e3") == host(Between(1, 2000.0))


@pytest.mark.parametrize("value", ["a..b", "5...", "../5a", "1.2.3..x"])
def test_dots_without_a_number_at_an_end_are_text(value: str) -> None:
    assert read(f"host:{value}") == host(Words.of(value))


def test_a_value_may_be_asked_for_whole() -> None:
    assert read("host:=web-2") == host(Equal("web-2"))
    assert read('host:="a \\"b\\""') == host(Equal('a "b"'))
    assert read('host:=""') == host(Equal(""))


def test_a_star_asks_whether_there_is_a_value() -> None:
    assert read("host:*") == host(Exists())


def test_expressions_and_wildcards_are_asked_of_one_field_too() -> None:
    assert read("host:/^web-\\d$/i") == host(Regex("^web-\\d$", True))
    assert read("host:web*2") == host(Glob(("web", "2")))
    assert read("host:/var/log") == host(Words.of("var log"))


def test_a_field_may_have_one_of_several_values() -> None:
    assert read('host:(web-1 OR "web 2" OR =x)') == read(
        'host:web-1 OR host:"web 2" OR host:=x'
    )
    assert read("-level:( warn OR >error ) x") == read(
        "-(level:warn OR level:>error) x"
    )
    assert read("service:(a OR b*)") == read("service:a OR service:b*")
    assert read("(host:(a OR b) OR c)") == read("host:a OR host:b OR c")


def test_an_id_means_one_entry() -> None:
    assert read(f"id:{ID.upper()}") == Id(ID)


def test_a_trace_is_found_by_the_usual_names() -> None:
    found = read("trace:4bf9")

    assert isinstance(found, Or)
    paths = [node.path for node in found.nodes if isinstance(node, Has)]
    assert ("metadata", "trace_id") in paths
    assert ("metadata", "trace", "id") in paths


@pytest.mark.parametrize(
    "text",
    [
        *("http://x:80/y", "10:00:01", "a::b", "C:\\temp", "error: text", "error:"),
        *('"host:web"', r"host\:web", "(host):x", "-host\\:x", "host:!", "error:(5)"),
        *("level: set", "at service: api", "message-level:"),
    ],
)
def test_what_only_looks_like_a_field_is_text(text: str) -> None:
    node = read(text)

    assert "'metadata'" not in str(node)
    assert str(ANY) in str(node)


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("x level:wran", "query_level", 8),
        ("level:>", "query_level", 6),
        ("x level:>>warn", "query_level", 9),
        ("level:=warn", "query_level", 6),
        ("level:", "query_value", 5),
        ("x service: ", "query_value", 10),
        ("level:warn..x", "query_level", 6),
        ('host:"web', "query_quote", 5),
        ('host:=x host:="web', "query_quote", 14),
        ('host:""', "query_value", 5),
        ("host:=", "query_value", 5),
        ("message:!", "query_value", 8),
        ("x host:>abc", "query_number", 7),
        ("host:>", "query_number", 5),
        ("host:abc..5", "query_number", 5),
        ("x host:5..abc", "query_number", 8),
        ("host:5..", "query_number", 6),
        ("host:>1e999", "query_number", 5),
        ("x host:(a OR b", "query_field", 7),
        ("host:(a b OR c)", "query_field", 5),
        ("host:(a OR )", "query_field", 5),
        ("host:(a OR b ORx)", "query_field", 5),
        ("level:(warn error)", "query_field", 6),
        ("level:(warn OR eror!)", "query_level", 15),
        ("service:>5", "query_field", 8),
        ("id:123", "query_id", 3),
        ("timestamp:>2026", "query_field", 10),
        ("host:/a(/", "query_regex", 6),
    ],
)
def test_a_refusal_points_at_the_value(text: str, code: str, position: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert (refused.value.code, refused.value.position) == (code, position)
