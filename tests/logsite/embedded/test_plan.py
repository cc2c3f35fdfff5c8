"""Ports, addresses and environment of a stack."""

from __future__ import annotations

from pathlib import Path

from logsite.embedded.plan import (
    Options,
    address,
    allowed_hosts,
    choose_ports,
    process_environment,
    stack_environment,
)

OPTIONS = Options(Path("/data"))


def test_a_free_machine_gets_the_usual_ports() -> None:
    chosen = choose_ports(OPTIONS, 3, lambda port, host: True)

    assert chosen.web == 8000
    assert chosen.brokers == (9092, 9093, 9094)
    assert (chosen.controller, chosen.mongodb, chosen.valkey) == (29092, 27017, 6379)


def test_no_two_parts_get_the_same_port() -> None:
    chosen = choose_ports(OPTIONS, 3, lambda port, host: port != 9092)

    assert chosen.brokers == (9093, 9094, 9095)


def test_the_web_port_is_asked_for_on_its_own_address() -> None:
    asked: dict[int, str] = {}

    def free(port: int, host: str) -> bool:
        asked[port] = host
        return True

    choose_ports(Options(Path("/data"), host="0.0.0.0", port=80), 1, free)

    assert asked[80] == "0.0.0.0"
    assert asked[9092] == "127.0.0.1"


def test_watch_every_worker_and_celery_have_a_port_for_metrics() -> None:
    options = Options(Path("/data"), workers=3)

    assert len(choose_ports(options, 1, lambda port, host: True).metrics) == 5


def test_an_open_host_is_reached_on_this_machine_by_loopback() -> None:
    assert address("0.0.0.0", 8000) == "http://127.0.0.1:8000"
    assert address("::1", 8000) == "http://[::1]:8000"


def test_an_open_host_answers_to_the_names_of_this_machine_only() -> None:
    hosts = allowed_hosts("0.0.0.0", ["box", "192.168.0.7", "fe80::1"]).split(",")

    assert set(hosts) >= {"localhost", "box", "192.168.0.7", "[fe80::1]"}
    assert "*" not in hosts


def test_a_single_address_answers_to_itself_and_loopback() -> None:
    assert allowed_hosts("192.168.0.7", ["box"]).split(",") == [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "192.168.0.7",
    ]


def test_three_brokers_mean_three_copies_of_the_log_topic() -> None:
    chosen = choose_ports(OPTIONS, 3, lambda port, host: True)

    assert stack_environment(OPTIONS, chosen)["LOG_REPLICATION"] == "3"


def test_processes_get_the_stacks_addresses_whatever_the_shell_says() -> None:
    own = {"KAFKA_BROKERS": "elsewhere:9092", "HOME": "/root"}

    environment = process_environment(own, {}, {"KAFKA_BROKERS": "127.0.0.1:9092"})

    assert environment == {"KAFKA_BROKERS": "127.0.0.1:9092", "HOME": "/root"}


def test_people_may_set_the_public_address() -> None:
    own = {"PUBLIC_URL": "https://logs.example"}

    environment = process_environment(own, {}, {"PUBLIC_URL": "http://127.0.0.1:8000"})

    assert environment["PUBLIC_URL"] == "https://logs.example"


def test_a_value_of_an_earlier_run_is_not_what_people_set() -> None:
    old = {"PUBLIC_URL": "http://127.0.0.1:8001"}

    environment = process_environment(old, old, {"PUBLIC_URL": "http://127.0.0.1:8000"})

    assert environment["PUBLIC_URL"] == "http://127.0.0.1:8000"
