"""Only known proxies may say that a request comes from elsewhere."""

from __future__ import annotations

from ipaddress import ip_network

from ingest.edge.addresses import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def test_a_stranger_who_names_another_address_is_not_believed() -> None:
    assert client_address("192.0.2.7", "198.51.100.1", PROXIES) == "192.0.2.7"


def test_nobody_is_believed_where_no_proxy_is_known() -> None:
    assert client_address("127.0.0.1", "198.51.100.1", []) == "127.0.0.1"


def test_a_known_proxy_says_whom_it_had_the_request_from() -> None:
    assert client_address("10.0.0.2", "198.51.100.1", PROXIES) == "198.51.100.1"


def test_several_known_proxies_are_looked_through() -> None:
    forwarded = "198.51.100.1, 10.0.0.9, fd00::1"

    assert client_address("10.0.0.2", forwarded, PROXIES) == "198.51.100.1"


def test_what_the_client_itself_wrote_into_the_header_counts_for_nothing() -> None:
    forwarded = "10.0.0.1, 127.0.0.1, 198.51.100.1"

    assert client_address("10.0.0.2", forwarded, PROXIES) == "198.51.100.1"


def test_a_header_that_holds_no_address_changes_nothing() -> None:
    assert client_address("10.0.0.2", "unknown, <script>", PROXIES) == "10.0.0.2"
    assert client_address("10.0.0.2", "", PROXIES) == "10.0.0.2"


def test_a_socket_without_an_address_is_taken_as_it_is() -> None:
    assert client_address("", "198.51.100.1", PROXIES) == ""
