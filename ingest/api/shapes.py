"""Words for JSON shapes of other protocols in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
BINARY: Final[Shape] = {"type": "string", "format": "binary"}
ANY_OBJECT: Final[Shape] = {"type": "object"}


def text(pattern: str) -> Shape:
    return {"type": "string", "pattern": pattern}


def number(most: int) -> Shape:
    return {"type": "integer", "minimum": 0, "maximum": most}


def many(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def fields(required: tuple[str, ...] = (), **properties: Shape) -> Shape:
    """An object that may have more fields than these."""
    shape: Shape = {"type": "object", "properties": properties}
    return shape | {"required": list(required)} if required else shape
