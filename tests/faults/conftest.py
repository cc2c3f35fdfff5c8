"""The cluster, the MongoDB and the account that all rows share, whole before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster
from tests.faults.rig import Account, Rig
from tests.parts import Part, start_mongodb, start_valkey
from tests.site import manage


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Three brokers and a controller, which this test may end."""
    yield shared_cluster
    shared_cluster.heal()


@pytest.fixture(scope="session")
def shared_mongodb(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Part, str]]:
    part, url = start_mongodb(tmp_path_factory.mktemp("mongodb"))
    yield part, url
    part.stop()


@pytest.fixture
def mongodb(shared_mongodb: tuple[Part, str]) -> Iterator[Part]:
    """A MongoDB that this test may end."""
    part, _ = shared_mongodb
    yield part
    if part.is_alive:
        part.thaw()
    else:
        part.start()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A Valkey that this test may end."""
    part, url = start_valkey(tmp_path / "own")
    yield part, url
    part.stop()


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A token, made once: each command takes seconds."""
    folder = tmp_path_factory.mktemp("account")
    environment = {
        "DJANGO_SETTINGS_MODULE": "logsite.settings",
        "LOGSITE_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "SECRET_KEY": "the same for all processes of one test run, and long enough",
        "MIN_FREE_DISK_MB": "0",
    }
    manage(environment, "migrate", "--verbosity", "0")
    token = manage(environment, "token", "create", "faults", "--scope", "ingest")
    return Account(token.strip(), environment)


@pytest.fixture
def rig(
    cluster: Cluster,
    mongodb: Part,
    shared_mongodb: tuple[Part, str],
    account: Account,
    tmp_path: Path,
) -> Iterator[Rig]:
    """A topic with three replicas and a database of its own."""
    made = Rig(cluster.brokers, shared_mongodb[1], tmp_path, account)
    yield made
    made.close()
