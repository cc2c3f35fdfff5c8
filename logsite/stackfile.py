"""The state file of an embedded stack: what runs, and how commands reach it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

STATE_NAME = "stack.json"


def read_state(data_dir: Path) -> dict[str, Any]:
    """What `up` wrote last, or nothing."""
    try:
        state: dict[str, Any] = json.loads((data_dir / STATE_NAME).read_text())
    except (OSError, ValueError):
        return {}
    return state


def load_stack_environment(data_dir: Path) -> None:
    """Take addresses from the state file where the environment says nothing."""
    for name, value in read_state(data_dir).get("environment", {}).items():
        os.environ.setdefault(name, value)
