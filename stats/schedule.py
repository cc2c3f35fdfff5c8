"""The beat table, whole: which task runs how often."""

from __future__ import annotations

from typing import Any, Final


def every(seconds: float, task: str) -> dict[str, Any]:
    """A task that nobody took in time is dropped: the next one does the same work."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "judge-rules": every(5, "stats.tasks.judge_rules"),
    "deliver": every(5, "stats.tasks.deliver"),
    "roll-up": every(2, "stats.tasks.roll_up"),
    "retain": every(60, "stats.tasks.retain"),
    "replay": every(2, "logsite.deadletters.tasks.work_replays"),
    "retain-dead-letters": every(60, "logsite.deadletters.tasks.retain_letters"),
    "export": every(2, "logsite.exports.tasks.work_exports"),
    "retain-exports": every(60, "logsite.exports.tasks.retain_exports"),
}
