"""Rules as people write them: one step a line, as `rename msg message`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable
from typing import Any, Final

from ingest.replay.rules import (
    KINDS,
    BadRule,
    Parse,
    Remove,
    Rename,
    Replace,
    Rule,
    Set,
    Step,
    read_rule,
)

FORMS: Final = {
    "set": "set FIELD VALUE",
    "rename": "rename FIELD NAME",
    "remove": "remove FIELD",
    "replace": "replace TEXT TEXT",
    "parse": f"parse {'|'.join(KINDS)}",
}
_MAKERS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "set": lambda field, value: {"do": "set", "field": field, "value": _value(value)},
    "rename": lambda field, to: {"do": "rename", "field": field, "to": to},
    "remove": lambda field: {"do": "remove", "field": field},
    "replace": lambda text, by: {"do": "replace", "text": text, "with": by},
    "parse": lambda kind: {"do": "parse", "as": kind},
}


def read_lines(lines: Iterable[str]) -> list[Step]:
    """The rule that lines of words mean; raises BadRule and names the line."""
    said = [line.strip() for line in lines if line.strip()]
    steps = [_step(line) for line in said]
    for line, step in zip(said, steps, strict=True):
        try:
            read_rule([step])
        except BadRule as error:
            raise BadRule(f"{line[:80]}: {error}") from None
    return read_rule(steps)


def lines_of(rule: Rule) -> list[str]:
    """The lines that mean this rule."""
    return [_line(step) for step in rule]


def _step(line: str) -> dict[str, Any]:
    try:
        verb, *words = shlex.split(line)
    except ValueError as error:
        raise BadRule(f"{line[:80]}: {error}") from None
    form = FORMS.get(verb)
    if form is None:
        raise BadRule(f"{verb[:80]}: a step begins with {', '.join(FORMS)}.")
    if len(words) != len(form.split()) - 1:
        raise BadRule(f"{line[:80]}: say {form}, with quotes where blanks are.")
    return _MAKERS[verb](*words)


def _value(text: str) -> Any:
    """A number, true, false, null or JSON; whatever else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _line(step: Step) -> str:
    return shlex.join(_words(step))


def _words(step: Step) -> list[str]:
    match step:
        case Set():
            return ["set", step.field, _written(step.value)]
        case Rename():
            return ["rename", step.field, step.to]
        case Remove():
            return ["remove", step.field]
        case Replace():
            return ["replace", step.text, step.by]
        case Parse():
            return ["parse", step.kind]


def _written(value: Any) -> str:
    """Text as it is, unless it would be read as something else."""
    if isinstance(value, str) and _value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
