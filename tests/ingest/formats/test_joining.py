"""Stack traces and indented lines become one entry; everything else stays apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.formats import joining
from ingest.formats.joining import Joined, Joiner, Line
from ingest.formats.linetimes import Reading

READING = Reading(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
FIRST = "2026-03-09T10:11:12Z ERROR order failed"
NEXT = "2026-03-09T10:11:13Z INFO next order"

JAVA = """\
com.shop.OrderException: no stock
\tat com.shop.Orders.place(Orders.java:42)
\tat com.shop.Main.main(Main.java:7)
\tSuppressed: java.io.IOException: closed
\t\tat com.shop.Stock.close(Stock.java:9)
Caused by: java.sql.SQLException: deadlock
\tat com.shop.Stock.take(Stock.java:31)
\t... 2 more"""
PYTHON = """\
Traceback (most recent call last):
  File "orders.py", line 42, in place
    stock.take(item)
shop.DoesNotExist: no stock

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "main.py", line 7, in main
    orders.place(item)
ValueError: no order"""
GO = """\
panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.place(0xc000012345, 0x3)
\t/src/orders.go:42 +0x1d
main.main()
\t/src/main.go:7 +0x25
created by main.start
\t/src/main.go:3 +0x11
exit status 2"""
NODE = """\
TypeError: Cannot read properties of undefined (reading 'id')
    at place (/src/orders.js:42:7)
    at process.processTicksAndRejections (node:internal/process:95:5) {
  code: 'E_NO_STOCK',
  [cause]: Error: deadlock
      at take (/src/stock.js:9:3)
}"""
DOTNET = """\
System.InvalidOperationException: no stock
   at Shop.Orders.Place(Int32 id) in Orders.cs:line 42
--- End of stack trace from previous location ---
   at Shop.Main.Run() in Main.cs:line 7"""
TRACES = {"java": JAVA, "python": PYTHON, "go": GO, "node": NODE, "dotnet": DOTNET}


def join(text: str) -> list[Joined]:
    joiner = Joiner(READING)
    found: list[Joined] = []
    place = 0
    for number, line in enumerate(text.split("\n"), 1):
        end = place + len(line.encode()) + 1
        found += joiner.add(Line(number, place, end, line))
        place = end
    return [*found, *joiner.flush()]


def messages(text: str) -> list[str]:
    return [entry.message for entry in join(text)]


@pytest.mark.parametrize("language", TRACES)
def test_it_joins_a_stack_trace_to_the_line_before(language: str) -> None:
    trace = TRACES[language]

    assert messages(f"{FIRST}\n{trace}\n{NEXT}") == [
        f"order failed\n{trace}",
        "next order",
    ]


@pytest.mark.parametrize("language", TRACES)
def test_it_joins_a_stack_trace_that_stands_alone(language: str) -> None:
    trace = TRACES[language]

    assert messages(f"starting\n{trace}\n{NEXT}") == ["starting", trace, "next order"]


def test_it_gives_the_joined_entry_the_time_and_place_of_its_lines() -> None:
    first, second = join(f"{FIRST}\n{JAVA}\n{NEXT}")

    assert first.head.level == "ERROR"
    assert (first.number, first.last) == (1, 9)
    assert (first.start, first.end) == (0, second.start)
    assert second.number == 10


def test_it_joins_indented_lines_after_a_time() -> None:
    text = f"{FIRST}\n  item: 7\n\tcount: 3\n{NEXT}"

    assert messages(text) == ["order failed\n  item: 7\n\tcount: 3", "next order"]


def test_it_keeps_lines_without_a_time_apart() -> None:
    assert messages("one\n  two\nthree") == ["one", "  two", "three"]


def test_it_joins_frames_to_whatever_stands_before_them() -> None:
    trace = "shop is broken\n\tat com.shop.Main.main(Main.java:7)\n\t... 2 more"

    assert messages(f"starting\n{trace}") == ["starting", trace]


def test_it_joins_an_exception_whose_name_does_not_say_so() -> None:
    text = f"{FIRST}\ncom.shop.NoStock: nothing left\n\tat com.shop.Main.main(M.java:7)"

    assert len(messages(text)) == 1


def test_it_ends_a_traceback_with_its_exception() -> None:
    text = f"{FIRST}\n{PYTHON}\nshop is open again"

    assert messages(text) == [f"order failed\n{PYTHON}", "shop is open again"]


def test_it_keeps_plain_errors_without_a_time_apart() -> None:
    assert messages("Error: one\nError: two") == ["Error: one", "Error: two"]


def test_it_leaves_empty_lines_between_entries_out() -> None:
    assert messages(f"\n{FIRST}\n\n   \n{NEXT}\n\n") == ["order failed", "next order"]


def test_it_goes_on_in_another_entry_of_the_same_time_after_many_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joining, "MAX_JOINED_LINES", 3)

    first, second = join("\n".join([FIRST, *(f"  {n}" for n in range(4))]))

    assert first.message == "order failed\n  0\n  1"
    assert second.message == "  2\n  3"
    assert second.head.time == first.head.time
    assert second.head.level == "ERROR"


def test_it_goes_on_in_another_entry_after_many_bytes() -> None:
    wide = "  " + "x" * 60_000

    entries = join("\n".join([FIRST, wide, wide]))

    assert [len(e.message) for e in entries] == [len("order failed\n") + 60_002, 60_002]


@pytest.mark.parametrize("unit", [" ", "(", "[", "a.", "Error", '"', ":@", "\\", "x="])
@pytest.mark.parametrize("start", ["", FIRST, "2026-03-09T10:11:12Z", "goroutine 1 ["])
def test_it_reads_a_line_of_any_shape_in_passing(start: str, unit: str) -> None:
    hostile = unit * (250_000 // len(unit)) + "x"

    entries = join(f"{start}{hostile}\n{hostile}\n")

    assert entries  # a pattern that backtracks would be here for hours


def test_it_holds_an_entry_until_the_next_or_until_it_is_told() -> None:
    joiner = Joiner(READING)

    assert list(joiner.add(Line(1, 0, 10, FIRST))) == []
    assert joiner.is_open
    assert [entry.message for entry in joiner.flush()] == ["order failed"]
    assert not joiner.is_open
