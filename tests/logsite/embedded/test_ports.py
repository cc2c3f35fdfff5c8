"""A taken port moves up."""

from __future__ import annotations

import socket

import pytest

from logsite.embedded.errors import NoFreePort
from logsite.embedded.ports import is_free, next_free


def test_it_takes_the_wanted_port_when_it_is_free() -> None:
    assert next_free(9092, set(), lambda port: True) == 9092


def test_it_moves_up_past_ports_in_use_and_ports_given_away() -> None:
    assert next_free(9092, {9093}, lambda port: port != 9092) == 9094


def test_it_says_so_when_nothing_is_free() -> None:
    with pytest.raises(NoFreePort, match="65530"):
        next_free(65530, set(), lambda port: False)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_port_taken_on_one_address_is_taken_for_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1], "0.0.0.0")
