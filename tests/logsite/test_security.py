"""The Content-Security-Policy, and templates that can live under it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from logsite.security import ContentSecurityPolicy

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
INLINE = re.compile(r"""\son\w+\s*=|\sstyle\s*=|javascript:|<style|hx-on|\|\s*safe\b""")
SCRIPT = re.compile(r"<script(?![^>]*\bnonce=)(?![^>]*\bsrc=)")


def policy_of_a_request() -> tuple[str, str]:
    request = RequestFactory().get("/")
    middleware = ContentSecurityPolicy(lambda _: HttpResponse())
    answer = middleware(request)
    assert isinstance(answer, HttpResponse)
    return request.csp_nonce, answer["Content-Security-Policy"]  # type: ignore[attr-defined]


def test_it_names_the_nonce_of_the_request() -> None:
    nonce, policy = policy_of_a_request()

    assert f"script-src 'self' 'nonce-{nonce}'" in policy


def test_it_makes_a_nonce_for_each_request() -> None:
    assert policy_of_a_request()[0] != policy_of_a_request()[0]


@pytest.mark.parametrize("word", ["unsafe-inline", "unsafe-eval", "http:", "*"])
def test_it_opens_no_back_door(word: str) -> None:
    assert word not in policy_of_a_request()[1]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_code(path: Path) -> None:
    text = path.read_text()

    assert not INLINE.search(text)
    assert not SCRIPT.search(text)
