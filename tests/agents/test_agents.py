"""rsyslog and syslog-ng send a file's lines, also while Kafka is away for a while."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ingest.edge.circuit import OPEN_S
from tests.agents.packages import Agents
from tests.ingest.edge.serving import Served

pytestmark = pytest.mark.agents
DOCS = Path(__file__).parents[2] / "docs/senders"
LINES = [f'order {n} "failed" \\ at 100%' for n in range(2_000)]
PATIENCE_S = 60.0

RSYSLOG = """
global(workDirectory="{folder}" net.enableDNS="off")
module(load="imfile")
input(type="imfile" file="{folder}/app.log" tag="shop" severity="error")
{documented}
"""
SYSLOG_NG = """
@version: current
source s_src {{
    file("{folder}/app.log" flags(no-parse) follow-freq(1) program-override("shop"));
}};
{documented}
"""


def documented(page: str, served: Served, folder: Path) -> str:
    """The first configuration of a page, with a test's addresses."""
    found = re.search(r"^```\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)
    assert found
    text = found[1].replace("TOKEN", "alice").replace("/var/log/", f"{folder}/")
    return re.sub(r"https://logs\.example\.com(:443)?", served.address, text)


@contextmanager
def rsyslog(agents: Agents, served: Served, folder: Path) -> Iterator[None]:
    module = agents.folder_of("omelasticsearch.so")
    text = documented("rsyslog.md", served, folder).replace(
        'resumeInterval="5"', 'resumeInterval="1"'
    )
    config = folder / "rsyslog.conf"
    config.write_text(RSYSLOG.format(folder=folder, documented=text))
    with running(
        agents,
        *(agents.program("rsyslogd"), "-n", "-M", str(module)),
        *("-f", str(config), "-i", str(folder / "pid")),
    ):
        yield


@contextmanager
def syslog_ng(agents: Agents, served: Served, folder: Path) -> Iterator[None]:
    modules = agents.folder_of("libhttp.so")
    text = documented("syslog-ng.md", served, folder).replace(
        "frac-digits", "time-reopen(1) frac-digits"
    )
    config = folder / "syslog-ng.conf"
    config.write_text(SYSLOG_NG.format(folder=folder, documented=text))
    with running(
        agents,
        *(agents.program("syslog-ng"), "-F", "-e", "--no-caps", "-f", str(config)),
        *(f"--module-path={modules}", f"--persist-file={folder}/persist"),
        *(f"--control={folder}/control", f"--pidfile={folder}/pid"),
    ):
        yield


@contextmanager
def running(agents: Agents, *command: str) -> Iterator[None]:
    with subprocess.Popen(command, env=agents.environment) as process:
        try:
            yield
        finally:
            process.terminate()


Agent = Callable[[Agents, Served, Path], AbstractContextManager[None]]


def wait_until(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < give_up, "the agent did nothing more"
        time.sleep(0.05)


def come_back(served: Served) -> None:
    """Kafka is there again, and the edge may try it."""
    served.edge.kafka.away = False
    served.edge.now += OPEN_S + 1


@pytest.mark.parametrize("agent", [rsyslog, syslog_ng])
def test_every_line_arrives_once(
    agents: Agents, served: Served, tmp_path: Path, agent: Agent
) -> None:
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")

    with agent(agents, served, tmp_path):
        wait_until(lambda: len(served.messages) >= len(LINES))

    assert sorted(served.messages) == sorted(LINES)  # rsyslog has several workers
    entry = served.edge.kafka.values[0]
    assert entry["service"] == "shop"
    assert entry["metadata"]["host"]
    assert "mended" not in entry["metadata"].get("_logsite", {})


def test_syslog_ng_sends_everything_once_after_kafka_was_away(
    agents: Agents, served: Served, tmp_path: Path
) -> None:
    served.edge.kafka.away = True
    (tmp_path / "app.log").write_text("\n".join(LINES) + "\n")

    with syslog_ng(agents, served, tmp_path):
        wait_until(lambda: served.edge.kafka.asked > 0)
        come_back(served)
        wait_until(lambda: len(served.messages) >= len(LINES))

    assert served.messages == LINES


def test_rsyslog_keeps_in_its_error_file_what_kafka_did_not_take(
    agents: Agents, served: Served, tmp_path: Path
) -> None:
    """Releases before the middle of 2026 do not send it again by themselves."""
    served.edge.kafka.away = True
    log, kept = tmp_path / "app.log", tmp_path / "logsite-rejected.json"
    log.write_text("\n".join(LINES) + "\n")

    with rsyslog(agents, served, tmp_path):
        wait_until(lambda: kept.exists() and kept.stat().st_size > 0)
        come_back(served)
        with log.open("a") as file:
            file.write("the last\n")
        wait_until(lambda: "the last" in served.messages)

    assert sorted(served.messages + messages_of(kept)) == sorted([*LINES, "the last"])


def messages_of(error_file: Path) -> list[str]:
    """The messages of the requests in an error file of omelasticsearch."""
    failed = [json.loads(line) for line in error_file.read_text().splitlines()]
    bodies = "\n".join(one["request"]["postdata"] for one in failed)
    lines = [json.loads(line) for line in bodies.splitlines() if line]
    return [line["message"] for line in lines if "message" in line]
