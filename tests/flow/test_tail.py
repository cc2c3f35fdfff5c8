"""A line from POST to an open tail, in a socket and in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest
from websockets.exceptions import InvalidStatus

from tests.site import ROOT, Site
from tests.tailing import frame, tail

pytestmark = pytest.mark.parts


def test_a_posted_line_is_in_an_open_tail_before_it_is_stored(site: Site) -> None:
    worker = site.parts["store-1"]
    with tail(site, q="lighthouse") as socket:
        frame(socket, "hello")
        worker.freeze()
        try:
            assert site.post('{"message": "lighthouse is on"}').status_code == 202
            [entry] = frame(socket, "entries")["entries"]
            assert site.get(f"/api/logs/{entry['id']}").status_code == 404
        finally:
            worker.thaw()

    assert entry["message"] == "lighthouse is on"
    site.wait_until_visible()
    assert site.get(f"/api/logs/{entry['id']}").json() == entry


def test_a_stranger_is_refused(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused, tail(site, token="lgs_unknown"):
        pass

    assert refused.value.response.status_code == 403


def test_the_command_shows_lines_as_they_come(site: Site) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "tail", "harbour"]
    where = ["--url", site.address, "--token", site.token, "--json"]
    with subprocess.Popen(
        [*command, *where], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        posting = threading.Timer(0, _post_until_seen, (site, process))
        posting.start()
        assert process.stdout
        entry = json.loads(process.stdout.readline())
        process.terminate()

    posting.join()
    assert entry["message"] == "harbour is open"


def _post_until_seen(site: Site, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        site.post('{"message": "harbour is open"}')
        time.sleep(0.2)
