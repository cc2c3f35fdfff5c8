"""The three services together: who says something next, and what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from ingest.entry import LogEntry
from ingest.simulate import api_service, auth_service, payment_service
from ingest.simulate.rhythm import burst_factor, day_load, episode_at
from ingest.simulate.service import Service

SERVICES: Final[dict[str, Service]] = {
    service.name: service
    for service in (api_service.SERVICE, auth_service.SERVICE, payment_service.SERVICE)
}


def named(names: str) -> tuple[Service, ...]:
    """Services by name, separated by commas; `api` is enough for `api-service`."""
    wanted = [name.strip().removesuffix("-service") for name in names.split(",")]
    return tuple(SERVICES[f"{name}-service"] for name in wanted)


@dataclass(slots=True)
class Traffic:
    """A stream of entries that follows from its seed and the times it is asked for."""

    services: Sequence[Service]
    seed: int
    troubled: bool = False  # every service is in trouble all the time
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def entries(self, count: int, start: datetime, end: datetime) -> list[LogEntry]:
        """So many entries, in order, spread evenly from start until before end."""
        if count == 0:
            return []
        loads = [load(service, self.seed, start) for service in self.services]
        troubles = {
            service.name: self._trouble(service, start) for service in self.services
        }
        speakers = self._random.choices(self.services, loads, k=count)
        step: timedelta = (end - start) / count
        return [
            service.entry(self._random, start + step * n, troubles[service.name])
            for n, service in enumerate(speakers)
        ]

    def _trouble(self, service: Service, now: datetime) -> str | None:
        kinds = tuple(service.episodes)
        return (
            kinds[0]
            if self.troubled
            else episode_at(self.seed, service.name, now, kinds)
        )


def load(service: Service, seed: int, now: datetime) -> float:
    """How much of the traffic a service makes now, against the others."""
    rhythm = day_load(now, service.peak_hour)
    return service.share * rhythm * burst_factor(seed, service.name, now)
