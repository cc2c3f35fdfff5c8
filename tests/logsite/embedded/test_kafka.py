"""Kafka's properties: roles, quorum and copies by the number of brokers."""

from __future__ import annotations

from pathlib import Path

from logsite.embedded.kafka import Node, bootstrap, nodes, properties


def parsed(node: Node, cluster: list[Node]) -> dict[str, str]:
    lines = properties(node, cluster, Path("/data")).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_one_broker_is_its_own_controller() -> None:
    cluster = nodes([9092], 29092)

    values = parsed(cluster[0], cluster)

    assert values["process.roles"] == "broker,controller"
    assert values["controller.quorum.voters"] == "1@127.0.0.1:29092"


def test_three_brokers_have_the_controller_apart() -> None:
    cluster = nodes([9092, 9093, 9094], 29092)

    assert [node.name for node in cluster] == [
        "controller",
        "kafka-1",
        "kafka-2",
        "kafka-3",
    ]
    assert parsed(cluster[0], cluster)["process.roles"] == "controller"
    assert parsed(cluster[1], cluster)["process.roles"] == "broker"


def test_three_brokers_keep_three_copies_and_need_two() -> None:
    cluster = nodes([9092, 9093, 9094], 29092)

    values = parsed(cluster[2], cluster)

    assert values["default.replication.factor"] == "3"
    assert values["min.insync.replicas"] == "2"


def test_moved_ports_change_listeners_and_voters_and_nothing_else() -> None:
    before, after = nodes([9092], 29092), nodes([9192], 29192)

    old, new = parsed(before[0], before), parsed(after[0], after)

    changed = {name for name in old if old[name] != new[name]}
    assert changed == {"listeners", "controller.quorum.voters"}


def test_clients_are_told_the_brokers_and_not_the_controller() -> None:
    cluster = nodes([9092, 9093, 9094], 29092)

    assert bootstrap(cluster) == "127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094"


def test_topics_are_never_made_by_a_typing_error() -> None:
    cluster = nodes([9092], 29092)

    assert parsed(cluster[0], cluster)["auto.create.topics.enable"] == "false"
