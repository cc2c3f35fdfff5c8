"""What a door is: one protocol in which entries come, from its paths to its answers.

Everything else is the same for all and lives in `edge.intake`: token, rates, limits,
decompression, delivery, receipt, metrics. A door adds how its bodies are read (by a
pure module in `ingest.formats`) and how its senders want to be answered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import parse_qs

from ingest.edge.limits import check_content_type, unpacker
from ingest.edge.respond import Answer
from ingest.errors import Refused
from ingest.formats.batch import Batch

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"
RECEIPT_HEADER: Final = "X-Logsite-Receipt"  # where an answer has no room for it
_YES: Final = ("1", "true", "yes")


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request before its body; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: str = ""
    peer: str = ""  # address of who opened the connection: a client, or a proxy

    @property
    def content_type(self) -> str:
        """Without parameters, in lower case; "" if there is none."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        return kind.strip().lower()

    @property
    def debugs(self) -> bool:
        """`?debug=1`: say what would be stored, and store nothing."""
        if "debug" not in self.query:
            return False
        return parse_qs(self.query).get("debug", [""])[-1].lower() in _YES


@dataclass(frozen=True, slots=True)
class Taken:
    """A request of which all that could be accepted is acknowledged."""

    batch: Batch
    receipt: str | None  # None: nothing was accepted, or offsets are not known
    is_local: bool = False  # on this machine's disk, and not on Kafka yet

    @property
    def headers(self) -> dict[str, str]:
        """For answers whose body has no room for what a sender may want to know."""
        receipt = {RECEIPT_HEADER: self.receipt} if self.receipt else {}
        return receipt | ({"X-Durability": "local"} if self.is_local else {})


class Door(ABC):
    """One protocol. Doors keep nothing: one object serves all requests at once."""

    name: ClassVar[str]  # label `protocol` of the metrics
    paths: ClassVar[tuple[str, ...]]
    methods: ClassVar[tuple[str, ...]] = ("POST",)
    content_types: ClassVar[frozenset[str]]  # without parameters; "" = none sent

    def leads_to(self, path: str) -> bool:
        """Whether requests to this path come in here."""
        return path in self.paths

    def check(self, request: Request) -> None:
        """Raises Refused for what can be refused without the body."""
        check_content_type(request.headers.get("content-type"), self.content_types)

    def greet(self, _request: Request) -> Answer | None:
        """The answer to a question that brings no entries: has this site got ...?

        The token is known then, and the body is not read. None: entries come.
        """
        return None

    def unpacker(self, request: Request) -> Callable[[bytes], bytes] | None:
        """What makes a body plain; None where it is."""
        return unpacker(request.headers.get("content-encoding"))

    @abstractmethod
    def read(
        self, body: bytes, request: Request, default_service: str, now: datetime
    ) -> Batch:
        """The entries of a plain body; runs in a thread if it is large.

        May return a subclass of Batch if `accepted` has to know more of it.
        """

    def identity(self, _batch: Batch) -> bytes:
        """What is the same if the request is sent again without an Idempotency-Key.

        Empty: nobody can say, so it is stored again.
        """
        return b""

    @abstractmethod
    def accepted(self, taken: Taken, request: Request) -> Answer:
        """The answer to a request that was read: some, all or no entry accepted."""

    @abstractmethod
    def refused(self, error: Refused, request: Request) -> Answer:
        """The answer to a request that is refused as a whole."""
