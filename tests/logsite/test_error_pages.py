"""Pages of errors need nothing but their template."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_no_request(name: str) -> None:
    page = render_to_string(f"{name}.html")

    assert page.startswith("<!doctype html>")
    assert 'href="/"' in page


def test_an_error_page_speaks_the_readers_language() -> None:
    with override("ko"):
        assert "찾을 수 없음" in render_to_string("404.html")
