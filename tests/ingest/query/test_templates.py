"""Templates of messages, and the search texts that find their messages again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.templates import MAX_LENGTH, Templates
from tests.ingest.query.stored import entry_at


def templates_of(*messages: str) -> list[str]:
    templates = Templates()
    found = [templates.of(message) for message in messages]
    return [template.text for template in found]


def finds(query: str, message: str) -> bool:
    return Matcher(LogFilter(query)).entry(entry_at(0, message))


@pytest.mark.parametrize(
    ("messages", "template"),
    [
        (
            ["Accepted key for root from 10.0.0.1 port 22"],
            "Accepted key for root from <ip> port <num>",
        ),
        (
            ["order 7 took 1.5 ms", "order 8812 took 12,5 ms"],
            "order <num> took <num> ms",
        ),
        (
            ["block blk_-71 is lost", "block blk_9 is lost"],
            "block blk_<num> is lost",
        ),
        (
            ["session 5bd9c1de-04c6-4a38-8e5b-2f6b8c9d0e1f ended: 0xdeadbeef"],
            "session <uuid> ended: <hex>",
        ),
        (
            [
                "Invalid user mina from 10.0.0.1 on host web-2",
                "Invalid user jun from 10.0.0.2 on host web-3",
            ],
            "Invalid user <*> from <ip> on host web-<num>",
        ),
    ],
)
def test_messages_that_differ_in_parameters_have_one_template(
    messages: list[str], template: str
) -> None:
    assert set(templates_of(*messages)) == {template}


def test_messages_that_say_something_else_have_templates_of_their_own() -> None:
    found = templates_of("disk sda is full", "user mina logged in", "disk sda is full")

    assert found == ["disk sda is full", "user mina logged in", "disk sda is full"]


def test_of_several_lines_the_first_one_counts() -> None:
    trace = "ValueError: no order 7\n  File x.py, line 3\n  File y.py, line 9"

    assert (
        templates_of(trace, "ValueError: no order 8")
        == ["ValueError: no order <num>"] * 2
    )


def test_a_plain_message_has_a_search_text_that_people_can_read() -> None:
    template = Templates().of("Failed password for root from 10.0.0.1 (ssh)")

    assert template.query == r"message:/^Failed password for root from \S+ \(ssh\)$/"


@pytest.mark.parametrize(
    "message",
    [
        "GET /api/v1/items/7?page=2&size=[10] 200 (1.5ms) $x ^y a|b {c} \\d+ a*b",
        "  leading and trailing \n",
        "two  blanks\tand\ttabs",
        "first line\nsecond line",
        "\x1b[31mfailed\x1b[0m login of \x1b[1mmina\x1b[0m",
        "not\u00a0a blank\u2003for\x0bRE2\x1cat all\u3000ok",
        "<num> <*> </ip>",
        "서버1 로그인 실패 İstanbul ſtop",
        "x" * 2 * MAX_LENGTH,
        "word " * MAX_LENGTH + "\nsecond",
        "",
        " \n ",
    ],
)
def test_the_search_text_finds_the_message(message: str) -> None:
    assert finds(Templates().of(message).query, message)


def test_the_search_text_of_a_template_leaves_others_out() -> None:
    query = Templates().of("order 7 was paid").query

    assert finds(query, "order 8 was paid")
    assert not finds(query, "order 8 was paid twice")
    assert not finds(query, "the order 8 was paid")


MESSAGES = st.lists(
    st.lists(
        st.sampled_from(
            [*("disk", "is", "full", "user", "10.0.0.1", "7", "blk_-8", "/var/log")]
            + ["(ok)", "a=b", "[x]", "0xff", "deadbeef01", "é", "로그인", "\\", "*"]
        ),
        max_size=5,
    ).map(" ".join)
    | st.text(max_size=20),
    min_size=1,
    max_size=12,
)


@given(MESSAGES)
@example(["a/ b", "a/ c"])
@example(["\x1b0"])
def test_every_message_is_found_by_the_search_text_of_its_template(
    messages: list[str],
) -> None:
    templates = Templates()
    found = [templates.of(message) for message in messages]

    for message, template in zip(messages, found, strict=True):
        assert finds(template.query, message), (message, template.query)
