"""What the first start decides for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsite.embedded.errors import OtherBrokers
from logsite.embedded.facts import settle


def test_it_is_one_broker_when_nobody_says(tmp_path: Path) -> None:
    assert settle(tmp_path, None).brokers == 1


def test_a_later_start_has_the_same_cluster(tmp_path: Path) -> None:
    assert settle(tmp_path, 3) == settle(tmp_path, None) == settle(tmp_path, 3)


def test_another_number_of_brokers_is_refused_with_a_remedy(tmp_path: Path) -> None:
    settle(tmp_path, 1)

    with pytest.raises(OtherBrokers, match="--brokers 1.*another --data"):
        settle(tmp_path, 3)
