"""/api/exports: estimates, jobs and files, for whom, and what is refused."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from pytest_django.fixtures import Settings

from logsite.accounts import tokens
from logsite.audit.models import AuditEntry
from logsite.exports.models import Export, State
from tests.ingest.query.stored import StoredLog
from tests.logsite.exports.conftest import file_of, finished

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
HERE = "/api/exports"


class Api:
    """A program with a token."""

    def __init__(self, name: str, scope: str = "read") -> None:
        _, plain = tokens.create(name, [scope])
        self.headers = {"Authorization": f"Bearer {plain}"}
        self.client = Client(headers=self.headers)

    def get(self, path: str = "") -> Any:
        return self.client.get(HERE + path).json()

    def post(self, path: str = "", **body: Any) -> Any:
        return self.client.post(HERE + path, body, content_type="application/json")

    def made(self, **body: Any) -> Export:
        """An export that is done."""
        job = self.post(**body)
        assert job.status_code == 201, job.content
        return finished(Export.objects.get(pk=job.json()["id"]))

    def file(self, job: Export, **headers: str) -> tuple[Any, bytes]:
        return async_to_sync(self._file)(job, headers)

    async def _file(self, job: Export, headers: dict[str, str]) -> tuple[Any, bytes]:
        sent = {**self.headers, **headers}
        answer = await AsyncClient().get(f"{HERE}/{job.pk}/file", headers=sent)
        if not answer.streaming:
            return answer, answer.content
        content = [part async for part in answer]  # type: ignore[attr-defined]
        return answer, b"".join(content)


@pytest.fixture
def bob(log: StoredLog) -> Api:
    return Api("bob")


def test_an_export_is_made_and_downloaded(bob: Api) -> None:
    job = bob.made(q="line", format="csv")
    told = bob.get(f"/{job.pk}")
    answer, content = bob.file(job)

    assert (told["state"], told["rows"], told["size"]) == ("done", 10, len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["pinned"] == {"00000001:0": 9}
    assert gzip.decompress(content).decode("utf-8-sig").count("\r\n") == 11
    assert answer["Content-Type"] == "application/gzip"
    assert answer["Content-Length"] == str(len(content))
    assert answer["X-Logsite-Rows"] == "10"
    digest = base64.b64encode(bytes.fromhex(told["sha256"])).decode()
    assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
    assert told["file_name"] in answer["Content-Disposition"]
    assert AuditEntry.objects.filter(action="export.download").exists()


def test_a_download_that_broke_goes_on(bob: Api) -> None:
    job = bob.made(gzip=False)
    whole = file_of(job)
    answer, rest = bob.file(job, Range="bytes=100-")

    assert (answer.status_code, rest) == (206, whole[100:])
    assert answer["Content-Range"] == f"bytes 100-{job.size - 1}/{job.size}"
    other, content = bob.file(job, **{"Range": "bytes=100-", "If-Range": '"x"'})
    assert (other.status_code, content) == (200, whole)
    assert bob.file(job, Range="bytes=99999999-")[0].status_code == 416


def test_its_size_is_estimated_and_nothing_started(bob: Api) -> None:
    told = bob.post("/estimate", q="line").json()

    assert (told["rows"], told["exact"], told["examine"]) == (10, True, 10)
    assert 0 < told["size"] < 4_000
    assert told["room"] == 2048 * 1024 * 1024
    assert not Export.objects.exists()


def test_times_are_absolute_from_then_on(bob: Api) -> None:
    asked: Any = {"from": "-15m", "service": ["api"]}
    job = bob.post(**asked).json()

    assert job["asked"]["start"].startswith("20")
    assert (job["asked"]["services"], job["rows"]) == (["api"], 0)


def test_the_list_is_of_ones_own_unless_all_are_asked_for(bob: Api) -> None:
    bob.post()
    Api("carol").post()

    assert [job["by"] for job in bob.get()["exports"]] == ["token bob"]
    assert len(bob.get("?all=true")["exports"]) == 2


def test_it_is_cancelled_and_then_deleted(bob: Api) -> None:
    job = Export.objects.get(pk=bob.post().json()["id"])
    assert bob.client.delete(f"{HERE}/{job.pk}").status_code == 204
    assert finished(job).state == State.CANCELLED

    assert bob.client.delete(f"{HERE}/{job.pk}").status_code == 204
    assert bob.client.get(f"{HERE}/{job.pk}").status_code == 404


def test_only_whoever_made_it_or_an_admin_may_end_it(bob: Api) -> None:
    path = f"{HERE}/{bob.post().json()['id']}"
    refused = Api("carol").client.delete(path)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_yours")
    assert Api("ann", "admin").client.delete(path).status_code == 204


def test_before_it_is_done_there_is_no_file(bob: Api) -> None:
    job = Export.objects.get(pk=bob.post().json()["id"])
    answer, _ = bob.file(job)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_file")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"q": "/(/"}, "query_regex"),
        ({"from": "-1h", "to": "-2h"}, "bad_range"),
        ({"format": "xlsx"}, "invalid_parameter"),
        ({"columns": []}, "invalid_parameter"),
        ({"columns": ["a\0b"]}, "bad_column"),
        ({"servce": ["api"]}, "invalid_parameter"),
    ],
)
def test_what_makes_no_sense_is_refused(bob: Api, body: Any, code: str) -> None:
    answer = bob.post(**body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert not Export.objects.exists()


def test_with_too_many_under_way_it_says_when_to_come_back(
    bob: Api, settings: Settings
) -> None:
    settings.EXPORT_JOBS = 1
    bob.post()
    answer = bob.post()

    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_without_a_token_there_is_nothing(log: StoredLog) -> None:
    assert Client().get(HERE).status_code == 401


def test_a_column_that_no_entry_has_is_remarked_and_not_refused(bob: Api) -> None:
    asked = {"q": "line", "columns": ["mesage", "level"]}
    guess = bob.post("/estimate", **asked).json()
    job = bob.made(**asked)

    (remark,) = guess["remarks"]
    assert (remark["column"], remark["nearest"]) == ("mesage", "message")
    assert (remark["looked_at"], remark["is_all"]) == (10, True)
    assert "Did you mean 'message'?" in remark["message"]
    assert bob.get(f"/{job.pk}")["remarks"] == guess["remarks"]
    assert job.rows == 10
