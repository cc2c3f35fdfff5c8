"""The Celery application: what beat sends is what workers know."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from logsite.celery import BeatScheduler, app
from stats.schedule import SCHEDULE


def test_every_task_of_the_schedule_is_there() -> None:
    app.loader.import_default_modules()

    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


SEND = """
import django
django.setup()
from logsite.exports.tasks import work_exports
print(work_exports.app.conf.broker_url)
"""


def test_who_only_sends_tasks_sends_them_to_our_broker() -> None:
    """In a process of its own: nothing there has imported the application before."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        (sys.executable, "-c", SEND),
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == settings.CELERY_BROKER_URL


def test_a_task_that_came_late_is_dropped_before_the_next_one() -> None:
    for entry in SCHEDULE.values():
        assert entry["options"]["expires"] <= entry["schedule"]


def test_messages_are_json_and_nothing_else() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


def test_beat_shows_that_it_is_alive(tmp_path: Path) -> None:
    name = str(tmp_path / "beat-schedule")
    scheduler = BeatScheduler(app, schedule_filename=name, lazy=True)
    file = settings.HEARTBEAT_DIR / "beat"
    try:
        app.conf.beat_schedule = {}
        scheduler.setup_schedule()
        scheduler.tick()
        assert file.exists()
    finally:
        scheduler.close()
        app.conf.beat_schedule = SCHEDULE

    assert not file.exists()
