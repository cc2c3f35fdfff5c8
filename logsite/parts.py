"""The parts that /readyz asks: how each is asked, and what its answer means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import psutil
import pymongo
from django.conf import settings
from django.core.cache import cache as valkey
from django.db import close_old_connections, connection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest import metrics
from ingest.edge.app import running
from ingest.errors import Busy
from ingest.kafka.admin import Cluster, cluster
from ingest.mongo import Document, database
from ingest.steps.heartbeat import Beat, read_beats
from ingest.stops import stopped_heads
from logsite.health import Answer, Board, Part, Purpose, State
from stats.rollup import STATUS

TIMEOUT_S: Final = 1.0  # of one question to one part
SILENT_WORKER_S: Final = 10.0  # a heartbeat older than this is no heartbeat
FORGOTTEN_WORKER_S: Final = 600.0  # it was not killed, there are fewer workers now
SILENT_WATCH_S: Final = 10.0
SILENT_ROLLUPS_S: Final = 60.0  # they run every two seconds
FAR_BEHIND_S: Final = 60.0  # the data clock; entries are that late


@cache
def board() -> Board:
    """The parts of this installation, made at first use."""
    ingest, store, search = Purpose.INGEST, Purpose.STORE, Purpose.SEARCH
    accepting = () if settings.SPOOL_DIR else (ingest,)  # what is spooled is accepted
    return Board(
        (
            Part("kafka", ask_kafka, (*accepting, store)),
            Part("mongodb", ask_mongodb, (store, search)),
            Part("sql", ask_sql, (search,)),
            Part("valkey", ask_valkey, ()),
            Part("edge", ask_edge, (ingest,)),
            Part("disk", ask_disk, (ingest, store)),
            Part("store", ask_store, (store,)),
            Part("watch", ask_watch, ()),
            Part("rollups", ask_rollups, ()),
        )
    )


def ask_kafka() -> Answer:
    return judge_kafka(cluster(settings.KAFKA_BROKERS, settings.LOG_TOPIC, TIMEOUT_S))


def ask_mongodb() -> Answer:
    with mongodb() as db:
        return judge_mongodb(db.client.admin.command("hello"))


@contextmanager
def mongodb() -> Iterator[Database[Document]]:
    """MongoDB, for a question that has to be answered soon."""
    try:
        with pymongo.timeout(TIMEOUT_S):
            yield database()
    except PyMongoError as error:
        kind = type(error).__name__
        raise Busy(f"MongoDB does not answer ({kind})") from error


def judge_mongodb(hello: dict[str, Any]) -> Answer:
    if not hello.get("isWritablePrimary"):
        return Answer(State.DOWN, "no primary: nothing can be written")
    if hello.get("readOnly"):
        return Answer(State.DOWN, "MongoDB is read-only")
    return Answer(State.OK, details={"primary": hello.get("me", "")})


def ask_sql() -> Answer:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Answer(State.OK, details={"kind": connection.vendor})
    finally:
        connection.close()  # each question has the thread; keep no connection idle


def ask_valkey() -> Answer:
    """Only the login throttle and caches live there: without it, logsite works."""
    try:
        valkey.get("readyz")
    except Exception as error:
        return Answer(State.DEGRADED, f"does not answer: {error}")
    return Answer(State.OK)


def ask_edge() -> Answer:
    edge = running()
    if edge is None:
        return Answer(State.OK)
    return judge_edge(edge.delivery.refuses, edge.delivery.is_spooling)


def judge_edge(refuses: bool, is_spooling: bool) -> Answer:
    """Kafka may answer questions and still acknowledge nothing."""
    if refuses:
        return Answer(State.DOWN, "Kafka did not acknowledge; requests get 503")
    if is_spooling:
        return Answer(State.DEGRADED, "Kafka did not acknowledge; requests are spooled")
    return Answer(State.OK)


def ask_disk() -> Answer:
    free = psutil.disk_usage(str(settings.DATA_DIR)).free
    metrics.gauge("disk_free_bytes", free)
    return judge_disk(free // 2**20, settings.MIN_FREE_DISK_MB)


def judge_disk(free_mb: int, wanted_mb: int) -> Answer:
    details = {"free_mb": free_mb, "min_free_mb": wanted_mb}
    if free_mb < wanted_mb:
        reason = f"only {free_mb} MB free, MIN_FREE_DISK_MB is {wanted_mb}"
        return Answer(State.DOWN, reason, details)
    return Answer(State.OK, details=details)


def judge_kafka(cluster: Cluster) -> Answer:
    details = {"brokers": len(cluster.brokers), "partitions": len(cluster.leaders)}
    if not cluster.leaders:
        return Answer(State.DOWN, f"topic {settings.LOG_TOPIC} is missing", details)
    orphans = [n for n, leader in cluster.leaders.items() if leader < 0]
    if len(orphans) == len(cluster.leaders):
        return Answer(State.DOWN, "no partition has a leader", details)
    if orphans:
        return Answer(State.DEGRADED, f"partitions without leader: {orphans}", details)
    return Answer(State.OK, details=details)


def ask_store() -> Answer:
    beats = read_beats(settings.HEARTBEAT_DIR, "store", time.time())
    clock = None if any(map(_is_well, beats.values())) else read_clock()
    answer = judge_store(beats, clock, datetime.now(UTC))
    return answer if answer.state is State.DOWN else judge_stopped(answer, _stopped())


def _stopped() -> list[int]:
    with suppress(Busy), mongodb() as db:  # that MongoDB is away says another part
        return [head["partition"] for head in stopped_heads(db, settings.LOG_TOPIC)]
    return []


def judge_stopped(answer: Answer, partitions: list[int]) -> Answer:
    """Some partitions stand still because of too many dead letters."""
    if not partitions:
        return answer
    stands = f"too many dead letters stopped partitions {partitions}"
    reason = ", ".join(filter(None, (answer.reason, stands)))
    return Answer(State.DEGRADED, reason, answer.details)


def read_clock() -> dict[str, Any] | None:
    with mongodb() as db:
        return db["clock"].find_one("clock")


def judge_store(
    beats: dict[str, Beat], clock: dict[str, Any] | None, now: datetime
) -> Answer:
    """Alive by a heartbeat here; workers elsewhere by a data clock that goes on."""
    recent = {
        name: beat for name, beat in beats.items() if beat.age_s <= FORGOTTEN_WORKER_S
    }
    ill = [
        _illness(name, beat)
        for name, beat in sorted(recent.items())
        if not _is_well(beat)
    ]
    details = {"workers": len(recent) - len(ill)}
    if details["workers"]:
        state = State.DEGRADED if ill else State.OK
        return Answer(state, ", ".join(ill), details)
    elsewhere = clock and _age_s(clock.get("complete_to"), now) <= SILENT_WORKER_S
    if elsewhere and not ill:
        return Answer(State.OK, "seen by the data clock")
    return Answer(State.DOWN, ", ".join(ill) or "no store worker runs", details)


def _is_well(beat: Beat) -> bool:
    return not beat.gone and beat.age_s <= SILENT_WORKER_S


def _illness(name: str, beat: Beat) -> str:
    if beat.gone:
        return f"{name} has ended"
    return f"{name} gave no heartbeat for {beat.age_s:.0f} s"


def ask_watch() -> Answer:
    beats = read_beats(settings.HEARTBEAT_DIR, "watch", time.time())
    if any(beat.gone for beat in beats.values()):
        return Answer(State.DOWN, "the process has ended")
    return judge_watch(read_clock(), datetime.now(UTC))


def judge_watch(clock: dict[str, Any] | None, now: datetime) -> Answer:
    if clock is None:
        return Answer(State.DOWN, "has not reported yet")
    silent_s = _age_s(clock["at"], now)
    if silent_s > SILENT_WATCH_S:
        return Answer(State.DOWN, f"has not reported for {silent_s:.0f} s")
    if clock.get("complete_to") is None:
        return Answer(State.DEGRADED, "the data clock has not started")
    details = {"complete_to": rfc3339(clock["complete_to"])}
    behind_s = _age_s(clock["complete_to"], now)
    if behind_s > FAR_BEHIND_S:
        holds = ", ".join(clock.get("holds", ())) or "still catching up"
        reason = f"entries are visible {behind_s:.0f} s late: {holds}"
        return Answer(State.DEGRADED, reason, details)
    return Answer(State.OK, details=details)


def ask_rollups() -> Answer:
    with mongodb() as db:
        return judge_rollups(db["clock"].find_one(STATUS), datetime.now(UTC))


def judge_rollups(status: dict[str, Any] | None, now: datetime) -> Answer:
    """Only counts and retention wait for them: nothing is lost meanwhile."""
    if status is None:
        return Answer(State.DEGRADED, "nothing was counted yet: celery and beat do it")
    details = {"complete_to": rfc3339(status["complete_to"])}
    silent_s = _age_s(status["at"], now)
    if silent_s > SILENT_ROLLUPS_S:
        reason = f"nothing was counted for {silent_s:.0f} s: celery and beat do it"
        return Answer(State.DEGRADED, reason, details)
    return Answer(State.OK, details=details)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _age_s(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else float("inf")
