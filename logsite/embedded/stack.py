"""One embedded stack: its processes in groups, and how each proves that it is ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ingest.kafka.topics import alive_brokers
from logsite.embedded import kafka, mongodb, ports, site, valkey
from logsite.embedded.facts import Facts
from logsite.embedded.plan import Options, Ports, address
from logsite.embedded.process import Process
from logsite.embedded.ready import Check
from logsite.embedded.supervise import Group

RUN = "run"  # heartbeats of the workers


@dataclass(frozen=True)
class Stack:
    """The plan of one run. Groups start in this order and stop in the other."""

    data: Path
    address: str
    environment: Mapping[str, str]
    cluster: tuple[kafka.Node, ...]
    stores: tuple[Group, ...]
    site: tuple[Group, ...]
    senders: tuple[Group, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        return (*self.stores, *self.site, *self.senders)

    @property
    def replication(self) -> int:
        return min(3, len([node for node in self.cluster if node.port]))


def build(
    options: Options,
    facts: Facts,
    chosen: Ports,
    environment: Mapping[str, str],
) -> Stack:
    """Write each part's files under the data folder, and say what to run."""
    data, url = options.data, address(options.host, chosen.web)
    cluster = kafka.nodes(list(chosen.brokers), chosen.controller)
    with ThreadPoolExecutor() as pool:
        formatted = pool.map(
            lambda node: kafka.prepare(node, cluster, data, facts.cluster_id), cluster
        )
        prepared = dict(zip(cluster, formatted, strict=True))
    brokers = [prepared[node] for node in cluster if node.port is not None]
    others = (
        mongodb.prepare(chosen.mongodb, data),
        valkey.prepare(chosen.valkey, data),
    )
    apart = [Group(node.name, (prepared[node],)) for node in cluster if not node.port]
    web = site.web(options.host, chosen.web)
    senders = [Group("senders", (site.demo(url),))] if options.demo else []
    return Stack(
        data=data,
        address=url,
        environment=environment,
        cluster=tuple(cluster),
        stores=(*apart, Group("stores", (*brokers, *others))),
        site=(Group("workers", _workers(chosen)), Group("site", (web,))),
        senders=tuple(senders),
    )


def _workers(chosen: Ports) -> tuple[Process, ...]:
    watch_port, *store_ports, celery_port = chosen.metrics
    stores = [site.store(number, port) for number, port in enumerate(store_ports, 1)]
    return (*stores, site.watch(watch_port), site.celery(celery_port), site.beat())


def part_checks(stack: Stack) -> list[Check]:
    """Metadata from every broker, a primary, a PING."""
    *_, mongod, valkey_server = stack.stores[-1].processes
    return [
        *(_kafka_check(node, stack.cluster) for node in stack.cluster),
        _port_check(mongod, mongodb.is_primary),
        _port_check(valkey_server, valkey.answers),
    ]


def _kafka_check(node: kafka.Node, cluster: tuple[kafka.Node, ...]) -> Check:
    if node.port is None:
        port = node.controller_port or ports.CONTROLLER
        return Check(node.name, port, lambda: not ports.is_free(port))
    wanted = {broker.id for broker in cluster if broker.port is not None}
    one = kafka.bootstrap([node])
    return Check(node.name, node.port, lambda: alive_brokers(one) == wanted)


def _port_check(process: Process, probe: Callable[[int], bool]) -> Check:
    port = process.port or 0
    return Check(process.name, port, lambda: probe(port))


def site_checks(stack: Stack) -> list[Check]:
    """A heartbeat of each worker, and a web process that finds every part."""
    since, run = time.time(), stack.data / RUN
    workers, (web,) = (group.processes for group in stack.site)
    beats = [
        Check(process.name, process.port, _beat(run / process.name, since))
        for process in workers
    ]
    return [*beats, Check("web", web.port, lambda: site.is_ready(stack.address))]


def _beat(file: Path, since: float) -> Callable[[], bool]:
    return lambda: site.beats(file, since)
