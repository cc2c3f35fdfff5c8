"""What is deployed: objects of the base, overlays where kubectl is there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
K8S: Final = ROOT / "k8s"
MONITORING: Final = ROOT / "monitoring"
OWN: Final = ("ingest", "site", "store", "celery", "beat", "watch")
PARTS: Final = ("kafka", "mongodb", "postgres", "valkey", "prometheus", "grafana")
PODS: Final = ("Deployment", "StatefulSet", "Job")

Manifest = dict[str, Any]


def load_all(text: str) -> list[Manifest]:
    """Read by libyaml: there is much of it."""
    return list(yaml.load_all(text, yaml.CSafeLoader))


@cache
def base() -> list[Manifest]:
    """Every object of the base, but what kustomize makes from files."""
    files = sorted((K8S / "base").glob("*.yaml"))
    return [
        document
        for file in files
        if file.name != "kustomization.yaml"
        for document in load_all(file.read_text())
    ]


def built(overlay: str, folder: Path) -> list[Manifest]:
    """An overlay as kubectl builds it, in a copy that has secrets."""
    for name in ("k8s", "monitoring"):
        shutil.copytree(ROOT / name, folder / name)
    target = folder / "k8s" / "overlays" / overlay
    for template in target.glob("*.secret.env.template"):
        template.rename(template.with_suffix(""))
    command = ("kubectl", "kustomize", str(target))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return load_all(run.stdout)


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (
        each
        for each in manifests
        if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    return found


def named(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pod(manifest: Manifest) -> Manifest:
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def containers(manifest: Manifest) -> Iterator[Manifest]:
    yield from pod(manifest).get("initContainers", ())
    yield from pod(manifest)["containers"]


@cache
def compose() -> Manifest:
    content: Manifest = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content
