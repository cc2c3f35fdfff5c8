"""The manifests fit Kubernetes' own schemas, and what we promise of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from ingest.edge.doors import DOORS
from ingest.entry import MAX_BODY_BYTES
from logsite.settings import LOG_PARTITIONS
from scripts.docs import TEMPLATE, variables
from tests.deploy.manifests import (
    K8S,
    OWN,
    PARTS,
    PODS,
    Manifest,
    base,
    built,
    containers,
    load_all,
    named,
    one,
    pod,
)

OLDEST, NEWEST = "1.29", "1.34"
BASE = base()
RUNNING = [each for each in BASE if each["kind"] in PODS]
every_pod = pytest.mark.parametrize("manifest", RUNNING, ids=named)
needs_kubectl = pytest.mark.skipif(
    not shutil.which("kubectl"), reason="kubectl builds overlays"
)


def settings_of(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line[:1] not in "#"]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("manifest", BASE, ids=named)
def test_it_passes_the_strict_schema_check(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


@needs_kubectl
@pytest.mark.parametrize("overlay", ["dev", "prod"])
def test_an_overlay_builds_and_passes_the_strict_schema_check(
    overlay: str, tmp_path: Path
) -> None:
    manifests = built(overlay, tmp_path)

    for manifest in manifests:
        kubernetes_validate.validate(manifest, NEWEST, strict=True)
    kinds = {each["kind"] for each in manifests}
    assert {"Namespace", "ConfigMap", "Secret", *PODS} <= kinds


def test_every_role_and_every_part_is_there() -> None:
    found = {each["metadata"]["name"] for each in RUNNING}

    assert found == {*OWN, *PARTS, "prepare"}


@pytest.mark.parametrize(("role", "count"), [("ingest", 3), ("site", 2), ("store", 3)])
def test_it_starts_with_several_of(role: str, count: int) -> None:
    assert one(BASE, "Deployment", role)["spec"]["replicas"] == count


@pytest.mark.parametrize("role", ["ingest", "site", "store", "celery"])
def test_a_new_version_takes_nothing_away_before_it_is_ready(role: str) -> None:
    strategy = one(BASE, "Deployment", role)["spec"]["strategy"]

    assert strategy["type"] == "RollingUpdate"
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("role", ["beat", "watch"])
def test_there_are_never_two_of(role: str) -> None:
    spec = one(BASE, "Deployment", role)["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("role", ["ingest", "store"])
def test_it_scales_from_two_to_ten_at_70_percent_of_cpu(role: str) -> None:
    spec = one(BASE, "HorizontalPodAutoscaler", role)["spec"]

    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    (metric,) = spec["metrics"]
    assert metric["resource"]["target"]["averageUtilization"] == 70
    assert spec["scaleTargetRef"]["name"] == role


@needs_kubectl
def test_an_apply_leaves_their_number_to_the_autoscalers(tmp_path: Path) -> None:
    manifests = built("prod", tmp_path)

    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for each in manifests
        if each["kind"] == "HorizontalPodAutoscaler"
    }
    assert scaled == {"ingest", "store"}
    for name in scaled:
        assert "replicas" not in one(manifests, "Deployment", name)["spec"]


def test_ten_store_workers_have_partitions_to_work_on() -> None:
    partitions = int(settings_of(K8S / "base/logsite.env")["LOG_PARTITIONS"])

    assert partitions == 12 > LOG_PARTITIONS
    spec = one(BASE, "HorizontalPodAutoscaler", "store")["spec"]
    assert spec["maxReplicas"] <= partitions


@pytest.mark.parametrize("name", ["ingest", "site", "store", "kafka", "mongodb"])
def test_a_drained_node_takes_one_at_a_time(name: str) -> None:
    spec = one(BASE, "PodDisruptionBudget", name)["spec"]

    assert spec["maxUnavailable"] == 1
    assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}


@every_pod
def test_a_pod_keeps_to_the_restricted_standard(manifest: Manifest) -> None:
    security = pod(manifest)["securityContext"]

    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(manifest):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_namespace_enforces_the_restricted_standard() -> None:
    labels = one(BASE, "Namespace", "log-monitoring")["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@every_pod
def test_every_container_says_what_it_needs(manifest: Manifest) -> None:
    for container in containers(manifest):
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


@every_pod
def test_everything_that_lasts_is_probed(manifest: Manifest) -> None:
    wanted = {"startupProbe", "readinessProbe", "livenessProbe"}

    if manifest["kind"] != "Job":
        assert all(wanted <= set(each) for each in pod(manifest)["containers"])


@every_pod
def test_every_mount_has_its_volume(manifest: Manifest) -> None:
    claims = manifest["spec"].get("volumeClaimTemplates", [])
    volumes = {each["name"] for each in pod(manifest).get("volumes", [])}
    volumes |= {each["metadata"]["name"] for each in claims}

    for container in containers(manifest):
        assert {each["name"] for each in container["volumeMounts"]} <= volumes


@pytest.mark.parametrize("role", ["store", "celery", "beat", "watch"])
def test_a_worker_lives_while_its_heartbeat_is_fresh(role: str) -> None:
    (container,) = pod(one(BASE, "Deployment", role))["containers"]

    assert "$HEARTBEAT_DIR" in container["livenessProbe"]["exec"]["command"][-1]


@pytest.mark.parametrize(
    ("role", "purpose"), [("ingest", "ingest"), ("site", "search")]
)
def test_a_web_process_starts_when_it_serves_its_purpose(
    role: str, purpose: str
) -> None:
    (container,) = pod(one(BASE, "Deployment", role))["containers"]

    assert {"name": "WEB_ROLE", "value": role} in container["env"]
    assert container["startupProbe"]["httpGet"]["path"] == f"/readyz?for={purpose}"


@pytest.mark.parametrize("role", ["ingest", "site"])
def test_a_probe_asks_by_a_name_that_is_allowed(role: str) -> None:
    (container,) = pod(one(BASE, "Deployment", role))["containers"]
    allowed = settings_of(K8S / "base/logsite.env")["ALLOWED_HOSTS"].split(",")

    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        (header,) = container[probe]["httpGet"]["httpHeaders"]
        assert header["name"] == "Host"
        assert header["value"] in allowed


def test_the_ingress_leads_to_every_door() -> None:
    (ingress,) = load_all((K8S / "overlays/prod/ingress.yaml").read_text())
    *_, for_senders = ingress["spec"]["rules"]
    rules = for_senders["http"]["paths"]
    exact = {rule["path"] for rule in rules if rule["pathType"] == "Exact"}
    below = tuple(rule["path"] for rule in rules if rule["pathType"] == "Prefix")

    paths = [path for door in DOORS for path in door.paths]
    assert [p for p in paths if p not in exact and not p.startswith(below)] == []


def test_the_ingress_lets_the_largest_request_through() -> None:
    (ingress,) = load_all((K8S / "overlays/prod/ingress.yaml").read_text())
    limit = ingress["metadata"]["annotations"][
        "nginx.ingress.kubernetes.io/proxy-body-size"
    ]

    assert limit == f"{MAX_BODY_BYTES // 2**20}m"


@pytest.mark.parametrize("part", ["kafka", "mongodb"])
def test_what_keeps_logs_is_three_with_disks_and_names(part: str) -> None:
    spec = one(BASE, "StatefulSet", part)["spec"]

    assert spec["replicas"] == 3
    assert spec["volumeClaimTemplates"][0]["metadata"]["name"] == "data"
    assert one(BASE, "Service", spec["serviceName"])["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize("service", [s for s in BASE if s["kind"] == "Service"])
def test_a_service_leads_to_a_port_that_its_pods_have(service: Manifest) -> None:
    name = service["spec"]["selector"]["app.kubernetes.io/name"]
    (target,) = (each for each in RUNNING if each["metadata"]["name"] == name)
    ports = {port["name"] for each in containers(target) for port in ports_of(each)}

    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def ports_of(container: Manifest) -> list[dict[str, Any]]:
    ports: list[dict[str, Any]] = container.get("ports", [])
    return ports


@pytest.mark.parametrize(
    "file", sorted(K8S.rglob("*.env*")), ids=lambda file: file.name
)
def test_it_sets_only_what_logsite_reads(file: Path) -> None:
    known = {variable.name for variable in variables(TEMPLATE.read_text())}

    if not file.name.startswith("parts."):
        assert set(settings_of(file)) <= known


@pytest.mark.parametrize("name", ["logsite.secret.env", "parts.secret.env"])
def test_both_overlays_have_the_same_secrets(name: str) -> None:
    dev = settings_of(K8S / "overlays/dev" / name)
    prod = settings_of(K8S / "overlays/prod" / f"{name}.template")

    assert set(dev) == set(prod)


def test_every_secret_that_a_pod_asks_for_is_in_the_overlays() -> None:
    known = set(settings_of(K8S / "overlays/dev/parts.secret.env"))
    asked = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for manifest in RUNNING
        for container in containers(manifest)
        for variable in container.get("env", ())
        if "valueFrom" in variable
    }

    assert asked <= known
