"""The secret that signs sessions and receipts: made once, and the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from logsite.env import new_secret

HINT = "set the same for every process: `openssl rand -base64 48` makes one"


def keep() -> None:
    """Write the secret of this process down (0600) if there is none yet.

    For `up` and `prepare`: any other command may have been given a wrong folder.
    """
    if settings.SECRET_IS_KEPT:
        return
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        raise ImproperlyConfigured(
            f"SECRET_KEY is empty, and pods share no file: {HINT}"
        )
    file: Path = settings.SECRET_FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file)
    except OSError as error:
        raise ImproperlyConfigured(
            f"SECRET_KEY cannot be kept in {file} ({error.strerror}): "
            "use a folder that you may write to, by --data or LOGSITE_DATA"
        ) from error


def require() -> None:
    """For processes that sign: each would do so with a secret of its own."""
    if not settings.SECRET_IS_KEPT:
        raise ImproperlyConfigured(
            f"SECRET_KEY is empty, and {settings.SECRET_FILE} is not there: {HINT}, "
            "or run ./manage.py prepare on this folder first"
        )


def _write(file: Path) -> None:
    # Written aside and linked: two processes that start at once agree on one secret.
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(new_secret())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
