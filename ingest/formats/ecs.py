"""A document as Elastic's senders shape it -> the fields of an entry.

Names with dots and nested objects mean the same there, so `log.level` is found either
way. What becomes no field of its own stays in the metadata as it was sent.
"""

from __future__ import annotations

from typing import Any, Final

Document = dict[str, Any]
Path = tuple[str, ...]


def _paths(*names: str) -> tuple[Path, ...]:
    return tuple(tuple(name.split(".")) for name in names)


# Of each, the first that a document has.
_TIMESTAMP: Final = _paths("@timestamp", "timestamp", "time", "ts")
_LEVEL: Final = _paths("log.level", "level", "severity", "loglevel", "levelname")
_SERVICE: Final = _paths("service.name", "service", "service_name")
# `log` is the line of Docker and CRI, `MESSAGE` that of the journal.
_MESSAGE: Final = _paths("message", "log", "msg", "MESSAGE", "event.original")
_CONTAINER: Final = _paths("kubernetes.container.name", "kubernetes.container_name")
_NOTHING: Final = (None, "")


def fields_of(document: Document) -> dict[str, Any]:
    """The fields for `mend.from_fields`; takes them out of the document."""
    rest = _nested(document)
    fields = {
        "timestamp": _take(rest, _TIMESTAMP),
        "level": _take(rest, _LEVEL),
        "service": _service(rest),
        "message": _message(rest),
    }
    _name_host(rest)
    return fields | {"metadata": rest}


def _nested(document: Document) -> Document:
    """Dotted names as objects, where nothing else has that place."""
    if not any("." in name for name in document):
        return document
    nested = {name: value for name, value in document.items() if "." not in name}
    for name, value in document.items():
        if "." in name and not _put(nested, name.split("."), value):
            nested[name] = value
    return nested


def _put(into: Document, path: list[str], value: Any) -> bool:
    *parents, last = path
    if not all(path):
        return False
    for parent in parents:
        into = into.setdefault(parent, {})
        if not isinstance(into, dict):
            return False
    return into.setdefault(last, value) is value


def _service(rest: Document) -> Any:
    service = _take(rest, _SERVICE)
    return _text_at(rest, _CONTAINER) if service is None else service


def _message(rest: Document) -> Any:
    message = _take(rest, _MESSAGE)
    if message is None:  # an object is a message only if nothing else is one
        message = rest.pop("message", None)
    return message.removesuffix("\n") if isinstance(message, str) else message


def _take(rest: Document, paths: tuple[Path, ...]) -> Any:
    """The first value that is there, taken out; None if there is none."""
    for path in paths:
        holder = _holder(rest, path)
        value = holder.get(path[-1])
        if value not in _NOTHING and not isinstance(value, dict | list):
            del holder[path[-1]]
            _drop_empty(rest, path)
            return value
    return None


def _text_at(rest: Document, paths: tuple[Path, ...]) -> str | None:
    values = (_holder(rest, path).get(path[-1]) for path in paths)
    return next((value for value in values if value and isinstance(value, str)), None)


def _holder(rest: Document, path: Path) -> Document:
    """The object in which a path ends; an empty one if there is none."""
    for name in path[:-1]:
        inner = rest.get(name)
        if not isinstance(inner, dict):
            return {}
        rest = inner
    return rest


def _drop_empty(rest: Document, path: Path) -> None:
    if len(path) > 1 and not rest[path[0]]:
        del rest[path[0]]


def _name_host(rest: Document) -> None:
    """`host` is a name, by which a source is told; what else is known stays beside."""
    host = rest.get("host")
    if not isinstance(host, dict):
        return
    name = host.get("name") or host.get("hostname")
    if not isinstance(name, str):
        return
    rest["host"] = name
    for key in ("name", "hostname"):
        if host.get(key) == name:
            del host[key]
    if host:
        rest["host_details"] = host
