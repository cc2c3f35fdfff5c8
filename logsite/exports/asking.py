"""What pages and API ask of exports: which ones somebody may see, end and delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet

from ingest.errors import Forbidden, QueryError, Refused
from ingest.export.rows import Format, Layout
from logsite.audit.actors import Actor
from logsite.exports import jobs
from logsite.exports.models import Export, State
from logsite.exports.schemas import MAX_COLUMN_LENGTH, MAX_COLUMNS

SHOWN: Final = 100


class NoSuchExport(Refused):
    """Nothing is known under this number."""

    status = 404


class NoFile(Refused):
    """The export has no file: not yet, or not any more."""

    status = 409


def exports_of(actor: Actor, of_all: bool) -> QuerySet[Export]:
    """The newest; everybody who may read may see those of others, too."""
    found = Export.objects.all() if of_all else Export.objects.filter(by=str(actor))
    return found[:SHOWN]


def one(number: int) -> Export:
    found = Export.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchExport("no_such_export", f"There is no export {number}.")
    return found


def with_file(number: int) -> Export:
    """One that can be downloaded."""
    job = one(number)
    if job.state != State.DONE:
        said = f"Export {number} is {job.state}: it has no file."
        raise NoFile("no_file", said, "A file is there from `done` to `expires`.")
    return job


def end(actor: Actor, job: Export, is_staff: bool) -> None:
    """Cancel what is under way, delete what has ended; one's own, or as staff."""
    if not is_staff and job.by != str(actor):
        raise Forbidden(
            "not_yours",
            "This export is somebody else's.",
            "Whoever made it can end and delete it, and so can an administrator.",
        )
    if not jobs.cancel(actor, job):
        jobs.delete(actor, job)


def layout_of(format: Format, columns: Iterable[str], gzip: bool) -> Layout:
    """How the file is to be written; QueryError if a column cannot be one."""
    names = tuple(dict.fromkeys(columns))
    for name in names:
        if not name or len(name) > MAX_COLUMN_LENGTH or "\0" in name:
            raise QueryError("bad_column", f"{name[:80]!r} is no column.")
    if len(names) > MAX_COLUMNS:
        raise QueryError("bad_column", f"At most {MAX_COLUMNS} columns.")
    return Layout(format, names, gzip)
