"""What the API of exports takes and answers: shapes of the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from ninja import Schema
from pydantic import ConfigDict, Field

from ingest.export.columns import EmptyColumn
from ingest.export.rows import WHOLE, Format
from logsite.exports.models import Export
from logsite.parameters import Parameters
from logsite.search.schemas import FilterIn, Time

MAX_COLUMNS: Final = 100
MAX_COLUMN_LENGTH: Final = 200


class ExportIn(FilterIn):
    """Which entries, as in a search, and what the file is to be."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(Format.NDJSON, description="ndjson or csv")
    columns: list[str] = Field(
        list(WHOLE),
        description="parts of an entry, or fields of its metadata, as http.route",
        min_length=1,
        max_length=MAX_COLUMNS,
    )
    gzip: bool = True


class ListIn(Parameters):
    all: bool = Field(False, description="also those of others")


class RemarkOut(Schema):
    column: str = Field(description="that no entry looked at has")
    nearest: str = Field(description="a name that some have; may be empty")
    looked_at: int = Field(description="entries, the newest of those found")
    is_all: bool = Field(description="these are all; false: others may have it")
    message: str


class EstimateOut(Schema):
    rows: int
    exact: bool = Field(description="of the rows; false: about so many")
    size: int = Field(description="bytes of the file, about")
    examine: int = Field(description="entries that have to be looked at")
    room: int = Field(description="bytes that you may still have exported")
    remarks: list[RemarkOut] = Field(description="columns that may stay empty")


class ExportOut(Schema):
    id: int
    state: str = Field(
        description="waiting, running, cancelling, done, cancelled, failed, expired"
    )
    by: str
    created: Time
    finished: Time | None
    expires: Time | None = Field(description="when the file will be deleted")
    asked: dict[str, Any] = Field(description="the search, with absolute times")
    format: str
    columns: list[str]
    gzip: bool
    pinned: dict[str, int] = Field(
        description="incarnation:partition -> newest offset that the file may hold"
    )
    complete_to: Time | None = Field(
        description="what was acknowledged before is in the file"
    )
    percent: int
    examined: int
    guessed_rows: int
    guessed_size: int
    rows: int
    size: int = Field(description="bytes of the file, as downloaded")
    sha256: str = Field(
        description="of the file, as downloaded; empty until it is done"
    )
    is_whole: bool = Field(
        description="false: retention deleted entries before they were read"
    )
    remarks: list[RemarkOut] = Field(description="columns that may stay empty")
    error: str = Field(description="why it waits, or has failed")
    file_name: str

    @staticmethod
    def resolve_remarks(job: Export) -> list[EmptyColumn]:
        return job.empty_columns


class ExportsOut(Schema):
    exports: list[ExportOut] = Field(description="the newest hundred")
    room: int = Field(description="bytes that you may still have exported")
