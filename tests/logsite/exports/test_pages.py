"""The exports' pages: a new one from a search, how far it is, its file, and its end."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from logsite.exports.models import Export, State
from tests.ingest.query.stored import StoredLog
from tests.logsite.exports.conftest import finished, messages, started

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
NEW = "/exports/new?q=line&range=all"
PLAIN = {"format": "ndjson"}


def html(client: Client, path: str, **more: Any) -> str:
    answer = client.get(path, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_menu_of_a_search_leads_to_an_export_of_its_absolute_times(
    log: StoredLog, as_bob: Client
) -> None:
    page = html(as_bob, "/?q=line&range=1h")

    assert 'href="/exports/new?q=line&amp;from=20' in page


def test_before_it_begins_its_size_is_told(log: StoredLog, as_bob: Client) -> None:
    page = html(as_bob, NEW)

    assert "<b>10</b> entries, about <b>" in page
    assert not Export.objects.exists()


def test_another_format_has_another_size(log: StoredLog, as_bob: Client) -> None:
    htmx = {"HX-Request": "true"}
    whole = html(as_bob, f"{NEW}&format=ndjson", headers=htmx)
    small = html(as_bob, f"{NEW}&format=ndjson&columns=message", headers=htmx)

    assert "<html" not in whole
    assert whole != small


def test_it_is_started_and_shown(log: StoredLog, as_bob: Client) -> None:
    asked = {**PLAIN, "gzip": "on", "columns": "message, host"}
    answer = as_bob.post(NEW, asked)
    job = Export.objects.get()

    assert answer["Location"] == f"/exports/{job.pk}"
    assert (job.columns, job.by) == (["message", "host"], "user bob")
    assert "waiting" in html(as_bob, f"/exports/{job.pk}")
    assert messages(finished(job))[0] == "line 9"


def test_when_it_is_done_there_are_its_file_and_its_checksum(
    log: StoredLog, as_bob: Client
) -> None:
    as_bob.post(NEW, PLAIN)
    job = finished(Export.objects.get())
    page = html(as_bob, f"/exports/{job.pk}")

    assert f'href="/api/exports/{job.pk}/file"' in page
    assert f"{job.sha256}  {job.file_name}" in page
    assert "hx-trigger" not in page.split('id="progress"')[1]


def test_a_column_that_cannot_be_one_is_said_at_its_field(
    log: StoredLog, as_bob: Client
) -> None:
    answer = as_bob.post(NEW, {**PLAIN, "columns": "a" * 300})

    assert "is no column" in answer.content.decode()
    assert not Export.objects.exists()


def test_what_finds_no_room_is_said_before_and_refused_after(
    log: StoredLog, as_bob: Client, settings: Settings
) -> None:
    settings.EXPORT_MB_EACH = 0

    assert "There is room for 0" in html(as_bob, NEW)
    answer = as_bob.post(NEW, PLAIN)
    assert answer.status_code == 413
    assert "delete an older export" in answer.content.decode()


def test_a_search_that_cannot_be_read_says_so(log: StoredLog, as_bob: Client) -> None:
    answer = as_bob.get("/exports/new?q=%2F(%2F")

    assert answer.status_code == 400
    assert "This search cannot be read" in answer.content.decode()


def test_text_is_never_markup(log: StoredLog, as_bob: Client) -> None:
    as_bob.post("/exports/new?q=%3Cscript%3Ealert(1)%3C/script%3E", PLAIN)

    for path in ("/exports", f"/exports/{Export.objects.get().pk}"):
        page = html(as_bob, path)
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


def test_the_list_shows_ones_own_or_all(log: StoredLog, as_bob: Client) -> None:
    assert "No exports yet" in html(as_bob, "/exports")
    others = started()
    Export.objects.update(by="user carol")
    as_bob.post(NEW, PLAIN)
    own = Export.objects.get(by="user bob")

    assert f'id="export-{own.pk}"' in html(as_bob, "/exports")
    assert f'id="export-{others.pk}"' not in html(as_bob, "/exports")
    assert f'id="export-{others.pk}"' in html(as_bob, "/exports?all=1")


def test_it_is_cancelled_then_deleted_by_whoever_made_it(
    log: StoredLog, as_bob: Client
) -> None:
    as_bob.post(NEW, PLAIN)
    job = Export.objects.get()
    assert as_bob.post(f"/exports/{job.pk}/end")["Location"] == f"/exports/{job.pk}"
    assert finished(job).state == State.CANCELLED

    assert as_bob.post(f"/exports/{job.pk}/end")["Location"] == "/exports"
    assert not Export.objects.exists()


def test_others_see_it_and_only_staff_may_end_it(
    log: StoredLog, as_bob: Client, as_alice: Client
) -> None:
    job = started()
    Export.objects.update(by="user carol")

    assert "Cancel this export" not in html(as_bob, f"/exports/{job.pk}")
    assert as_bob.post(f"/exports/{job.pk}/end").status_code == 404
    assert "Cancel this export" in html(as_alice, f"/exports/{job.pk}")
    assert as_alice.post(f"/exports/{job.pk}/end").status_code == 302


def test_whoever_is_not_logged_in_is_sent_there(client: Client) -> None:
    for path in ("/exports", NEW, "/exports/1"):
        assert client.get(path)["Location"].startswith("/login")


def test_a_misspelt_column_is_said_before_it_begins_and_after(
    log: StoredLog, as_bob: Client
) -> None:
    asked = f"{NEW}&format=csv&columns=mesage,level"
    said = "has <code>mesage</code>: its column is empty."
    before = html(as_bob, asked, headers={"HX-Request": "true"})
    as_bob.post(NEW, {"format": "csv", "columns": "mesage, level"})
    after = html(as_bob, f"/exports/{Export.objects.get().pk}")

    for page in (before, after):
        assert said in page
        assert "Did you mean <code>message</code>?" in page


def test_columns_that_entries_have_need_no_words(
    log: StoredLog, as_bob: Client
) -> None:
    page = html(as_bob, f"{NEW}&format=csv&columns=message,level")

    assert "column" in page
    assert "its column" not in page
