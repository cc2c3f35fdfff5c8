"""Which documents of an insert MongoDB refuses for what they are, found by halving.

Only errors that are known to be about a document speak against it. Whatever else goes
wrong means that the same insert may succeed later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from bson.errors import BSONError

from ingest.mongo import Document

DUPLICATE_KEY: Final = 11000
UUID_MISMATCH: Final = 361
# What MongoDB says of a document that it will never take, whoever sends it and when.
# The command fails as a whole for some of these, so any of its documents may be it.
ABOUT_A_DOCUMENT: Final = frozenset(
    {
        14,  # TypeMismatch
        15,  # Overflow: nested too deeply
        22,  # InvalidBSON
        52,  # DollarPrefixedFieldName
        53,  # InvalidIdField
        54,  # NotSingleValueField
        55,  # InvalidDBRef
        56,  # EmptyFieldName
        57,  # DottedFieldName
        121,  # DocumentValidationFailure: a rule that an operator set
        171,  # CannotIndexParallelArrays
        10334,  # BSONObjectTooLarge
        17280,  # KeyTooLong, for an index
        17419,  # larger than a document may be
        17420,
    }
)
# What the driver raises before anything is sent: not to be written as BSON, or larger
# than a command may be.
UNENCODABLE: Final = (BSONError, OverflowError, RecursionError, UnicodeError)
MAX_REASON: Final = 300

WriteErrors = list[dict[str, Any]]


class Accused(Exception):  # noqa: N818 - neither a failure nor for anybody outside
    """At least one document of a command makes it fail; it is not said which."""


class Undecided(Exception):  # noqa: N818
    """A write failed, and not for what the document is."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"code {code}: {why}")
        self.code = code


@dataclass
class Answer:
    """What became of documents that were not simply stored."""

    again: list[Document] = field(default_factory=list)  # their `_id` was there
    refused: dict[bytes, str] = field(default_factory=dict)  # `_id` -> why, for ever

    def __add__(self, other: Answer) -> Answer:
        return Answer(self.again + other.again, self.refused | other.refused)


def sift(
    documents: list[Document], insert: Callable[[list[Document]], Answer]
) -> Answer:
    """Insert all that can be: of n documents one bad costs about 2 log2 n commands."""
    try:
        return insert(documents)
    except Accused as accused:
        if len(documents) == 1:
            return Answer(refused={documents[0]["_id"]: str(accused)[:MAX_REASON]})
    middle = len(documents) // 2
    return sift(documents[:middle], insert) + sift(documents[middle:], insert)


def read_errors(documents: list[Document], errors: WriteErrors) -> Answer:
    """What the write errors of an unordered insert say; raises Undecided."""
    answer = Answer()
    for error in errors:
        document = documents[error["index"]]
        if _is_same_id(error):
            answer.again.append(document)
        elif _is_about_the_document(error):
            answer.refused[document["_id"]] = error["errmsg"][:MAX_REASON]
        else:
            raise Undecided(error["code"], error["errmsg"][:MAX_REASON])
    return answer


def merged(answers: Iterable[Answer]) -> Answer:
    return sum(answers, Answer())


def _is_same_id(error: dict[str, Any]) -> bool:
    return bool(error["code"] == DUPLICATE_KEY and error["keyPattern"] == {"_id": 1})


def _is_about_the_document(error: dict[str, Any]) -> bool:
    # A unique index of an operator's own refuses what it refuses.
    return error["code"] in ABOUT_A_DOCUMENT or error["code"] == DUPLICATE_KEY
