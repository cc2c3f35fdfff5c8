"""What came to the edges, as pages and API show it: by token, and why not taken."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ingest.ledger.arrivals import Arrivals


@dataclass(frozen=True)
class Refused:
    """Requests that were refused as a whole, for one reason."""

    token_id: str  # "" where no token was known
    status: int
    code: str
    requests: int


@dataclass(frozen=True)
class ArrivedRow:
    """What came with one token."""

    token_id: str
    offered: int = 0  # entries of requests that were read
    rejected: int = 0  # of these, one by one
    refused: tuple[Refused, ...] = ()  # the most frequent first

    @property
    def requests(self) -> int:
        """That were refused."""
        return sum(one.requests for one in self.refused)


def refusals_of(arrived: Arrivals) -> list[Refused]:
    """The most frequent first; equal ones must not swap places."""
    found = [Refused(*why, count) for why, count in arrived.refused.items()]
    return sorted(
        found, key=lambda one: (-one.requests, one.token_id, one.status, one.code)
    )


def arrived_by_token(arrived: Arrivals) -> dict[str, ArrivedRow]:
    """All that anything came of, in the order of their names."""
    refused = defaultdict[str, list[Refused]](list)
    for one in refusals_of(arrived):
        refused[one.token_id].append(one)
    return {
        token_id: ArrivedRow(
            token_id,
            arrived.offered[token_id],
            arrived.rejected[token_id],
            tuple(refused.get(token_id, ())),
        )
        for token_id in sorted({*arrived.offered, *refused})
    }
