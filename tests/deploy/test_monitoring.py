"""Dashboards ask only for what is measured, and Prometheus finds who measures it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ingest.metrics import COUNTERS, GAUGES, HISTOGRAMS, Spec
from tests.deploy.manifests import MONITORING, base, compose

DASHBOARD = json.loads((MONITORING / "grafana/logsite.json").read_text())
PROMETHEUS = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
RULES = yaml.safe_load((MONITORING / "rules.yml").read_text())
# What Prometheus' client says of every process, and kafka_exporter's names.
FOREIGN = {
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "kafka_consumergroup_lag_sum",
    "kafka_topic_partition_current_offset",
}
OURS: dict[str, Spec] = {
    **{str(name): spec for name, spec in COUNTERS.items()},
    **{str(name): spec for name, spec in GAUGES.items()},
}
KNOWN = {
    *OURS,
    *FOREIGN,
    *(f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")),
}
LABELS = {
    **{name: set(spec.labels) for name, spec in OURS.items()},
    "kafka_consumergroup_lag_sum": {"consumergroup", "topic"},
    "kafka_topic_partition_current_offset": {"topic", "partition"},
}
_METRIC = re.compile(r"[a-z]+(?:_[a-z]+)+(?=[\[{) ]|$)")
_SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")


QUERIES = [
    (panel["title"], target["expr"])
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
]


def metrics_of(query: str) -> set[str]:
    functions = {"histogram_quantile", "label_replace"}
    return set(_METRIC.findall(query)) - functions


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_a_panel_asks_only_for_metrics_that_exist(title: str, query: str) -> None:
    assert metrics_of(query)
    assert metrics_of(query) <= KNOWN


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_a_panel_selects_only_by_labels_that_exist(title: str, query: str) -> None:
    for metric, selector in _SELECTOR.findall(query):
        asked = set(re.findall(r"(\w+)[=!]", selector))
        assert asked <= LABELS.get(metric, set())


def test_panels_have_titles_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    places = {(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels}

    assert len(places) == len({p["title"] for p in panels}) == len(panels)


def test_the_dashboard_uses_the_datasource_that_is_provisioned() -> None:
    text = (MONITORING / "grafana/datasource.yml").read_text()
    (datasource,) = yaml.safe_load(text)["datasources"]

    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {
        datasource["uid"]
    }


def names() -> list[str]:
    (job,) = PROMETHEUS["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    return list(found["names"])


def test_every_name_that_prometheus_asks_for_is_a_service() -> None:
    services: list[Any] = [each for each in base() if each["kind"] == "Service"]
    metrics = {each["metadata"]["name"] for each in services} & set(names())

    assert sorted(metrics) == sorted(names())


def test_containers_answer_to_the_names_that_prometheus_asks_for() -> None:
    aliases = {
        alias
        for service in compose()["services"].values()
        for alias in service.get("networks", {}).get("default", {}).get("aliases", ())
    }

    assert aliases == set(names()) - {"ingest-metrics"}  # one web process serves all


ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
MUST_STAY_0 = {
    "ledger_unaccounted_total",
    "store_offsets_lost_total",
    "store_generations_total",
}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_only_for_metrics_and_labels_that_exist(
    rule: dict[str, Any],
) -> None:
    (metric,) = metrics_of(rule["expr"])
    labels = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["description"]))

    assert metric in KNOWN
    assert labels <= LABELS[metric]


def test_what_must_never_happen_unseen_is_an_alert() -> None:
    asked = {metric for rule in ALERTS for metric in metrics_of(rule["expr"])}

    assert asked >= MUST_STAY_0


def test_prometheus_finds_the_rules_wherever_it_runs() -> None:
    kustomization = yaml.safe_load((MONITORING / "kustomization.yaml").read_text())
    (files,) = [
        one["files"]
        for one in kustomization["configMapGenerator"]
        if one["name"] == "prometheus"
    ]
    mounted = compose()["services"]["prometheus"]["volumes"]

    assert PROMETHEUS["rule_files"] == ["rules.yml"]
    assert "rules.yml" in files
    assert "./monitoring/rules.yml:/etc/prometheus/rules.yml:ro" in mounted
