"""`manage.py up`: start everything in order, prove it, stay, and stop in order."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from ingest.errors import Busy
from logsite.embedded import facts, first_start, plan, site, state, supervise
from logsite.embedded.down import command_for
from logsite.embedded.errors import NoFolder, StartError
from logsite.embedded.first_start import Welcome
from logsite.embedded.lock import Lock
from logsite.embedded.plan import Options, is_loopback
from logsite.embedded.ready import Board, Check, NotReady, wait_for
from logsite.embedded.stack import RUN, Stack, build, part_checks, site_checks
from logsite.embedded.supervise import Group, Supervisor
from logsite.prepare import ADMIN
from logsite.stackfile import read_state

STOP_S = 180.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OPEN_FILES = 65536  # mongod and Kafka hold many; the usual 1,024 is not enough
LAST_LINES = 15


def up(options: Options, console: Console) -> int:
    """Run the stack until it is stopped; the exit code."""
    _make_folders(options.data)
    _allow_open_files()
    lock = Lock.take(options.data)
    try:
        with _signals_interrupt():
            return _run(options, lock, console)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 0
    finally:
        lock.release()


def _run(options: Options, lock: Lock, console: Console) -> int:
    settled = facts.settle(options.data, options.brokers)
    console.print(f"Preparing {options.data} …")
    welcome = first_start.prepare_site(options.data)
    stack = _plan(options, settled)
    supervisord = supervise.start(
        stack.data, stack.groups, stack.environment, options.detach, lock.fileno()
    )
    lock.name_owner(supervisord.pid)
    try:
        _start(stack, supervisord, Board(console))
        _greet(stack, options, welcome, console)
        return 0 if options.detach else _stay(supervisord, console)
    except BaseException:
        console.print("Stopping …")
        _stop(supervisord)
        raise
    finally:
        if supervisord.poll() is not None:
            state.forget(stack.data)


def _make_folders(data: Path) -> None:
    os.umask(0o077)
    try:
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
        for name in ("logs", RUN):
            (data / name).mkdir(exist_ok=True)
    except OSError as error:
        hint = "Give a folder that is yours by --data or LOGSITE_DATA."
        raise NoFolder(f"{data} cannot be used: {error.strerror}. {hint}") from error


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _plan(options: Options, settled: facts.Facts) -> Stack:
    chosen = plan.choose_ports(options, settled.brokers)
    stale = read_state(options.data).get("environment", {})
    addresses = plan.stack_environment(options, chosen)
    environment = plan.process_environment(os.environ, stale, addresses)
    environment["LOGSITE_DATA"] = str(options.data)
    environment["HEARTBEAT_DIR"] = str(options.data / RUN)
    return build(options, settled, chosen, environment)


def _start(stack: Stack, supervisord: subprocess.Popen[bytes], board: Board) -> None:
    """First what others need; the site and its workers when that is proved."""

    def alive() -> bool:
        return supervisord.poll() is None

    supervisor = Supervisor(stack.data)
    supervisor.wait_until_it_answers(alive)
    try:
        with board.shown():
            _start_groups(supervisor, stack.stores, part_checks(stack), board, alive)
            state.write(stack)
            first_start.prepare_stores(stack.environment, stack.replication)
            _start_groups(supervisor, stack.site, site_checks(stack), board, alive)
    except NotReady as error:
        raise StartError(_explained(stack, error, alive())) from error
    except Busy as error:
        raise StartError(str(error)) from error
    for group in stack.senders:
        supervisor.start(group)
    state.write(stack)


def _start_groups(
    supervisor: Supervisor,
    groups: Iterable[Group],
    checks: list[Check],
    board: Board,
    alive: Callable[[], bool],
) -> None:
    for group in groups:
        supervisor.start(group)
    for check in checks:
        board.started(check)
    wait_for(checks, board, alive)


def _greet(stack: Stack, options: Options, welcome: Welcome, console: Console) -> None:
    console.print(f"\n[bold green]logsite is ready:[/] {stack.address}")
    if welcome.password:
        console.print(f"  log in as    {ADMIN}", highlight=False)
        console.print(
            f"  password     {welcome.password}", highlight=False, markup=False
        )
    if welcome.token:
        console.print(f"  token        {welcome.token}", highlight=False, markup=False)
    if welcome.password or welcome.token:
        console.print(f"  (shown once; kept in {stack.data}, readable by you only)")
    if not is_loopback(options.host):
        console.print(
            f"[yellow]Warning:[/] {options.host} is open to the network, without TLS: "
            "passwords and tokens can be read on the way."
        )
    stop = command_for(stack.data) if options.detach else "Ctrl-C"
    console.print(f"Stop with: {stop}", highlight=False, markup=False)


def _stay(supervisord: subprocess.Popen[bytes], console: Console) -> int:
    """Until Ctrl-C interrupts, or `down` has stopped supervisord."""
    code = supervisord.wait()
    console.print("Stopped." if code == 0 else "supervisord ended unexpectedly.")
    return 0 if code == 0 else 1


def _stop(supervisord: subprocess.Popen[bytes]) -> None:
    """In order, whatever else people press; what hangs is ended with supervisord."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    supervisord.terminate()
    try:
        supervisord.wait(STOP_S)
    except subprocess.TimeoutExpired:
        supervisord.kill()
        supervisord.wait()


def _explained(stack: Stack, error: NotReady, alive: bool) -> str:
    if not alive:
        return "The stack was stopped while it started."
    said = [str(error), *(site.reasons(stack.address) if error.name == "web" else [])]
    log = supervise.log_file(stack.data, error.name)
    text = log.read_text(errors="replace") if log.exists() else ""
    last_words = "\n".join(text.splitlines()[-LAST_LINES:])
    return "\n".join([*said, f"The end of {log}:", last_words])


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Ctrl-C, `kill` and a closed terminal all stop in order."""
    before = {number: signal.signal(number, _interrupt) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
