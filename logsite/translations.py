"""Compiles the catalogues of translations, so that gettext need not be installed."""

from __future__ import annotations

import os
from pathlib import Path

import polib


def compile_catalogs(locale_dir: Path) -> list[Path]:
    """Write each .po as .mo where that is absent or older; returns what was written."""
    catalogs = sorted(locale_dir.glob("*/LC_MESSAGES/*.po"))
    return [_compile(po) for po in catalogs if _is_stale(po)]


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def _compile(po: Path) -> Path:
    # Written aside and renamed: processes that start at once never read half a file.
    mo, draft = po.with_suffix(".mo"), po.with_suffix(f".{os.getpid()}")
    polib.pofile(str(po)).save_as_mofile(str(draft))
    draft.replace(mo)
    return mo
