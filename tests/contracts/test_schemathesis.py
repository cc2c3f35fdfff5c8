"""What the OpenAPI document says of the doors holds for anything that it allows."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import pytest
import schemathesis
from django.core.asgi import get_asgi_application
from hypothesis import HealthCheck, settings
from schemathesis import BaseSchema, Case, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingest.edge.doors import DOORS
from logsite.api import api
from logsite.web import Web
from tests.ingest.edge.senders import FakeEdge

# What the document promises, and no bug of ours. That a schema allows a body says
# little: `Content-Encoding: gzip` must be true as well.
PROMISES: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
JSON: Final = "application/json"
PATHS: Final = sorted(path for door in DOORS for path in door.paths)


def document() -> BaseSchema:
    """Of the doors, asked of a web process whose Kafka is played."""
    document = schemathesis.openapi.from_dict(as_json(api.get_openapi_schema()))
    document.app = Web(FakeEdge(), get_asgi_application())
    return document.include(path=PATHS, method="POST")


def as_json(document: dict[str, Any]) -> dict[str, Any]:
    """With no other bodies than JSON, where there is a choice."""
    document = deepcopy(document)
    for path in PATHS:
        content = document["paths"][path]["post"]["requestBody"]["content"]
        for kind in content.keys() - {JSON} if JSON in content else ():
            del content[kind]
    return document


@schemathesis.serializer("application/x-ndjson")
def lines(_context: SerializationContext, value: Any) -> bytes:
    """The document calls it a string."""
    return value.encode(errors="replace") if isinstance(value, str) else b"%r" % value


doors = document()


@pytest.mark.parts  # for the time that it takes
@doors.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_a_door_answers_as_the_document_says(case: Case[Any]) -> None:
    case.call_and_validate(headers={"Authorization": "Bearer alice"}, checks=PROMISES)
