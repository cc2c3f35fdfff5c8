"""One entry in full."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from ingest.query.grammar import Query, parse
from ingest.query.refining import required
from logsite.search.details import Asked, Message, fields, message, opened, pretty
from logsite.search.marks import inferred, marks
from logsite.search.visible import marker
from tests.logsite.search.items import item

UTC = ZoneInfo("UTC")


def test_it_names_nested_values_by_their_path() -> None:
    metadata = {"http": {"status": 502, "ok": False}, "tags": ["a", 1], "none": {}}

    found = [(field.name, field.value) for field in fields(metadata)]

    assert found == [
        ("http.status", "502"),
        ("http.ok", "false"),
        ("tags", '["a", 1]'),
        ("none", "{}"),
    ]


def test_it_opens_lists_that_hold_objects() -> None:
    found = [field.name for field in fields({"hops": [{"host": "a"}, {"host": "b"}]})]

    assert found == ["hops[0].host", "hops[1].host"]


def test_it_says_what_a_value_asks_for_and_whether_the_search_does() -> None:
    metadata = {"host": "web 2", "hops": [{"to": 5}], "ok": True, "none": None}

    host, hop, true, none = fields(metadata, required('x -host:="web 2" hops.to:=5'))

    assert host.asked == Asked('host:="web 2"', is_included=False, is_excluded=True)
    assert hop.asked == Asked("hops.to:=5", is_included=True)
    assert true.asked == Asked("ok:=true")
    assert none.asked.condition == ""


def test_only_what_a_search_can_name_may_become_a_column() -> None:
    metadata = {"host": 1, "a b": 2, "level": 3}

    assert [field.column for field in fields(metadata)] == [
        "host",
        "",
        "metadata.level",
    ]


def test_level_and_service_ask_for_themselves() -> None:
    entry = opened(item(), UTC, parse("level:error"), whole=False)

    assert entry.of_level == Asked("level:error", is_included=True)
    assert entry.of_service == Asked("service:payment-service")


def test_it_keeps_marks_apart_from_the_fields() -> None:
    assert fields({"_logsite": {"mended": ["level"]}}) == []


def test_it_explains_what_was_mended_and_how_it_was_sent() -> None:
    (mark,) = marks({"_logsite": {"mended": ["level"], "level": "NOTICE+"}})

    assert (mark.name, mark.original) == ("level", "NOTICE+")
    assert "INFO stands in" in mark.why


def test_it_says_how_a_level_was_spelled_that_was_understood() -> None:
    (mark,) = marks({"_logsite": {"level": "err"}})

    assert mark.why == "The level as it was sent."


def test_it_explains_what_the_sender_inferred_apart_from_our_own_marks() -> None:
    sent = {"mended": ["zone", "year"], "timestamp": "Mar  1 12:00:00", "level": "warn"}
    metadata = {"_logsite": {"sent": sent, "mended": ["service"]}}

    zone, year, time, level = inferred(metadata)

    assert [mark.name for mark in marks(metadata)] == ["service"]
    assert "without a zone" in zone.why
    assert "without a year" in year.why
    assert (time.why, time.original) == (
        "The time as the sender read it.",
        "Mar  1 12:00:00",
    )
    assert (level.name, level.original) == ("level", "warn")


def test_a_senders_field_that_holds_no_marks_is_shown_as_it_is() -> None:
    metadata = {"_logsite": {"sent": {"host": "a"}}}

    (mark,) = marks(metadata)

    assert (mark.name, mark.original) == ("sent", '{"host": "a"}')
    assert inferred(metadata) == []


def test_it_survives_marks_that_are_not_ours() -> None:
    assert marks({"_logsite": "forged"}) == []
    assert [mark.name for mark in marks({"_logsite": {"mended": 3}})] == []


def said(text: str, whole: bool = False) -> Message:
    return message(text, marker(Query()), whole)


def test_it_shows_the_first_lines_and_counts_the_rest() -> None:
    text = "\n".join(f"line {number}" for number in range(30))

    assert said(text).blocks[-1].text.endswith("line 19")
    assert said(text).more_lines == 10
    assert said(text, whole=True).more_lines == 0


def test_it_folds_the_frames_of_a_trace_and_leaves_nothing_out() -> None:
    frames = [f"\tat a.B.c{number}(B.java:1)" for number in range(60)]
    text = "\n".join(["it failed", *frames, "Caused by: x", *frames])

    found = said(text)

    assert [block.frames for block in found.blocks] == [0, 56, 0, 56]
    assert "\n".join(block.text for block in found.blocks) == text
    assert found.more_characters == 0


def test_it_cuts_a_long_message_behind_a_folded_trace() -> None:
    frames = ["\tat a.B.c(B.java:1)"] * 30
    lines = [f"line {number}" for number in range(30)]

    found = said("\n".join(["it failed", *frames, *lines]))

    assert [block.frames for block in found.blocks] == [0, 26, 0]
    assert found.blocks[-1].text.endswith("line 14")
    assert found.more_lines == 15


def test_it_shows_how_much_later_an_entry_was_received() -> None:
    assert opened(item(), UTC, Query(), whole=False).delay_s == 0.31


def test_its_json_is_the_entry_and_turns_no_text_around() -> None:
    shown = pretty(item("a \u202e b", order=7))

    assert "\u202e" not in shown
    assert json.loads(shown)["message"] == "a \u202e b"
    assert json.loads(shown)["metadata"] == {"order": 7}
