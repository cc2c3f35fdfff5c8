"""Lines of text in the layouts that people really have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.formats.linetimes import Reading
from ingest.formats.text import TextLine, read_text

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
READING = Reading(NOW)

# layout: line, time, level as spelled, message, fields
LINES: dict[str, tuple[str, str, str | int | None, str, dict[str, Any]]] = {
    "iso": (
        "2026-03-09T10:11:12.5Z stock is low",
        "2026-03-09T10:11:12.5",
        None,
        "stock is low",
        {},
    ),
    "iso with level": (
        "2026-03-09 10:11:12+01:00 WARNING: stock is low",
        "2026-03-09T09:11:12",
        "WARNING",
        "stock is low",
        {},
    ),
    "iso with spaced offset, serilog": (
        "2026-03-09 10:11:12.345 +01:00 [ERR] no route",
        "2026-03-09T09:11:12.345",
        "ERR",
        "no route",
        {},
    ),
    "python dashes": (
        "2026-03-09 10:11:12,345 - shop.cart - ERROR - basket is gone",
        "2026-03-09T10:11:12.345",
        "ERROR",
        "basket is gone",
        {"component": "shop.cart"},
    ),
    "python brackets": (
        "[2026-03-09 10:11:12 +0000] [812] [INFO] Booting worker",
        "2026-03-09T10:11:12",
        "INFO",
        "Booting worker",
        {"pid": 812},
    ),
    "django verbose": (
        "INFO 2026-03-09 10:11:12,345 basket saved",
        "2026-03-09T10:11:12.345",
        "INFO",
        "basket saved",
        {},
    ),
    "loguru": (
        "2026-03-09 10:11:12.345 | DEBUG    | shop.cart:save:42 - saved",
        "2026-03-09T10:11:12.345",
        "DEBUG",
        "saved",
        {"component": "shop.cart", "function": "save", "line": 42},
    ),
    "log4j with thread": (
        "2026-03-09 10:11:12,345 WARN [pool-1 [a]] com.shop.Cart: slow answer",
        "2026-03-09T10:11:12.345",
        "WARN",
        "slow answer",
        {"thread": "pool-1 [a]", "component": "com.shop.Cart"},
    ),
    "logback": (
        "2026-03-09 10:11:12,345 [main] ERROR com.shop.Cart - no stock",
        "2026-03-09T10:11:12.345",
        "ERROR",
        "no stock",
        {"thread": "main", "component": "com.shop.Cart"},
    ),
    "spring boot": (
        "2026-03-09T10:11:12.345Z  INFO 77 --- [shop] [   main] c.s.Cart   : up",
        "2026-03-09T10:11:12.345",
        "INFO",
        "up",
        {"pid": 77, "application": "shop", "thread": "main", "component": "c.s.Cart"},
    ),
    "zookeeper": (
        "2026-03-09 10:11:12,345 - WARN  [Peer[id=2]/0:0:Election@774] - no votes",
        "2026-03-09T10:11:12.345",
        "WARN",
        "no votes",
        {"thread": "Peer[id=2]/0:0", "component": "Election", "line": 774},
    ),
    "openstack": (
        "api.log 2026-03-09 10:11:12.345 512 INFO shop.wsgi [req-7 u1 -] GET /v1",
        "2026-03-09T10:11:12.345",
        "INFO",
        "GET /v1",
        {
            "origin": "api.log",
            "pid": 512,
            "component": "shop.wsgi",
            "request": "req-7 u1 -",
        },
    ),
    "hdfs": (
        "260309 101112 35 WARN dfs.Name$Sys: block moved",
        "2026-03-09T10:11:12",
        "WARN",
        "block moved",
        {"pid": 35, "component": "dfs.Name$Sys"},
    ),
    "spark": (
        "26/03/09 10:11:12 INFO storage.Memory: block kept",
        "2026-03-09T10:11:12",
        "INFO",
        "block kept",
        {"component": "storage.Memory"},
    ),
    "go": (
        "2026/03/09 10:11:12 listening",
        "2026-03-09T10:11:12",
        None,
        "listening",
        {},
    ),
    "zap": (
        "2026-03-09T10:11:12.345Z\tINFO\tcart\tshop/cart.go:12\tsaved",
        "2026-03-09T10:11:12.345",
        "INFO",
        "saved",
        {"component": "cart", "caller": "shop/cart.go:12"},
    ),
    "env_logger": (
        "[2026-03-09T10:11:12Z WARN  shop::cart] slow",
        "2026-03-09T10:11:12",
        "WARN",
        "slow",
        {"component": "shop::cart"},
    ),
    "klog": (
        "E0309 10:11:12.345678    77 cart.go:12] no node",
        "2026-03-09T10:11:12.345678",
        "E",
        "no node",
        {"thread": 77, "component": "cart.go:12"},
    ),
    "apache error": (
        "[Mon Mar 09 10:11:12 2026] [error] [client 192.0.2.1] no such file",
        "2026-03-09T10:11:12",
        "error",
        "[client 192.0.2.1] no such file",
        {},
    ),
    "apache error 2.4": (
        "[Mon Mar 09 10:11:12.345678 2026] [core:notice] [pid 9:tid 10] AH1: ready",
        "2026-03-09T10:11:12.345678",
        "notice",
        "AH1: ready",
        {"component": "core", "pid": 9, "thread": 10},
    ),
    "nginx error": (
        "2026/03/09 10:11:12 [crit] 31#33: *4 no socket",
        "2026-03-09T10:11:12",
        "crit",
        "*4 no socket",
        {"pid": 31, "thread": 33},
    ),
    "combined access": (
        '192.0.2.1 - ann [09/Mar/2026:10:11:12 +0100] "GET /a HTTP/1.1" 503 17 "-" "x"',
        "2026-03-09T09:11:12",
        None,
        '"GET /a HTTP/1.1" 503 17 "-" "x"',
        {"client": "192.0.2.1", "user": "ann", "status": 503, "bytes": 17},
    ),
    "syslog 3164": (
        "<27>Mar  9 10:11:12 box-1 cron(root)[812]: job failed",
        "2026-03-09T10:11:12",
        3,
        "job failed",
        {"facility": 3, "host": "box-1", "component": "cron(root)", "pid": 812},
    ),
    "syslog without tag": (
        "Mar 09 10:11:12 box-1 last message repeated 2 times",
        "2026-03-09T10:11:12",
        None,
        "last message repeated 2 times",
        {"host": "box-1"},
    ),
    "syslog 5424": (
        '<165>1 2026-03-09T10:11:12.345Z box-1 cart 812 ID7 [a@1 k="v \\"w\\""] sold',
        "2026-03-09T10:11:12.345",
        5,
        "sold",
        {
            "facility": 20,
            "host": "box-1",
            "component": "cart",
            "pid": 812,
            "message_id": "ID7",
            "structured": {"a@1": {"k": 'v "w"'}},
        },
    ),
    "rsyslog": (
        "2026-03-09T10:11:12.345+00:00 box-1 sshd[77]: bye",
        "2026-03-09T10:11:12.345",
        None,
        "bye",
        {"host": "box-1", "component": "sshd", "pid": 77},
    ),
    "postgresql": (
        "2026-03-09 10:11:12.345 UTC [77] ann@shop FATAL:  no such role",
        "2026-03-09T10:11:12.345",
        "FATAL",
        "no such role",
        {"pid": 77, "user": "ann", "database": "shop"},
    ),
    "redis": (
        "77:M 09 Mar 2026 10:11:12.345 # out of memory",
        "2026-03-09T10:11:12.345",
        "warning",
        "out of memory",
        {"pid": 77, "role": "M"},
    ),
    "monolog": (
        "[2026-03-09 10:11:12] production.ERROR: no mail",
        "2026-03-09T10:11:12",
        "ERROR",
        "no mail",
        {"component": "production"},
    ),
    "logfmt": (
        'time=2026-03-09T10:11:12Z level=warn msg="slow \\"query\\"" took=3s',
        "2026-03-09T10:11:12",
        "warn",
        'slow "query"',
        {"took": "3s"},
    ),
    "compose": (
        "web-1  | 2026-03-09T10:11:12Z INFO up",
        "2026-03-09T10:11:12",
        "INFO",
        "up",
        {"origin": "web-1"},
    ),
}


@pytest.mark.parametrize("layout", LINES)
def test_it_reads_every_part_of_a_line(layout: str) -> None:
    line, at, level, message, fields = LINES[layout]

    read = read_text(line, READING)

    assert read.time is not None
    assert read.time.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (read.level, read.message, read.fields) == (level, message, fields)


@pytest.mark.parametrize(
    "line",
    [
        "all is well",
        "123456 654321 are numbers",
        "2026-02-31 10:11:12 names no day",
        "error in module cart",
        "x=1 y=2",
        "[not a time] [error] hello",
        "",
    ],
)
def test_it_takes_a_line_in_no_known_layout_as_a_message(line: str) -> None:
    assert read_text(line, READING) == TextLine(line)


def test_it_takes_a_bare_word_as_a_level_only_in_capitals() -> None:
    capitals = read_text("2026-03-09T10:11:12Z ERROR in cart", READING)
    ordinary = read_text("2026-03-09T10:11:12Z error in cart", READING)

    assert (capitals.level, capitals.message) == ("ERROR", "in cart")
    assert (ordinary.level, ordinary.message) == (None, "error in cart")


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("ERROR:shop.cart:no stock", "ERROR"),
        ("INFO:     Application startup complete.", "INFO"),
        ("[warn] low disk", "warn"),
        ("panic: no stock", "panic"),
    ],
)
def test_it_finds_the_level_of_a_line_without_a_time(line: str, level: str) -> None:
    assert read_text(line, READING) == TextLine(line, level=level)


def test_it_marks_a_missing_year_and_zone_as_assumed() -> None:
    read = read_text("Mar  9 10:11:12 box-1 cron[1]: x", READING)

    assert read.time is not None
    assert read.time.assumed == ("year", "zone")
    assert read.time_text == "Mar  9 10:11:12"


def test_it_takes_the_latest_year_that_is_not_in_the_future() -> None:
    yesterday = read_text("Mar  9 10:11:12 box-1 cron[1]: x", READING)
    tomorrow = read_text("Mar 11 10:11:12 box-1 cron[1]: x", READING)
    later = read_text("Mar 12 10:11:12 box-1 cron[1]: x", READING)
    leap_day = read_text("Feb 29 10:11:12 box-1 cron[1]: x", READING)

    years = [r.time.at.year for r in (yesterday, tomorrow, later, leap_day) if r.time]
    assert years == [2026, 2026, 2025, 2024]


def test_it_reads_times_without_a_zone_in_the_given_one() -> None:
    reading = Reading(NOW, ZoneInfo("Asia/Seoul"))

    local = read_text("2026-03-09 10:11:12,345 INFO a", reading)
    with_zone = read_text("2026-03-09 10:11:12+00:00 INFO a", reading)

    assert local.time is not None
    assert local.time.at == datetime(2026, 3, 9, 1, 11, 12, 345000, tzinfo=UTC)
    assert local.time.assumed == ("zone",)
    assert with_zone.time is not None
    assert with_zone.time.at.hour == 10
    assert with_zone.time.assumed == ()


def test_it_leaves_colours_out() -> None:
    read = read_text("2026-03-09T10:11:12Z \x1b[31mERROR\x1b[0m no stock", READING)

    assert (read.level, read.message) == ("ERROR", "no stock")


def test_it_keeps_the_whole_line_when_nothing_follows_the_prefix() -> None:
    read = read_text("2026-03-09T10:11:12Z ERROR ", READING)

    assert read.level == "ERROR"
    assert read.message == "2026-03-09T10:11:12Z ERROR "
