"""What tests of the store worker have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def store(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> tuple[str, str, Any, Path]:
    """What `running_worker` takes: brokers, topic, database and folder."""
    return kafka_brokers, topic, mongo, tmp_path
