"""What the first start makes, and later ones find: files, SQL, people, topic."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from logsite import keys, prepare
from logsite.accounts import tokens
from logsite.accounts.models import Scope, Token
from logsite.embedded.frontend import ensure_vendor
from logsite.embedded.jars import ensure_jars

DEMO = "demo"
DEMO_SCOPES = (Scope.INGEST, Scope.READ)  # `simulate` sends, `tail` reads


@dataclass(frozen=True)
class Welcome:
    """What people need once: each is empty if an earlier start has shown it."""

    password: str
    token: str


def prepare_site(data: Path) -> Welcome:
    """All that needs no running part; the second start needs no network for it."""
    keys.keep()
    with ThreadPoolExecutor() as pool:
        fetches = [pool.submit(fetch) for fetch in (ensure_jars, ensure_vendor)]
        prepare.prepare_files()
        prepare.prepare_sql()
    for fetch in fetches:
        fetch.result()
    return Welcome(_ensure_admin(data), _ensure_demo_token(data))


def prepare_stores(environment: Mapping[str, str], replication: int) -> None:
    """The topic and the collections, once Kafka and MongoDB answer."""
    brokers, mongo_url = environment["KAFKA_BROKERS"], environment["MONGO_URL"]
    prepare.prepare_stores(brokers, mongo_url, replication)


def _ensure_admin(data: Path) -> str:
    password = secrets.token_urlsafe(12)
    if not prepare.ensure_admin(password):
        return ""
    _keep(data / "admin_password", password)
    return password


def _ensure_demo_token(data: Path) -> str:
    file = data / "demo_token"
    if file.exists() and _is_valid(file.read_text()):
        return ""
    tokens.revoke(DEMO)
    _, token = tokens.create(DEMO, DEMO_SCOPES)
    _keep(file, token)
    return token


def _is_valid(token: str) -> bool:
    digest = tokens.digest_of(token)
    found = Token.objects.filter(digest=digest, revoked=None).first()
    return found is not None and set(DEMO_SCOPES) <= set(found.scopes)


def _keep(file: Path, secret: str) -> None:
    """Readable by nobody else, from its first moment."""
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secret)
