"""What the first start of a data folder decided for good."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from logsite.embedded.errors import OtherBrokers
from logsite.embedded.kafka import new_cluster_id

NAME = "cluster.json"


@dataclass(frozen=True)
class Facts:
    brokers: int
    cluster_id: str


def settle(data: Path, brokers: int | None) -> Facts:
    """Read the facts, or decide them now; `brokers` None means as before."""
    file = data / NAME
    if not file.exists():
        facts = Facts(brokers or 1, new_cluster_id())
        file.write_text(json.dumps(asdict(facts)))
        return facts
    facts = Facts(**json.loads(file.read_text()))
    if brokers not in (None, facts.brokers):
        raise OtherBrokers(
            f"{data} was made with --brokers {facts.brokers}; that is fixed at the "
            f"first start. Use another --data folder for {brokers}."
        )
    return facts
