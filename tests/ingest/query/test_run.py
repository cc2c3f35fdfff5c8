"""Search on a real MongoDB: what is seen, in what order, and when it stops."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pymongo
import pytest
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from ingest.fold.block import State
from ingest.query import beginning
from ingest.query.budget import Allowance
from ingest.query.entries import Expired, entry
from ingest.query.filter import LogFilter
from ingest.query.freshness import freshness
from ingest.query.histogram import histogram, newest, services
from ingest.query.match import Matcher
from ingest.query.page import Matched, Page, Partial
from ingest.query.run import search
from ingest.query.series import per_minute
from ingest.query.visible import pin
from tests.ingest.query.stored import (
    DAY,
    RECEIVED,
    StoredLog,
    clear,
    entry_at,
    time_at,
)

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]


def texts(page: Page) -> list[str]:
    return [item.message for item in page.items]


def test_an_entry_without_its_block_is_not_there_yet(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "seen"))
    unseen = log.insert_without_block(entry_at(1, "not yet"))

    assert texts(search(db, LogFilter())) == ["seen"]
    assert entry(db, unseen) is None


def test_an_entry_in_a_hole_is_not_there(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "seen"))
    left_over = log.insert_without_block(entry_at(1, "left over"))
    log.add_hole(State.VOID)

    assert texts(search(db, LogFilter())) == ["seen"]
    assert entry(db, left_over) is None


def test_of_equal_times_the_higher_id_comes_first_over_all_pages(db: Db) -> None:
    logs = [StoredLog(db, partition) for partition in (0, 1)]
    for number in range(12):
        logs[number % 2].add(entry_at(0, str(number)))

    page = search(db, LogFilter(), limit=5)
    seen = [item.id for item in page.items]
    while page.next:
        page = search(db, LogFilter(), 5, page.next)
        seen += [item.id for item in page.items]

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 12


@pytest.mark.parametrize("text", ["", "hello"])
def test_a_block_that_only_holds_older_matches_leads_to_another_page(
    db: Db, text: str
) -> None:
    StoredLog(db, partition=0).add(entry_at(5, "hello new"))
    StoredLog(db, partition=1).add(
        entry_at(0, "hello old"), entry_at(5, "hello", level="ERROR")
    )
    asked = LogFilter(text, levels=("INFO",))

    first = search(db, asked, limit=1)
    second = search(db, asked, 1, first.next)

    assert first.next
    assert texts(first) + texts(second) == ["hello new", "hello old"]


def test_a_sender_ahead_of_time_does_not_hide_the_others(db: Db) -> None:
    log = StoredLog(db)
    for number in range(8):
        log.add(entry_at(number, f"now {number}"), entry_at(86_400 + number, "ahead"))

    found = search(db, LogFilter(end=time_at(3600)), limit=3)

    assert texts(found) == ["now 7", "now 6", "now 5"]


def test_a_block_of_an_unknown_version_may_hold_anything(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(6)))
    db["blocks"].update_one(
        {"first": 0},
        {"$set": {"v": 99}, "$unset": {"terms": 1, "spans": 1, "newest": 1}},
    )

    assert texts(search(db, LogFilter("line 2"))) == ["line 2"]
    assert len(search(db, LogFilter()).items) == 6
    assert search(db, LogFilter(), limit=2).matched == Matched(6, exact=True)


def test_a_word_filter_of_an_unknown_size_may_hold_anything(db: Db) -> None:
    StoredLog(db).add(entry_at(0, "needle"))
    db["blocks"].update_many({}, {"$set": {"terms": b"", "terms_bits": 64}})

    assert texts(search(db, LogFilter("needle"))) == ["needle"]


def test_absent_words_are_answered_without_reading_entries(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(20)))

    assert search(db, LogFilter("absent")).examined == 0


def test_a_full_page_reads_only_the_newest_blocks(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(100)))

    assert search(db, LogFilter("line"), limit=3).examined <= 8


def test_a_spent_budget_ends_with_what_was_found_and_a_way_to_go_on(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(20)))
    asked, one_block = LogFilter("line -7"), Allowance(seconds=60, entries=1)

    page = search(db, asked, allowance=one_block)

    assert texts(page) == ["line 19", "line 18", "line 17", "line 16"]
    assert page.partial == Partial("examined")
    assert page.matched == Matched(4, exact=False)
    rest = search(db, asked, cursor=page.next)
    assert texts(page) + texts(rest) == [
        f"line {n}" for n in range(19, -1, -1) if n - 7
    ]
    assert rest.matched == Matched(19, exact=True)


def test_time_that_runs_out_ends_a_search_too(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n) for n in range(20)))

    page = search(db, LogFilter("absent -x hello"), allowance=Allowance(seconds=0))
    slow = search(db, LogFilter("-x"), allowance=Allowance(seconds=0))

    assert page.partial is None  # nothing had to be read
    assert slow.partial == Partial("time")
    assert slow.next


def test_a_command_that_takes_too_long_is_a_partial_answer(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(8)))

    def give_up(*_: Any) -> Any:
        raise ExecutionTimeout("operation exceeded time limit")

    with monkeypatch.context() as patched:
        patched.setattr("ingest.query.candidates.raw_of_block", give_up)
        page = search(db, LogFilter("line"))

    assert (texts(page), page.partial) == ([], Partial("time"))
    assert len(search(db, LogFilter("line"), cursor=page.next).items) == 8


@pytest.mark.parametrize("name", ["$level", "$$ROOT", "$"])
def test_a_service_that_looks_like_a_field_is_only_a_name(db: Db, name: str) -> None:
    StoredLog(db).add(*(entry_at(n, service=name) for n in range(3)), entry_at(9))
    asked = LogFilter(services=(name,), start=time_at(0), end=time_at(60))

    assert search(db, asked, limit=1).matched == Matched(3, exact=True)
    assert histogram(db, asked).rows[0].levels == {"INFO": 3}


def test_a_day_that_is_dropped_meanwhile_says_expired(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(8)))
    first = search(db, LogFilter(), limit=2)

    db.drop_collection(f"logs_{DAY}")
    db["blocks"].delete_many({})
    rest = search(db, LogFilter(), cursor=first.next)

    assert (rest.items, rest.next) == ([], None)


def test_entries_that_expire_while_they_are_read_make_the_answer_partial(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredLog(db).add(entry_at(0))

    def dropped(*_: Any) -> Any:
        raise Expired

    monkeypatch.setattr("ingest.query.candidates.newest_of_block", dropped)

    assert search(db, LogFilter()).partial == Partial("expired")


def test_a_block_that_grows_and_moves_behind_the_walk_is_not_missed(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StoredLog(db).add(entry_at(0, "old"), entry_at(1, "new"))

    def pin_then_store_more(*asked: Any) -> beginning.Beginning:
        begun = beginning.begin(*asked)
        log.add(*(entry_at(1000 + n, "later") for n in range(5)))
        return begun

    monkeypatch.setattr("ingest.query.run.begin", pin_then_store_more)

    assert texts(search(db, LogFilter())) == ["new", "old"]


def test_a_page_keeps_the_range_of_the_first(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, str(n)) for n in range(6)))
    first = search(db, LogFilter(start=time_at(1)), limit=2)

    rest = search(db, LogFilter(start=time_at(5)), cursor=first.next)

    assert texts(rest) == ["3", "2", "1"]


def test_complete_to_is_what_the_clock_said_before_the_first_page(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n) for n in range(3)))
    db["clock"].insert_one({"_id": "clock", "complete_to": RECEIVED})
    first = search(db, LogFilter(), limit=1)

    db["clock"].update_one({}, {"$set": {"complete_to": time_at(9)}})

    assert first.complete_to == RECEIVED
    assert search(db, LogFilter(), cursor=first.next).complete_to == RECEIVED


def test_freshness_is_how_far_the_clock_is_behind(db: Db) -> None:
    assert freshness(db).complete_to is None
    db["clock"].insert_one(
        {"_id": "clock", "complete_to": RECEIVED, "holds": ["broker"]}
    )

    found = freshness(db, now=RECEIVED + timedelta(seconds=2))

    assert (found.complete_to, found.behind_s) == (RECEIVED, 2.0)
    assert found.holds == ("broker",)


def test_an_empty_store_answers_with_nothing(db: Db) -> None:
    page = search(db, LogFilter("anything"))

    assert (page.items, page.next, page.pinned) == ([], None, {})
    assert page.matched == Matched(0, exact=True)
    assert histogram(db, LogFilter()).rows == []
    assert newest(db, LogFilter()) is None
    assert services(db) == []


def test_a_block_of_duplicates_only_adds_no_service(db: Db) -> None:
    StoredLog(db).add(entry_at(service="shop")).finish().add_hole()

    assert services(db) == ["shop"]


def test_a_histogram_open_to_the_future_ends_now(db: Db) -> None:
    StoredLog(db).add(entry_at(0), entry_at(61), entry_at(86_400))

    drawn = histogram(db, LogFilter(start=time_at(-60)), now=time_at(90))

    assert (drawn.start, drawn.end) == (time_at(-60), time_at(120))
    assert [bar.levels for bar in drawn.rows] == [{}, {"INFO": 1}, {"INFO": 1}]
    assert drawn.later == 1


def test_a_histogram_counts_whole_what_a_text_would_narrow(db: Db) -> None:
    StoredLog(db).add(entry_at(0, "a"), entry_at(1, "b"))

    drawn = histogram(db, LogFilter("a", start=time_at(0), end=time_at(60)))

    assert drawn.whole
    assert [bar.levels for bar in drawn.rows] == [{"INFO": 2}]


def test_a_log_that_nobody_knew_is_pinned_wherever_it_lies(db: Db) -> None:
    logs = {}
    for partition in (3, 1, 5, 4, 0):
        StoredLog(db, partition).add(entry_at(0), entry_at(1))
        logs[f"00000001:{partition}"] = 1

        assert pin(db).named() == logs


def test_a_log_that_is_gone_is_pinned_no_longer(db: Db) -> None:
    for partition in (0, 1):
        StoredLog(db, partition).add(entry_at(0))
    assert len(pin(db).edges) == 2

    db["blocks"].delete_many({"partition": 0})

    assert pin(db).named() == {"00000001:1": 0}


def test_all_logs_are_pinned_though_much_is_new(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.query.visible.MOST_NEW", 3)
    for partition in range(5):
        log = StoredLog(db, partition).add(entry_at(0))
        pin(db)
        log.add(*(entry_at(n) for n in range(20)))

    assert set(pin(db).named().values()) == {20}


def test_a_block_that_is_larger_than_a_reply_is_read_whole(db: Db) -> None:
    long = "x" * 240_000
    log = StoredLog(db, block_offsets=100)
    log.add(*(entry_at(n, f"needle {long}") for n in range(80)))

    asked = LogFilter("needle")

    assert len(search(db, asked, limit=100).items) == 80
    assert per_minute(db, asked, Allowance()).counts.total() == 80


@pytest.mark.parametrize(
    ("text", "commands"),
    [("absent", ["aggregate"]), ("needle", ["aggregate", "find"])],
)
def test_few_commands_answer_a_search_for_rare_words(
    db: Db, text: str, commands: list[str]
) -> None:
    StoredLog(db).add(*(entry_at(n, "line") for n in range(40)), entry_at(50, "needle"))
    heard = Heard()

    with pymongo.MongoClient[dict[str, Any]](
        *db.client.address,
        event_listeners=[heard],  # type: ignore[misc]
    ) as client:
        asked = client.get_database(db.name, db.codec_options)
        search(asked, LogFilter(text))  # learns
        heard.commands.clear()
        search(asked, LogFilter(text))
        sent = list(heard.commands)  # before those that end sessions

    assert sent == commands


def test_a_block_that_grew_while_it_was_pinned_is_read_again(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StoredLog(db).add(*(entry_at(n, "line") for n in range(8)))
    search(db, LogFilter("needle"))  # learns
    log.add(entry_at(20, "line"), entry_at(21, "needle"))
    log.finish().add(entry_at(22, "line"))
    read = beginning._read

    def too_early(*asked: Any) -> tuple[Any, list[dict[str, Any]]]:
        clock, blocks = read(*asked)
        *_, grown, _ = blocks
        grown.update(last=grown["last"] - 1, done=False)
        return clock, blocks

    monkeypatch.setattr(beginning, "_read", too_early)
    assert texts(search(db, LogFilter("needle"))) == ["needle"]


def test_a_search_that_is_learned_still_says_what_the_clock_promised(db: Db) -> None:
    StoredLog(db).add(entry_at(0, "line"))
    for at in (time_at(1), time_at(2)):
        db["clock"].replace_one(
            {"_id": "clock"}, {"_id": "clock", "complete_to": at}, upsert=True
        )
        assert search(db, LogFilter("line")).complete_to == at


@pytest.mark.parametrize("text", ["k:needle", "k.deep:needle", 'k:="needle"'])
def test_a_field_is_asked_for_whatever_its_values_look_like(db: Db, text: str) -> None:
    values: list[Any] = ["a", ["a"], [["a"]], {"deep": "a"}, [{"deep": "a"}]]
    values += [[[{"deep": "a"}]]]
    values += [{"deep": ["a"]}, {"deep": {"er": "a"}}, 5, None, "Needle work", "pins"]
    shapes = [_filled(value) for value in values]
    StoredLog(db).add(*(entry_at(n, k=value) for n, value in enumerate(shapes)))
    asked = LogFilter(text)
    matcher = Matcher(asked)

    wanted = [value for value in shapes if matcher.text("", {"k": value})]

    found = [item.metadata["k"] for item in search(db, asked).items]
    assert found == wanted[::-1]
    assert len(found) >= 3


def _filled(value: Any) -> Any:
    """The same with the word that is asked for."""
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one) for name, one in value.items()}
    return "needle" if value == "a" else value


def test_of_many_blocks_only_those_that_may_match_are_looked_at(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(n, f"line{n}") for n in range(400)))
    search(db, LogFilter("learn"))

    log.add(entry_at(1000, "line77"))  # in the newest block, which is not finished

    found = search(db, LogFilter("line77"))
    assert texts(found) == ["line77", "line77"]
    assert found.examined <= 5


def test_blocks_that_were_read_anyway_are_not_read_again(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StoredLog(db).add(*(entry_at(n, f"line{n}") for n in range(40)))
    search(db, LogFilter("learn"))
    log.add(*(entry_at(100 + n, f"more{n}") for n in range(40)))
    search(db, LogFilter("learn"))
    read = beginning._read
    seen: list[int] = []

    def counted(*asked: Any) -> tuple[Any, list[dict[str, Any]]]:
        clock, blocks = read(*asked)
        seen.append(len(blocks))
        return clock, blocks

    monkeypatch.setattr(beginning, "_read", counted)

    assert texts(search(db, LogFilter("more7"))) == ["more7"]
    assert seen[0] <= 3  # the newest one, a witness, and what holds it


def test_in_a_database_made_anew_nothing_is_left_out(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, "red") for n in range(40)))
    for _ in range(3):
        assert len(search(db, LogFilter("red")).items) == 40

    clear(db)
    StoredLog(db).add(*(entry_at(n, "green") for n in range(40)))

    assert len(search(db, LogFilter("green")).items) == 40
    assert search(db, LogFilter("red")).items == []


def test_blocks_that_were_dropped_are_no_longer_found(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, "red") for n in range(39)), entry_at(50, "blue"))
    for _ in range(2):
        search(db, LogFilter("blue"))

    db["blocks"].delete_many({"last": {"$lt": 30}})

    assert len(search(db, LogFilter("red")).items) == 40 - 32 + 3
    assert len(search(db, LogFilter("blue")).items) == 1


class Heard(CommandListener):
    """The names of commands that were sent."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass
