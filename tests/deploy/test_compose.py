"""The compose file fits the published schema, and says the same as the manifests."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.deploy.manifests import ROOT, base, compose, one, pod

ROLES = ("web", "store", "celery", "beat", "watch")
PARTS = ("kafka", "mongodb", "valkey", "postgres")
TOOLS = ("kafka-ui", "mongo-express", "prometheus", "grafana")
SERVICES = compose()["services"]


def test_it_fits_the_compose_schema() -> None:
    file = str(ROOT / "docker-compose.yml")
    schema = ("--builtin-schema", "vendor.compose-spec")
    command = (sys.executable, "-m", "check_jsonschema", *schema, file)

    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout


def test_it_has_every_role_every_part_and_the_tools() -> None:
    assert set(SERVICES) == {"prepare", *ROLES, *PARTS, *TOOLS}


@pytest.mark.parametrize("name", [*ROLES, *PARTS])
def test_it_asks_every_process_for_its_health(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_starts_when_the_deployment_is_prepared(role: str) -> None:
    needs = SERVICES[role]["depends_on"]

    assert needs["prepare"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("part", ["kafka", "mongodb", "postgres"])
def test_the_deployment_is_prepared_when_the_parts_are_well(part: str) -> None:
    assert SERVICES["prepare"]["depends_on"][part] == {"condition": "service_healthy"}


@pytest.mark.parametrize(
    ("service", "role"),
    [("web", "site"), *((role, role) for role in ROLES if role != "web")],
)
def test_a_role_is_the_same_command_as_on_kubernetes(service: str, role: str) -> None:
    (container,) = pod(one(base(), "Deployment", role))["containers"]

    assert SERVICES[service]["command"] == container["command"]


@pytest.mark.parametrize("part", [*PARTS, "prometheus", "grafana"])
def test_a_part_is_the_same_image_as_on_kubernetes(part: str) -> None:
    (found,) = (
        each
        for each in base()
        if each["kind"] in ("Deployment", "StatefulSet")
        and each["metadata"]["name"] == part
    )

    assert SERVICES[part]["image"] == pod(found)["containers"][0]["image"]


def test_kafka_tells_those_outside_another_address_than_containers() -> None:
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]

    assert listeners.split(",") == [
        "INTERNAL://kafka:9092",
        "EXTERNAL://${KAFKA_HOST:-localhost}:9094",
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_open_to_the_network_unless_somebody_says_so(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert "127.0.0.1" in port


def test_what_can_be_set_is_in_the_guide() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    guide = (ROOT / "docs/deployment.md").read_text()
    section = guide.partition("## Docker compose")[2].partition("\n## ")[0]

    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    assert asked <= set(re.findall(r"`([A-Z_]+)`", section))


@pytest.mark.parametrize("name", SERVICES)
def test_mounted_files_are_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).is_file()
