"""`manage.py token` makes, lists and revokes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from ingest.edge.rates import Rates
from logsite.accounts.models import Token
from logsite.accounts.tokens import digest_of
from logsite.audit.models import AuditEntry

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


def test_it_gives_limits_as_people_write_them() -> None:
    limits = ("--rate-entries", "500", "--rate-bytes", "1MB", "--bytes-per-day", "10GB")
    run("create", "shipper", "--scope", "ingest", *limits)

    assert Token.objects.get().rates == Rates(500, 10**6, 10**10)


def test_it_changes_what_is_named_and_nothing_else() -> None:
    named = ("--service", "a", "--rate-entries", "500", "--rate-bytes", "1MB")
    run("create", "shipper", "--scope", "ingest", *named)

    said = run("change", "shipper", "--bytes-per-day", "1GB", "--rate-bytes", "site")

    token = Token.objects.get()
    assert "rate_bytes, bytes_per_day" in said
    assert token.rates == Rates(500, None, 10**9)
    assert token.services == ["a"]


def test_it_lets_a_token_write_every_service_again() -> None:
    run("create", "shipper", "--scope", "ingest", "--service", "a")

    run("change", "shipper", "--any-service")

    assert Token.objects.get().services == []


def test_a_change_of_nothing_is_refused() -> None:
    run("create", "shipper", "--scope", "ingest")

    with pytest.raises(CommandError, match="say what to change"):
        run("change", "shipper")


def test_it_says_what_a_size_is() -> None:
    with pytest.raises(CommandError, match="write 500 MB"):
        run("create", "shipper", "--scope", "ingest", "--bytes-per-day", "plenty")


def test_who_ran_the_command_is_written_down() -> None:
    run("create", "shipper", "--scope", "ingest", "--bytes-per-day", "1GB")
    run("change", "shipper", "--bytes-per-day", "2GB")
    run("revoke", "shipper")

    revoked, changed, created = AuditEntry.objects.all()
    assert [one.actor_kind for one in (created, changed, revoked)] == ["command"] * 3
    assert (created.action, created.target) == ("token.create", "shipper")
    assert created.detail["bytes_per_day"] == 10**9
    assert changed.detail == {
        "from": {"bytes_per_day": 10**9},
        "to": {"bytes_per_day": 2 * 10**9},
    }
    assert revoked.action == "token.revoke"
