#!/usr/bin/env python3
"""Entry point for the site, the workers and chores."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"


def use_venv() -> None:
    """Run again inside `.venv` when it is there and this is another Python."""
    if VENV_PYTHON.exists() and Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])


def main() -> None:
    use_venv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # it names the setting; a traceback would bury that


if __name__ == "__main__":
    main()
