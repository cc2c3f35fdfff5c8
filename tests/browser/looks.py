"""What every page has to be: wide enough for all it shows, and open to everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.conf import settings
from playwright.sync_api import Page, ViewportSize

AXE: Final = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
SHOTS: Final = Path(settings.BASE_DIR) / "test-results"
WIDE: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
IS_DARK: Final = "matchMedia('(prefers-color-scheme: dark)').matches"


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people from using a page."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def shoot(page: Page, name: str) -> None:
    """Keeps a screenshot of a page as it is now."""
    SHOTS.mkdir(exist_ok=True)
    # Hiding the caret would be an inline style, which the policy of pages forbids.
    page.screenshot(path=SHOTS / f"{name}.png", caret="initial")


def look_at(page: Page, name: str) -> None:
    """A screenshot to look at; nothing sticks out, and axe finds nothing serious."""
    theme = "dark" if page.evaluate(IS_DARK) else "light"
    shoot(page, f"{name}-{theme}-{page.evaluate('innerWidth')}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert serious(page) == [], name
