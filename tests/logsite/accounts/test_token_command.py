"""`manage.py token` makes, lists and revokes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from logsite.accounts.models import Token
from logsite.accounts.tokens import digest_of

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("token", *arguments, stdout=out, skip_checks=True)
    return out.getvalue()


def test_it_prints_a_new_token_and_nothing_else() -> None:
    plain = run("create", "shipper", "--scope", "ingest").strip()

    assert Token.objects.get().digest == digest_of(plain)


def test_it_gives_several_scopes_and_services() -> None:
    scopes = ("--scope", "ingest", "--scope", "read")
    run("create", "shipper", *scopes, "--service", "a", "--service", "b")

    token = Token.objects.get()

    assert token.scopes == ["ingest", "read"]
    assert token.services == ["a", "b"]


def test_it_refuses_a_name_that_is_taken() -> None:
    run("create", "shipper", "--scope", "ingest")

    with pytest.raises(CommandError, match="has this name already"):
        run("create", "shipper", "--scope", "ingest")


def test_it_lists_tokens_without_their_text() -> None:
    plain = run("create", "shipper", "--scope", "ingest").strip()

    listed = run("list")

    assert listed.startswith(f"shipper\t{plain[:12]}…\tingest\t*\tvalid")
    assert plain not in listed


def test_it_revokes_and_says_which() -> None:
    run("create", "shipper", "--scope", "ingest")

    assert run("revoke", "shipper").startswith("revoked shipper (lgs_")
    assert "revoked 2" in run("list")


def test_it_says_when_there_is_nothing_to_revoke() -> None:
    with pytest.raises(CommandError, match="no valid token is called 'nobody'"):
        run("revoke", "nobody")


def test_it_names_the_folder_that_has_no_site_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "site.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", file)

    with pytest.raises(CommandError, match=f"No site is known in {settings.DATA_DIR}"):
        run("list")

    assert not file.exists()


def test_it_says_what_makes_the_tables_of_a_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://someone@here/logsite")
    monkeypatch.setattr(connection.introspection, "table_names", list)

    with pytest.raises(CommandError, match=r"manage\.py prepare"):
        run("create", "shipper", "--scope", "ingest")
