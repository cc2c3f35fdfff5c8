"""What the query string of an endpoint may hold, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Schema

from ingest.errors import QueryError


class Parameters(Schema):
    """Base of an endpoint's parameters."""

    @classmethod
    def parameters(cls) -> set[str]:
        """Names as they stand in the query string."""
        return {field.alias or name for name, field in cls.model_fields.items()}


def refuse_unknown(request: HttpRequest, known: type[Parameters]) -> None:
    """A misspelled filter that is ignored would answer with everything."""
    names = sorted(known.parameters())
    for name in request.GET:
        if name not in names:
            raise QueryError(
                "unknown_parameter",
                f"There is no parameter {name[:80]!r}.",
                f"Use {', '.join(names)}.",
            )
