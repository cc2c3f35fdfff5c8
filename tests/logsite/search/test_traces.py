"""Stack traces: what is shown of them, what is folded."""

from __future__ import annotations

import pytest

from logsite.search.traces import Part, parts

JAVA = [f"\tat com.shop.Layer{n}.call(Layer{n}.java:{n})" for n in range(20)]
PYTHON = [
    text
    for n in range(9)
    for text in (f'  File "/app/a.py", line {n}, in run', f"    step({n})")
]


def found(*lines: str) -> list[Part]:
    return list(parts(list(lines)))


def test_ordinary_lines_are_one_part() -> None:
    assert found("a", "  b", "c") == [Part(0, 3)]


def test_the_first_frames_of_each_cause_are_shown() -> None:
    lines = ["IllegalState: x", *JAVA, "Caused by: y", *JAVA, "\t... 4 more"]

    assert found(*lines) == [
        Part(0, 5),
        Part(5, 21, 16),
        Part(21, 26),
        Part(26, 43, 17),
    ]


def test_a_frame_of_python_has_its_code_below() -> None:
    lines = ["Traceback (most recent call last):", *PYTHON, "ValueError: no"]

    assert found(*lines) == [Part(0, 9), Part(9, 19, 5), Part(19, 20)]


def test_the_pointer_below_the_code_belongs_to_its_frame() -> None:
    frame = ['  File "a.py", line 1, in run', "    call()", "    ~~~~^^"]

    assert found(*frame * 8, "ValueError: no") == [
        Part(0, 12),
        Part(12, 24, 4),
        Part(24, 25),
    ]


def test_a_frame_of_go_has_its_file_below() -> None:
    frame = ["main.handle(0xc000)", "\t/src/main.go:17 +0x1d"]

    assert found("panic: x", "", *frame * 7) == [Part(0, 10), Part(10, 16, 3)]


@pytest.mark.parametrize(
    "frame",
    [
        "    at Object.run (/app/index.js:10:5)",
        "   at Shop.Orders.Take(Int32 id) in /src/Orders.cs:line 12",
        "\tfrom /app/lib/order.rb:12:in `take'",
        "#3 /app/index.php(12): take()",
        "   3: shop::orders::take",
    ],
)
def test_frames_of_other_languages_are_known(frame: str) -> None:
    assert found("Error: x", *[frame] * 9) == [Part(0, 5), Part(5, 10, 5)]


def test_few_frames_stay_as_they_are() -> None:
    assert found("Error: x", *JAVA[:6]) == [Part(0, 7)]


def test_no_line_is_left_out_and_none_comes_twice() -> None:
    lines = ["a", *JAVA, "b", *PYTHON, "c", *JAVA[:3], "d"]

    covered = [line for part in parts(lines) for line in range(part.first, part.last)]

    assert covered == list(range(len(lines)))
