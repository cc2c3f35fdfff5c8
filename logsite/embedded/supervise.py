"""The processes under supervisord: its configuration, its start, and talking to it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from logsite.embedded.errors import SuperviseError
from logsite.embedded.launch import FREE, PARENT
from logsite.embedded.process import Process, launched

ROOT = Path(__file__).resolve().parents[2]
SOCKET_PATH_LIMIT = 90  # the kernel's 107, less what supervisord appends meanwhile
PAUSE_S = 0.05


@dataclass(frozen=True)
class Group:
    """Processes that start and stop together; a later group needs the earlier ones."""

    name: str
    processes: tuple[Process, ...]


def render(data: Path, groups: Iterable[Group]) -> str:
    """supervisord's configuration; it stops the groups last to first."""
    parts = [_HEAD.format(data=_escaped(str(data)))]
    for priority, group in enumerate(groups, start=1):
        names = ",".join(process.name for process in group.processes)
        parts.append(f"[group:{group.name}]\nprograms={names}\npriority={priority}\n")
        parts.extend(_program(data, process) for process in group.processes)
    return "\n".join(parts)


_HEAD = """\
[supervisord]
nodaemon=true
silent=true
umask=077
logfile={data}/logs/supervisord.log
pidfile={data}/supervisord.pid
childlogdir={data}/logs

[unix_http_server]
file={data}/supervisor.sock
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# Started one by one by `up`, each when what it needs is proved ready; restarted for
# ever, at once, or a second later each time that it did not stay up for `startsecs`.
_PROGRAM = """\
[program:{name}]
command={command}
environment={environment}
directory={directory}
autostart=false
autorestart=true
startsecs=3
startretries=1000000
stopwaitsecs={stop_wait_s}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


def _program(data: Path, process: Process) -> str:
    environment = [f'{name}="{value}"' for name, value in process.environment.items()]
    return _PROGRAM.format(
        name=process.name,
        command=_escaped(shlex.join(launched(process.command))),
        environment=_escaped(",".join(environment)),
        directory=_escaped(str(ROOT)),
        stop_wait_s=process.stop_wait_s,
        log=_escaped(str(log_file(data, process.name))),
    )


def _escaped(text: str) -> str:
    """Percent signs begin an expansion in this format."""
    return text.replace("%", "%%")


def log_file(data: Path, name: str) -> Path:
    return data / "logs" / f"{name}.log"


def socket_file(data: Path) -> Path:
    file = data / "supervisor.sock"
    if len(os.fsencode(file)) > SOCKET_PATH_LIMIT:
        raise SuperviseError(
            f"{data} is too long a path for a socket: use a data folder whose path "
            f"has fewer than {SOCKET_PATH_LIMIT - len('/supervisor.sock')} bytes."
        )
    return file


def start(
    data: Path,
    groups: Iterable[Group],
    environment: Mapping[str, str],
    detach: bool,
    keep_open: int,
) -> subprocess.Popen[bytes]:
    """Run supervisord; unless detached it stops all in order when we are gone.

    It inherits the open file `keep_open`: a lock held there lives as long as it does.
    """
    socket_file(data)
    config = data / "supervisord.conf"
    config.write_text(render(data, groups))
    command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(config))
    with (data / "logs" / "supervisord.out").open("wb") as out:
        return subprocess.Popen(
            launched(command, FREE if detach else "TERM"),
            cwd=ROOT,
            env={**environment, PARENT: str(os.getpid())},
            pass_fds=[keep_open],
            # A session of its own: Ctrl-C in the terminal is for `up` alone to handle.
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


class Supervisor:
    """A running supervisord, over its socket."""

    def __init__(self, data: Path) -> None:
        self._url = f"unix://{socket_file(data)}"

    def wait_until_it_answers(self, alive: Callable[[], bool]) -> None:
        while alive():
            try:
                self.processes()
            except SuperviseError:
                time.sleep(PAUSE_S)
            else:
                return
        raise SuperviseError("supervisord did not start; see logs/supervisord.out.")

    def start(self, group: Group) -> None:
        self._call("startProcessGroup", group.name, False)

    def processes(self) -> list[dict[str, Any]]:
        """Name, pid and state of each process."""
        found: list[dict[str, Any]] = self._call("getAllProcessInfo")
        return found

    def _call(self, method: str, *arguments: object) -> Any:
        # One connection per call: after an error this transport cannot be used again.
        transport = SupervisorTransport(None, None, self._url)
        with closing(transport):
            server = ServerProxy("http://127.0.0.1", transport=transport)
            try:
                return getattr(server.supervisor, method)(*arguments)
            except Fault as fault:
                if fault.faultCode != Faults.SHUTDOWN_STATE:
                    raise
                raise SuperviseError("The stack is stopping.") from fault
            except (OSError, HTTPException) as error:
                raise SuperviseError(f"supervisord is silent: {error}") from error
