"""A line from POST to an open tail, in a socket and in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from logsite.tail.socket import MAX_SOCKETS, NOT_ALLOWED, TOO_MANY
from tests.site import ROOT, Site
from tests.tailing import frame, frames_of, tail

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
    where = ["--url", site.address, "--token", site.token, "--json"]
    manage = str(ROOT / "manage.py")

    shown = first_line(site, manage, "tail", "harbour", *where)

    assert json.loads(shown)["message"] == "harbour is open"


def test_the_client_of_the_docs_shows_lines_as_they_come(
    site: Site, tmp_path: Path
) -> None:
    code = (ROOT / "docs/tail.md").read_text().split("```python\n")[1].split("```")[0]
    told = {"127.0.0.1:8000": urlsplit(site.address).netloc, "lgs_...": site.token}
    for there, here in {**told, "q=timeout": "q=harbour"}.items():
        assert there in code
        code = code.replace(there, here)
    client = tmp_path / "client.py"
    client.write_text(code)

    assert first_line(site, str(client)).endswith(" INFO harbour is open\n")


def first_line(site: Site, *program: str) -> str:
    """What a program that watches writes first, while there is something to see."""
    with subprocess.Popen(
        [sys.executable, *program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        posting = threading.Thread(target=_post_until_seen, args=(site, process))
        posting.start()
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()
    posting.join()
    return line


def _post_until_seen(site: Site, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        site.post('{"message": "harbour is open"}')
        time.sleep(0.2)


def test_a_token_has_only_so_many_tails_at_once(site: Site) -> None:
    with ExitStack() as tails:
        for _ in range(MAX_SOCKETS):
            frame(tails.enter_context(tail(site)), "hello")
        with tail(site) as one_more:
            [error] = frames_of(one_more)

    assert error["code"] == "too_many_tails"
    assert one_more.close_code == TOO_MANY


def test_a_tail_ends_soon_after_its_token_is_revoked(site: Site) -> None:
    token = site.manage("token", "create", "short-lived", "--scope", "read").strip()
    with tail(site, token) as socket:
        frame(socket, "hello")
        site.manage("token", "revoke", "short-lived")
        for _ in frames_of(socket):
            pass

    assert socket.close_code == NOT_ALLOWED
