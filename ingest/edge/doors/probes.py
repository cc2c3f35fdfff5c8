"""What Elasticsearch's senders ask before they send: version, licence, templates.

They go on only if the cluster is one that they know and has what they would put there.
So everything exists, and what is put there is acknowledged and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ingest.edge.respond import Answer

VERSION: Final = "8.17.0"  # of Elasticsearch: senders of 7, 8 and 9 take it
HEADERS: Final = {
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
    "X-Elastic-Product": "Elasticsearch",  # Elastic's clients insist on it
}
_NAME: Final = "logsite"
_LICENSE: Final = {"status": "active", "uid": _NAME, "type": "basic", "mode": "basic"}
_FACTS: Final[dict[str, dict[str, Any]]] = {
    "": {
        "name": _NAME,
        "cluster_name": _NAME,
        "cluster_uuid": _NAME,
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": _NAME,
            "build_date": "2024-12-12T00:00:00.000Z",
            "build_snapshot": False,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",  # clients before 7.14 know it by this
    },
    "_license": {"license": _LICENSE},
    "_xpack": {
        "license": _LICENSE,
        "features": {"ilm": {"available": True, "enabled": True}},
    },
    "_cluster/health": {
        "cluster_name": _NAME,
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
    },
    # None: senders that look for more addresses stay with the one that they have.
    "_nodes": {"cluster_name": _NAME, "nodes": {}},
}
_CAT_HEALTH: Final = b"logsite green 1 1 0 0 0 0 0 0 - 100.0%\n"

# What has a name: its path, and how Elasticsearch shows one.
_NAMED: Final[dict[str, Callable[[str], Any]]] = {
    "_ilm/policy": lambda name: {name: {"version": 1, "policy": {"phases": {}}}},
    "_template": lambda name: {name: {"index_patterns": [], "mappings": {}}},
    "_index_template": lambda name: {
        "index_templates": [{"name": name, "index_template": {"index_patterns": []}}]
    },
    "_component_template": lambda name: {
        "component_templates": [{"name": name, "component_template": {"template": {}}}]
    },
    "_data_stream": lambda name: {"data_streams": [{"name": name, "indices": []}]},
    "_ingest/pipeline": lambda name: {name: {"processors": []}},
    "_alias": lambda name: {name: {"aliases": {name: {}}}},
}
_PARTS_OF_INDEX: Final = ("_alias", "_mapping", "_settings", "_rollover")
_REFRESHES: Final = ("_refresh", "_flush")


def answer_to(method: str, path: str) -> Answer:
    """The answer to anything but a bulk request; the path is that below the root."""
    if path == "_cat/health":
        return Answer(
            HTTPStatus.OK, _CAT_HEALTH, HEADERS | {"Content-Type": "text/plain"}
        )
    found = _shown(path) if method in ("GET", "HEAD") else _acknowledged(path)
    if found is None:
        reason = f"no handler found for uri [/{path[:200]}] and method [{method}]"
        body = error(HTTPStatus.NOT_FOUND, "illegal_argument_exception", reason)
        return Answer(HTTPStatus.NOT_FOUND, body, HEADERS)
    return Answer(HTTPStatus.OK, msgspec.json.encode(found), HEADERS)


def error(status: int, kind: str, reason: str, code: str = "not_found") -> bytes:
    """An error in the shape of Elasticsearch; `code` is ours."""
    cause = {"type": kind, "reason": reason}
    body = {"error": {"root_cause": [cause], **cause, "code": code}, "status": status}
    return msgspec.json.encode(body)


def _shown(path: str) -> dict[str, Any] | None:
    if path in _FACTS:
        return _FACTS[path]
    if path.startswith(("_nodes/", "_cluster/health/")):
        return _FACTS["_nodes" if path.startswith("_nodes/") else "_cluster/health"]
    if path in _NAMED:  # the list of all of them
        return {}
    kind, _, name = path.rpartition("/")
    if kind in _NAMED:
        shown: dict[str, Any] = _NAMED[kind](name)
        return shown
    index, _, part = path.partition("/")
    if index.startswith("_") or part.partition("/")[0] not in ("", *_PARTS_OF_INDEX):
        return None
    return {index: {"aliases": {}, "mappings": {}, "settings": {}}}


def _acknowledged(path: str) -> dict[str, Any] | None:
    """For what is put there. Never for a document: it would be lost."""
    kind, _, last = path.rpartition("/")
    if last in _REFRESHES:
        return {"_shards": {"total": 0, "successful": 0, "failed": 0}}
    if kind in _NAMED or path == "_aliases":
        return {"acknowledged": True}
    index, _, part = path.partition("/")
    if index and not index.startswith("_"):
        if not part:
            return {"acknowledged": True, "shards_acknowledged": True, "index": index}
        if part.partition("/")[0] in _PARTS_OF_INDEX:
            return {"acknowledged": True}
    return None
