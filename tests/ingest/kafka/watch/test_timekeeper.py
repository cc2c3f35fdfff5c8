"""Whatever happens between its looks, the clock never passes what is not visible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ingest.kafka.watch.observation import Life, Observation
from ingest.kafka.watch.timekeeper import Timekeeper
from tests.ingest.kafka.watch.world import World

NUMBERS = st.just(0)
TINY = timedelta(0)


class Looking:
    """One look in the observer's order; anything may happen between its steps."""

    ORDER = ("visible", "time", "spools", "ends", "after")

    def __init__(self, world: World, before: Life) -> None:
        self.world = world
        self.before = before
        self.read: dict[str, Any] = {}

    @property
    def is_done(self) -> bool:
        return len(self.read) == len(self.ORDER)

    def step(self, is_stale: bool) -> None:
        getattr(self, self.ORDER[len(self.read)])(is_stale)

    def visible(self, _: bool) -> None:
        self.read["visible"] = self.world.standings(), frozenset(self.world.unread)

    def time(self, _: bool) -> None:
        self.read["time"] = self.world.now

    def spools(self, _: bool) -> None:
        waiting = [since for _, since in self.world.spool]
        self.read["spools"] = {"disk": min(waiting)} if waiting else {}

    def ends(self, _: bool) -> None:
        self.read["ends"] = self.world.ends(self.before.leaders)

    def after(self, is_stale: bool) -> None:
        # A client that has heard of a later leader never goes back to the earlier one.
        is_stale = is_stale and self.before == self.world.life(is_stale=True)
        self.read["after"] = self.world.life(is_stale)

    def observation(self) -> Observation:
        standings, replaced = self.read["visible"]
        return Observation(
            before=self.before,
            heads={},
            standings=standings,
            replaced=replaced,
            at=self.read["time"],
            skew=TINY,
            spools=self.read["spools"],
            ends=self.read["ends"],
            after=self.read["after"],
            read_s=float(self.world.step),
        )


class Clockwork(RuleBasedStateMachine):
    """Entries come and are stored, parts fail, and the clock looks now and then."""

    looking: type[Looking] = Looking

    def __init__(self) -> None:
        super().__init__()
        self.world = World(partitions=1)
        self.keeper = Timekeeper(None)
        self.life = self.world.life(is_stale=False)
        self.look = self.looking(self.world, self.life)
        self.views = self.world.views(0)

    @rule(number=NUMBERS, count=st.integers(1, 3))
    def entries_are_acknowledged(self, number: int, count: int) -> None:
        for _ in range(count):
            self.world.step += 1
            self.world.append(number)

    @rule(number=NUMBERS, count=st.sampled_from([1, 2, 99]))
    def a_worker_stores(self, number: int, count: int) -> None:
        self.world.step += 1
        self.world.store(number, count)

    @rule(number=NUMBERS, keep=st.integers(0, 3), more=st.integers(0, 4))
    def a_log_is_cut_and_grows_again(self, number: int, keep: int, more: int) -> None:
        self.world.cut(number, keep)
        for _ in range(more):
            self.world.step += 1
            self.world.append(number)

    @rule()
    def all_is_stored(self) -> None:
        for number in self.world.partitions:
            self.world.drain(number)
            self.world.drain(number)
            self.world.notice(number)
            self.world.store(number, 99)
        self.whole_looks(times=2)

    @rule(number=NUMBERS)
    def a_worker_notices(self, number: int) -> None:
        self.world.notice(number)

    @rule(number=NUMBERS)
    def a_leader_is_cut_off(self, number: int) -> None:
        self.world.elect(number)

    @rule(number=NUMBERS)
    def a_leader_rejoins(self, number: int) -> None:
        self.world.rejoin(number)

    @rule()
    def an_entry_is_spooled(self) -> None:
        self.world.step += 1
        self.world.keep_on_disk()

    @rule(number=NUMBERS)
    def a_spooled_entry_is_drained(self, number: int) -> None:
        self.world.step += 1
        self.world.drain(number)

    @rule(asked=st.integers(0, 2))
    def brokers_are_asked(self, asked: int) -> None:
        self.views = self.world.views(asked)
        self.world.step += 1

    @rule()
    def the_topic_is_made_anew(self) -> None:
        self.world.make_topic_anew()

    @rule(is_stale=st.booleans())
    @precondition(lambda self: not self.look.is_done)
    def the_look_goes_on(self, is_stale: bool) -> None:
        self.look.step(is_stale)
        self.world.step += 1

    @rule(times=st.integers(1, 3))
    def whole_looks(self, times: int) -> None:
        for _ in range(times):
            while not self.look.is_done:
                self.look.step(is_stale=False)
            self.the_look_is_used()
            self.views = self.world.views(self.world.step)
            self.world.step += 3

    @rule()
    @precondition(lambda self: self.look.is_done)
    def the_look_is_used(self) -> None:
        seen = self.look.observation()
        partitions = self.world.partitions
        self.keeper.round(seen, lambda n: partitions[n].is_same(), self.views)
        self.look = self.looking(self.world, seen.after)
        self.world.step += 1

    @invariant()
    def nothing_acknowledged_before_it_is_hidden(self) -> None:
        if self.keeper.complete_to is not None:
            assert self.world.hidden(self.keeper.complete_to) == []


def test_the_clock_never_passes_what_is_not_visible() -> None:
    budget = settings(max_examples=60, stateful_step_count=40, deadline=None)

    run_state_machine_as_test(Clockwork, settings=budget)


class EndsBeforeTime(Looking):
    ORDER = ("visible", "ends", "time", "spools", "after")


class SpoolsBeforeTime(Looking):
    ORDER = ("visible", "spools", "time", "ends", "after")


class SpoolsAfterEnds(Looking):
    ORDER = ("visible", "time", "ends", "spools", "after")


def passed(order: type[Looking], *happens: Callable[[World], None]) -> list[int]:
    """What is hidden before the clock if these things happen between the steps."""
    world = World()
    look = order(world, world.life(is_stale=False))
    for happening in happens:
        happening(world)
        world.step += 10
        look.step(is_stale=False)
    keeper = Timekeeper(None, one_broker=True)
    keeper.round(look.observation(), lambda _: True, None)
    assert keeper.complete_to is not None
    return world.hidden(keeper.complete_to)


def nothing(_: World) -> None:
    return None


def append(world: World) -> None:
    world.append(0)


def spool(world: World) -> None:
    world.keep_on_disk()


def drain(world: World) -> None:
    world.drain(0)


@pytest.mark.parametrize(
    ("order", "happens"),
    [
        (EndsBeforeTime, (nothing, nothing, append, nothing, nothing)),
        (SpoolsBeforeTime, (nothing, nothing, spool, nothing, nothing)),
        (SpoolsAfterEnds, (spool, nothing, nothing, drain, nothing)),
    ],
)
def test_another_order_of_reading_would_pass_something(
    order: type[Looking], happens: tuple[Callable[[World], None], ...]
) -> None:
    assert passed(order, *happens) == [0]
