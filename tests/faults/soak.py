"""A soak: a random fault every so often, for as long as you like, then the oracle.

`make soak` runs it: LOGSITE_SOAK_S says how long, LOGSITE_FAULT_SEED replays faults.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.cluster import BROKERS, Cluster
from tests.faults.flow import Flow, Pace
from tests.faults.processes import Chore
from tests.faults.rig import SEED, Rig, assert_kept, get, wait_for
from tests.parts import Part

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(0)]

LENGTH_S = float(os.environ.get("LOGSITE_SOAK_S", "1800"))
EVERY_S = float(os.environ.get("LOGSITE_SOAK_EVERY_S", "20"))
REPORT = os.environ.get("LOGSITE_SOAK_REPORT", "")
DRAIN_S = 300
PACE = Pace(senders=4, entries=50, pause_s=0.3)
LONGEST_AWAY_S = 15.0


@dataclass
class Soak:
    """The system, the dice, and what happened so far."""

    rig: Rig
    cluster: Cluster
    mongodb: Part
    dice: random.Random
    webs: list[Chore] = field(default_factory=list)
    stores: list[Chore] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        line = f"{time.monotonic() - self.began:7.1f} s  {text}"
        self.said.append(line)
        print(line, flush=True)  # noqa: T201

    def away(self) -> None:
        """How long a fault lasts."""
        time.sleep(self.dice.uniform(0.5, min(LONGEST_AWAY_S, EVERY_S * 0.6)))

    # -- faults ----------------------------------------------------------------------

    def fault(self) -> None:
        """One of all faults, which is over when this returns."""
        kinds: list[tuple[str, Callable[[], None]]] = [
            ("store worker", lambda: self.hit_chore(self.stores)),
            ("store worker", lambda: self.hit_chore(self.stores)),
            ("web process", lambda: self.hit_chore(self.webs)),
            ("broker", lambda: self.hit_part(self.a_broker())),
            ("MongoDB", lambda: self.hit_part(self.mongodb)),
            ("controller", lambda: self.hit_part(self.cluster.controller)),
        ]
        name, hit = self.dice.choice(kinds)
        self.say(name)
        hit()

    def a_broker(self) -> Part:
        return self.cluster.broker(self.dice.choice(BROKERS))

    def hit_chore(self, chores: list[Chore]) -> None:
        chore = self.dice.choice(chores)
        how = self.dice.choice(("kill", "stop", "freeze"))
        self.say(f"    {how} {chore.log.stem}")
        getattr(chore, how)()
        self.away()
        if how == "freeze":
            chore.thaw()
        else:
            chore.start()

    def hit_part(self, part: Part) -> None:
        how = self.dice.choice(("stop", "end", "freeze"))
        self.say(f"    {how} {part.name}")
        getattr(part, how)()
        self.away()
        if how == "freeze":
            part.thaw()
        else:
            part.start()

    # -- afterwards ------------------------------------------------------------------

    def calm(self, flow: Flow) -> None:
        """Everybody back, and accepting."""
        self.cluster.heal()
        self.rig.supervise()
        wait_for(lambda: all(get(p, "/healthz") == 200 for p in self.rig.ports))
        now = time.monotonic()
        wait_for(lambda: flow.accepted_since(now) >= 20)

    def sizes(self) -> str:
        return ", ".join(
            f"{chore.log.stem} {chore.rss_mb:.0f} MB"
            for chore in self.webs + self.stores
            if chore.is_alive
        )


@pytest.fixture
def soak(rig: Rig, cluster: Cluster, mongodb: Part) -> Iterator[Soak]:
    made = Soak(rig, cluster, mongodb, random.Random(SEED))
    made.webs = [rig.keep(rig.web()), rig.keep(rig.web())]
    made.stores = [rig.keep(rig.store(1)), rig.keep(rig.store(2))]
    yield made
    if REPORT:
        Path(REPORT).write_text("\n".join(made.said) + "\n")


def test_soak(soak: Soak) -> None:
    soak.say(f"seed {SEED}, {LENGTH_S:.0f} s, a fault every {EVERY_S:.0f} s")
    with soak.rig.flow(PACE) as flow:
        faults = 0
        while time.monotonic() < soak.began + LENGTH_S:
            due = time.monotonic() + EVERY_S
            soak.fault()
            soak.rig.supervise()
            faults += 1
            if faults % 10 == 0:
                soak.say(soak.sizes())
            time.sleep(max(0.0, due - time.monotonic()))
        soak.calm(flow)
    soak.rig.until_drained(DRAIN_S)

    soak.say(f"{faults} faults; answers {dict(flow.statuses)}; {soak.sizes()}")
    soak.say(str(soak.rig.verdict()))
    assert_kept(soak.rig)
