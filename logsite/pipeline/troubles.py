"""What is wrong in the pipeline, the worst first, each with the next step to take."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from ingest.kafka.watch.holds import Kind
from logsite.health import Answer, State
from logsite.pipeline.arrived import Refused
from logsite.pipeline.board import Board
from logsite.search.templatetags.pages import seconds
from logsite.search.visible import visible

FAR_BEHIND_S: Final = 10.0  # as the status line has it
MANY_REFUSED: Final = 5  # in five minutes; a program tries again more often
MAX_REFUSED: Final = 5  # lines
NAMELESS: Final[Mapping[str, str]] = MappingProxyType({})
STORE: Final = "python manage.py consume store"
WATCH: Final = "python manage.py watch"


class Level(IntEnum):
    BAD = 0
    LATE = 1

    @property
    def state(self) -> str:
        """As style sheets name it."""
        return self.name.lower()


class Hop(IntEnum):
    """Where on the way it is."""

    OFFERED = 0
    EDGE = 1
    KAFKA = 2
    STORE = 3
    DEAD = 4
    SEARCH = 5


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, and what to do about it."""

    level: Level
    hop: Hop
    what: str
    step: str = ""
    command: str = ""
    link: str = ""
    part: str = ""  # of /readyz


# What comes and goes by itself is worth no word unless it lasts.
_PASSING: Final = (Kind.BEHIND, Kind.UNCOMPARED, Kind.UNSETTLED)
_HOLDS: Final[Mapping[str, Any]] = {
    Kind.BEHIND: ngettext_lazy(
        "Partition %(partition)s is %(shown)s message behind.",
        "Partition %(partition)s is %(shown)s messages behind.",
        "count",
    ),
    Kind.SPOOL: gettext_lazy(
        "Entries accepted since %(since)s wait in the spool %(detail)s."
    ),
    Kind.SKEW: gettext_lazy(
        "The clocks of MongoDB and of the process watch differ by %(detail)s s; the "
        "earlier one counts."
    ),
    Kind.STOPPED: gettext_lazy(
        "Partition %(partition)s was stopped at offset %(shown)s: %(detail)s"
    ),
    Kind.TRUNCATED: gettext_lazy(
        "Partition %(partition)s ends before what is stored of it, or holds other "
        "messages: a store worker has to begin a new generation."
    ),
    Kind.UNCOMPARED: gettext_lazy(
        "Partition %(partition)s has a new leader; its log is being compared."
    ),
    Kind.REPLACED: gettext_lazy(
        "The topic was made anew; partition %(partition)s waits for a store worker."
    ),
    Kind.UNCONFIRMED: gettext_lazy("No second broker confirms who leads the topic."),
    Kind.UNSETTLED: gettext_lazy("Leaders or partitions changed during a look."),
}
_MORE_WORKERS: Final = gettext_lazy("If it grows, start more store workers:")
_A_WORKER: Final = gettext_lazy("Start a store worker:")
# By kind of hold: how bad, where, what to do, with which command.
_AFTER_HOLDS: Final[Mapping[str, tuple[Level, Hop, Any, str]]] = {
    Kind.BEHIND: (Level.LATE, Hop.STORE, _MORE_WORKERS, STORE),
    Kind.SPOOL: (
        *(Level.LATE, Hop.EDGE),
        gettext_lazy("Bring Kafka back; start that web process on the same disk."),
        "",
    ),
    Kind.SKEW: (Level.LATE, Hop.SEARCH, gettext_lazy("Set the clocks."), ""),
    Kind.STOPPED: (
        *(Level.BAD, Hop.STORE),
        gettext_lazy("Look at its dead letters, then let it go on:"),
        "python manage.py dead_letters allow -p %(partition)s",
    ),
    Kind.TRUNCATED: (Level.BAD, Hop.KAFKA, _A_WORKER, STORE),
    Kind.UNCOMPARED: (Level.LATE, Hop.KAFKA, "", ""),
    Kind.REPLACED: (Level.BAD, Hop.KAFKA, _A_WORKER, STORE),
    Kind.UNCONFIRMED: (
        *(Level.LATE, Hop.KAFKA),
        gettext_lazy("Look at the brokers."),
        "",
    ),
    Kind.UNSETTLED: (Level.LATE, Hop.KAFKA, "", ""),
}
_PARTS: Final[Mapping[str, tuple[Hop, Any, str]]] = {
    "kafka": (Hop.KAFKA, gettext_lazy("Bring the brokers back; nothing is lost."), ""),
    "edge": (Hop.EDGE, gettext_lazy("See why Kafka does not acknowledge."), ""),
    "mongodb": (
        Hop.STORE,
        gettext_lazy("Bring MongoDB back; entries wait in Kafka meanwhile."),
        "",
    ),
    "store": (Hop.STORE, _A_WORKER, STORE),
    "watch": (Hop.SEARCH, gettext_lazy("Start it:"), WATCH),
    "rollups": (
        Hop.SEARCH,
        gettext_lazy("Counts stand still. Start celery and its beat."),
        "",
    ),
    "disk": (Hop.STORE, gettext_lazy("Free space, or keep fewer days."), ""),
    "sql": (Hop.EDGE, gettext_lazy("Tokens cannot be looked up. Bring it back."), ""),
    "valkey": (Hop.SEARCH, gettext_lazy("Bring it back; no entry needs it."), ""),
}


_COME_BACK: Final = (408, 429, 503)  # senders repeat these by themselves
# By code or status: what to do, with which command.
_AFTER_REFUSALS: Final[Mapping[str | int, tuple[Any, str]]] = {
    "quota_exceeded": (
        gettext_lazy("Raise its quota, or wait until the UTC day is over:"),
        "python manage.py token change %(name)s --bytes-per-day …",
    ),
    429: (
        gettext_lazy("Raise its rate, or slow it down:"),
        "python manage.py token change %(name)s --rate-entries …",
    ),
    401: (
        gettext_lazy("See which token that sender has: it may be revoked or cut off."),
        "",
    ),
    "scope_missing": (gettext_lazy("Give that sender a token that may send."), ""),
    408: (
        gettext_lazy("See to that sender's network: its bodies come too slowly."),
        "",
    ),
    413: (gettext_lazy("Let that sender send less at once."), ""),
    500: (gettext_lazy("See the log of the web processes."), ""),
    503: (
        gettext_lazy("See why Kafka does not acknowledge; senders have to come back."),
        "",
    ),
}
_TRY_IT: Final = gettext_lazy(
    "Send the same by hand: the answer says what is wrong with it."
)


def troubles(
    board: Board | None,
    answers: Mapping[str, Answer],
    names: Mapping[str, str] = NAMELESS,
) -> list[Trouble]:
    """All that needs somebody, the worst first; `names`: of tokens, by id."""
    found = [*_of_parts(answers, board is not None and board.silent_s is not None)]
    if board is not None:
        found += [*_of_ledger(board), *_of_holds(board), *_of_workers(board)]
        found += [*_of_letters(board), *_of_refusals(board, names)]
        found += [Trouble(Level.LATE, Hop.KAFKA, words) for words in board.warnings]
    return sorted(found, key=lambda one: one.level)


def is_late(board: Board) -> bool:
    behind_s = board.freshness.behind_s
    return behind_s is None or behind_s > FAR_BEHIND_S


def _of_parts(
    answers: Mapping[str, Answer], is_clock_silent: bool
) -> Iterator[Trouble]:
    """As /readyz says; a clock that is silent is told by the board."""
    for name, answer in answers.items():
        if answer.state is State.OK or (is_clock_silent and name == "watch"):
            continue
        level = Level.BAD if answer.state is State.DOWN else Level.LATE
        hop, step, command = _PARTS.get(name, (Hop.SEARCH, "", ""))
        what = answer.reason or answer.state
        yield Trouble(level, hop, what, str(step), command, part=name)


def _of_ledger(board: Board) -> Iterator[Trouble]:
    sums, below = board.sums, _("The ledger below says where.")
    words = [
        ngettext(
            "%(n)s offset of the last hour is not accounted for.",
            "%(n)s offsets of the last hour are not accounted for.",
            sums.remainder,
        )
        % {"n": f"{sums.remainder:,}"}
        if sums.remainder
        else "",
        ngettext(
            "%(n)s entry was acknowledged that Kafka does not have.",
            "%(n)s entries were acknowledged that Kafka does not have.",
            sums.excess,
        )
        % {"n": f"{sums.excess:,}"}
        if sums.excess
        else "",
        ngettext("%(n)s gap between blocks.", "%(n)s gaps between blocks.", sums.gaps)
        % {"n": sums.gaps}
        if sums.gaps
        else "",
    ]
    if sums.alarm:
        what = " ".join(filter(None, words))
        yield Trouble(Level.BAD, Hop.STORE, what, below, link="#ledger-title")
    if lost := sums.states["lost"]:
        what = ngettext(
            "Kafka deleted %(n)s message of the last hour before it was stored.",
            "Kafka deleted %(n)s messages of the last hour before they were stored.",
            lost,
        ) % {"n": f"{lost:,}"}
        step = _("Keep more in the topic, or start more store workers:")
        yield Trouble(Level.BAD, Hop.KAFKA, what, step, STORE)


def _of_holds(board: Board) -> Iterator[Trouble]:
    """Why the data clock waits, in the reader's language."""
    if board.silent_s is not None:
        what = _("The process watch does not look, or cannot: since %(since)s") % {
            "since": seconds(board.silent_s)
        }
        step = _("Bring Kafka and MongoDB back, or start it:")
        yield Trouble(Level.BAD, Hop.SEARCH, what, step, WATCH)
    # What passes was so at the last round: it says nothing once there is none.
    lasts = is_late(board) and board.silent_s is None
    for one in board.reasons:
        if lasts or one["kind"] not in _PASSING:
            yield _of_hold(one)


def _of_hold(reason: Mapping[str, Any]) -> Trouble:
    since = reason["since"]
    told = {
        "partition": reason["partition"],
        "count": reason["count"],
        "shown": f"{reason['count']:,}",
        "detail": reason["detail"],
        "since": since.strftime("%Y-%m-%d %H:%M:%S UTC") if since else "",
    }
    pattern = _HOLDS.get(reason["kind"])
    if pattern is None:
        what = _("Unknown: %(kind)s") % reason
        return Trouble(Level.LATE, Hop.SEARCH, what)
    level, hop, step, command = _AFTER_HOLDS[reason["kind"]]
    return Trouble(level, hop, str(pattern % told), str(step), command % told)


def _of_letters(board: Board) -> Iterator[Trouble]:
    if count := board.open_letters:
        what = ngettext(
            "%(n)s message of the last hour waits in the dead letters.",
            "%(n)s messages of the last hour wait in the dead letters.",
            count,
        ) % {"n": f"{count:,}"}
        step, link = _("Look at them, mend and replay them"), reverse("dead-letters")
        yield Trouble(Level.LATE, Hop.DEAD, what, step, link=link)


def _of_refusals(board: Board, names: Mapping[str, str]) -> Iterator[Trouble]:
    many = [one for one in board.refused if one.requests >= MANY_REFUSED]
    for one in many[:MAX_REFUSED]:
        yield _of_refusal(one, names.get(one.token_id) or one.token_id)


def _of_refusal(one: Refused, name: str) -> Trouble:
    """Bad is what a known sender loses: it will not send that again."""
    told = {
        "name": visible(name),
        "n": f"{one.requests:,}",
        "why": f"{one.status} {one.code}",
    }
    what = _("Token %(name)s was refused %(n)s times in the last 5 minutes: %(why)s")
    if not one.token_id:
        what = _(
            "%(n)s requests without a known token were refused in the last 5 minutes: "
            "%(why)s"
        )
    comes_back = not one.token_id or one.status in _COME_BACK
    level = Level.LATE if comes_back else Level.BAD
    after = _AFTER_REFUSALS.get(one.code) or _AFTER_REFUSALS.get(one.status)
    step, command = after or (_TRY_IT, "")
    command %= {"name": shlex.quote(name)}
    return Trouble(level, Hop.OFFERED, what % told, str(step), command)


def _of_workers(board: Board) -> Iterator[Trouble]:
    if board.members == 0 and board.lag:
        what = _("No store worker shares the partitions.")
        yield Trouble(Level.BAD, Hop.STORE, what, str(_A_WORKER), STORE)
    gone: Iterable[str] = (one.name for one in board.workers if not one.is_well)
    for name in gone:
        what = _("The worker %(name)s has ended, or is silent.") % {"name": name}
        yield Trouble(
            Level.LATE, Hop.STORE, what, _("See its log, and start it again.")
        )
