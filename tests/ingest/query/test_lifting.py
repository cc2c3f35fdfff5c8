"""What a text says about services and levels costs no more than the filters do."""

from __future__ import annotations

from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.lifting import lifted
from ingest.query.writing import write


def lift(text: str, **chosen: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    log_filter, query = lifted(LogFilter(**chosen), parse(text))  # type: ignore[arg-type]
    return log_filter.services, log_filter.levels, (write(query.tree),)


def test_a_service_and_levels_become_part_of_the_filter() -> None:
    assert lift("service:api level:>=error failed") == (
        ("api",),
        ("ERROR", "FATAL"),
        ("failed",),
    )
    assert lift("level:error OR level:info") == ((), ("ERROR", "INFO"), ("",))
    assert lift("service:a OR service:b") == (("a", "b"), (), ("",))


def test_an_exclusion_of_levels_is_a_choice_of_the_others() -> None:
    assert lift("-level:<warn")[1] == ("WARN", "ERROR", "FATAL")


def test_it_narrows_what_was_chosen_beside_the_text() -> None:
    assert lift("level:>=warn", levels=("INFO", "ERROR")) == ((), ("ERROR",), ("",))


def test_choices_that_have_nothing_in_common_stay_in_the_text() -> None:
    assert lift("service:a service:b") == (("a",), (), ("service:b",))
    assert lift("level:warn", levels=("INFO",)) == ((), ("INFO",), ("level:warn",))


def test_what_is_one_of_several_alternatives_stays_in_the_text() -> None:
    assert lift("service:a OR failed") == ((), (), ("service:a OR failed",))
    assert lift("-service:a") == ((), (), ("-service:a",))
