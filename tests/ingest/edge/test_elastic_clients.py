"""Client libraries of Elasticsearch and OpenSearch, as they come, against the edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import elasticsearch
import elasticsearch.helpers
import opensearchpy
import opensearchpy.helpers
import pytest

from tests.ingest.edge.serving import Served, served_edge

DOCUMENTS: list[dict[str, Any]] = [
    {"_index": "web", "@timestamp": "2026-03-01T11:59:58Z", "message": f"line {n}"}
    for n in range(1_000)
]
BAD: dict[str, Any] = {"_index": "web", "_op_type": "delete", "_id": "1"}


@pytest.fixture
def served() -> Iterator[Served]:
    with served_edge() as served:
        yield served


def url_of(served: Served) -> str:
    return f"{served.address}/elasticsearch"


@pytest.fixture
def opensearch(served: Served) -> Iterator[opensearchpy.OpenSearch]:
    with opensearchpy.OpenSearch(
        url_of(served), http_auth=("anybody", "alice"), http_compress=True
    ) as client:
        yield client


@pytest.fixture
def elastic(served: Served) -> Iterator[elasticsearch.Elasticsearch]:
    with elasticsearch.Elasticsearch(
        url_of(served), basic_auth=("anybody", "alice"), http_compress=True
    ) as client:
        yield client


def test_opensearch_py_sends_in_bulk(
    served: Served, opensearch: opensearchpy.OpenSearch
) -> None:
    done, errors = opensearchpy.helpers.bulk(opensearch, DOCUMENTS, refresh=True)

    assert (done, errors) == (1_000, [])
    assert served.messages == [f"line {n}" for n in range(1_000)]


def test_opensearch_py_learns_which_documents_were_not_taken(
    served: Served, opensearch: opensearchpy.OpenSearch
) -> None:
    done, errors = opensearchpy.helpers.bulk(
        opensearch, [DOCUMENTS[0], BAD, {"_index": "web"}], raise_on_error=False
    )

    assert done == 1
    assert isinstance(errors, list)
    kinds = [next(iter(one.values()))["error"]["type"] for one in errors]
    assert kinds == ["not_supported", "no_message"]
    assert served.messages == ["line 0"]


def test_opensearch_py_says_that_kafka_is_away(
    served: Served, opensearch: opensearchpy.OpenSearch
) -> None:
    served.edge.kafka.away = True

    with pytest.raises(opensearchpy.TransportError) as caught:
        opensearchpy.helpers.bulk(opensearch, DOCUMENTS[:1], max_retries=0)

    assert caught.value.status_code == 503
    assert caught.value.error == "unavailable_shards_exception"


def test_opensearch_py_finds_its_cluster(
    opensearch: opensearchpy.OpenSearch,
) -> None:
    assert opensearch.ping()
    assert opensearch.info()["cluster_name"] == "logsite"
    assert opensearch.indices.exists(index="web")


def test_elasticsearch_py_sends_in_bulk(
    served: Served, elastic: elasticsearch.Elasticsearch
) -> None:
    done, errors = elasticsearch.helpers.bulk(elastic, DOCUMENTS)

    assert (done, errors) == (1_000, [])
    assert len(served.messages) == 1_000


def test_elasticsearch_py_takes_the_edge_for_elasticsearch(
    served: Served, elastic: elasticsearch.Elasticsearch
) -> None:
    assert elastic.ping()
    assert elastic.info()["version"]["number"].startswith("8.")

    with elasticsearch.Elasticsearch(url_of(served), api_key="alice") as by_key:
        assert by_key.ping()


def test_elasticsearch_py_puts_its_template_and_then_sends(
    served: Served, elastic: elasticsearch.Elasticsearch
) -> None:
    patterns = ["web-*"] * 10_000  # a body that nobody reads

    put = elastic.indices.put_index_template(name="web", index_patterns=patterns)
    done, _ = elasticsearch.helpers.bulk(elastic, DOCUMENTS[:10])

    assert put["acknowledged"]
    assert elastic.indices.exists_index_template(name="web")
    assert (done, len(served.messages)) == (10, 10)


def test_elasticsearch_py_says_what_is_wrong_with_its_token(served: Served) -> None:
    with (
        elasticsearch.Elasticsearch(
            url_of(served), basic_auth=("a", "mallory")
        ) as client,
        pytest.raises(elasticsearch.AuthenticationException) as caught,
    ):
        elasticsearch.helpers.bulk(client, DOCUMENTS[:1])

    assert caught.value.body["error"]["code"] == "unknown_token"
