"""What can go wrong in ingest.

IngestError
├── Busy                 a part is away for now: try the same again
├── BadEntry             never valid: dead letter, or a rejected entry at the edge
├── LoadAgain            a partition must be loaded again from what is stored
│   ├── Overtaken        another owner went on with it
│   ├── DayGone          retention dropped the day
│   ├── TopicReplaced    the topic was deleted and made again
│   ├── OffsetsReused    another message is stored at an offset
│   └── EntriesRefused   MongoDB refuses entries for what they are
└── Refused              a request that is not accepted, with its HTTP status
    ├── Unreadable       400
    ├── Unauthorized     401
    ├── Forbidden        403
    ├── WrongMethod      405
    ├── TooSlow          408
    ├── TooLarge         413
    ├── UnsupportedMedia 415
    ├── Unprocessable    422
    ├── QueryError       400, a search that cannot be understood
    ├── Broken           500, a bug of ours
    ├── TooMany          429, with Retry-After
    └── Unavailable      503, with Retry-After
        └── TooBusy      503, too much at once here: Kafka is well
Anything else is a bug: the process ends and is started again.
"""

from __future__ import annotations


class IngestError(Exception):
    """Base of this package's errors."""


class Busy(IngestError):
    """MongoDB or Kafka is away or slow; nothing was decided, try again."""


class BadEntry(IngestError):
    """One entry that can never be stored. `code` is stable and documented."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LoadAgain(IngestError):
    """What was to be written does not fit what is stored: load the partition again."""


class Overtaken(LoadAgain):
    """Somebody else went on with this partition."""


class DayGone(LoadAgain):
    """The day was dropped by retention: its entries are expired."""


class TopicReplaced(LoadAgain):
    """The topic was deleted and made again: its offsets mean other messages now."""


class OffsetsReused(LoadAgain):
    """Another message is stored at this position: the log was cut and grew again."""

    def __init__(self, position: bytes) -> None:
        super().__init__(f"another message is stored at {position.hex()}")
        self.position = position


class EntriesRefused(LoadAgain):
    """MongoDB can never store these entries; all others of the batch are stored."""

    def __init__(self, verdicts: dict[bytes, BadEntry]) -> None:
        super().__init__(f"MongoDB refuses {len(verdicts)} entries")
        self.verdicts = verdicts  # by position


class Refused(IngestError):
    """A whole request that is not accepted. `code` is stable and documented."""

    status = 400

    def __init__(
        self, code: str, message: str, hint: str = "", retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_after_s = retry_after_s


class Unreadable(Refused):
    """The body cannot be read as what it says it is."""


class Unauthorized(Refused):
    """No token, or one that is not known."""

    status = 401


class Forbidden(Refused):
    """A known token without the scope that is needed."""

    status = 403


class WrongMethod(Refused):
    """The path is right, the verb is not."""

    status = 405


class TooSlow(Refused):
    """The body did not come in time."""

    status = 408


class TooLarge(Refused):
    """Over MAX_BODY_BYTES, compressed or decompressed."""

    status = 413


class UnsupportedMedia(Refused):
    """A content type or encoding that is not known."""

    status = 415


class Unprocessable(Refused):
    """Readable, and still nothing that can be stored."""

    status = 422


class TooMany(Refused):
    """This token has sent more than it may."""

    status = 429


class Unavailable(Refused):
    """Kafka did not acknowledge; nothing is claimed, a retry is safe."""

    status = 503


class TooBusy(Unavailable):
    """Too much at once for this process; Kafka is well."""


class Broken(Refused):
    """This program is at fault."""

    status = 500


class QueryError(Refused):
    """A search that cannot be understood; `position` counts characters from 0."""

    def __init__(
        self, code: str, message: str, hint: str = "", position: int | None = None
    ) -> None:
        super().__init__(code, message, hint)
        self.position = position
