"""Settings from the environment; nonsense is refused with its name and a remedy."""

from __future__ import annotations

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def env_text(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def env_list(name: str, default: str) -> list[str]:
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, separated by commas."""
    found = []
    for part in env_list(name, ""):
        try:
            found.append(ip_network(part))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}={part!r}: use addresses or networks, as 10.0.0.0/8"
            ) from error
    return found


def env_path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).expanduser().absolute()


def env_folder(name: str) -> Path | None:
    """A folder for an option that is off without one."""
    value = env_text(name, "")
    return Path(value).expanduser().absolute() if value else None


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: use 1 or 0")


def env_int(name: str, default: int, low: int, high: int) -> int:
    value = os.environ.get(name, str(default)).strip()
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ImproperlyConfigured(
            f"{name}={value!r}: use a whole number from {low} to {high}"
        )
    return number


def env_float(name: str, default: float, low: float, high: float) -> float:
    value = os.environ.get(name, str(default)).strip()
    try:
        number = float(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ImproperlyConfigured(
            f"{name}={value!r}: use a number from {low} to {high}"
        )
    return number


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: use one of {', '.join(choices)}")
    return value


def env_only_in_tests(name: str, allowed: bool) -> None:
    """Refuse to start with what would break a site that people rely on."""
    value = os.environ.get(name, "")
    if value and not allowed:
        raise ImproperlyConfigured(f"{name}={value!r}: only for tests, with DEBUG=1")


def env_database(name: str, default: str) -> dj_database_url.DBConfig:
    url = env_text(name, default)
    try:
        return dj_database_url.parse(url, conn_max_age=60)
    except ValueError as error:
        shown = re.sub("//.*@", "//…@", url)  # a password belongs in no log
        raise ImproperlyConfigured(
            f"{name}={shown!r}: use sqlite:///PATH or "
            "postgres://USER:PASSWORD@HOST/NAME"
        ) from error


def env_secret(name: str, file: Path) -> str:
    """A secret from the environment, else from a file; "" where there is none yet."""
    value = os.environ.get(name, "")
    if value:
        return value
    try:
        return file.read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read from {file} ({error.strerror})"
        ) from error


def new_secret() -> str:
    return secrets.token_urlsafe(48)
