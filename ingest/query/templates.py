"""What messages have in common: each becomes one of a template, with <*> in it.

Drain groups messages of the same number of words that begin alike and differ in few of
them. Before it sees one, what is always a parameter is masked: ids, addresses, numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drain3.drain import Drain, LogCluster

from ingest.words import plain as without_colours

MAX_LENGTH: Final = 600  # characters of a message that are looked at, in its first line
MAX_TEMPLATES: Final = 1_000  # that new messages are compared with, the latest used
MAX_KNOWN: Final = 50_000  # masked messages whose template is remembered
# By measurement, see docs/patterns.md: how deep the tree of first words is, and how
# alike two messages have to be.
DEPTH: Final = 5
ALIKE: Final = 0.7
ANY: Final = "<*>"
_ADDRESS: Final = r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"
# One after the other. Each begins with something rare: most places are passed quickly.
_PARAMETERS: Final = {
    "uuid": r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    "ip": rf"\b(?<!\.){_ADDRESS}(?:,{_ADDRESS})*(?![\w.]*\w)",
    "hex": r"\b(?=[0-9a-fA-F]{8}|0[xX])"
    r"(?:0[xX][0-9a-fA-F]+|(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{8,})\b",
    "num": r"\d+(?:[.,:]\d+)*",
    # Blanks that separate words here, and are no blanks for an expression.
    "gap": r"[^\S \t\n\r\f]+",
}
_STEPS: Final = (
    *((re.compile(pattern), f"<{name}>") for name, pattern in _PARAMETERS.items()),
    (re.compile(r"[-+](?<![A-Za-z0-9].)(?=<num>)"), ""),  # a sign, not a hyphen
)
_MASK: Final = re.compile(rf"<(?:\*|{'|'.join(_PARAMETERS)})>")
_SPECIAL: Final = re.compile(r"([\\.+*?()|\[\]{}^$/])")


@dataclass(eq=False)
class Template:
    """One kind of message; its text becomes more general as messages come."""

    cluster: LogCluster
    plain: bool = True  # nothing but this line, with one blank between words
    cut: bool = False  # some of its messages go on

    @property
    def text(self) -> str:
        return str(self.cluster.get_template())

    @property
    def query(self) -> str:
        """The search text that finds its messages."""
        return query_of(self.text, plain=self.plain, cut=self.cut)


class Templates:
    """The templates of the messages so far."""

    def __init__(self) -> None:
        self._drain = Drain(
            depth=DEPTH, sim_th=ALIKE, max_clusters=MAX_TEMPLATES, param_str=ANY
        )
        self._by_cluster: dict[int, Template] = {}
        self._known: dict[str, Template] = {}

    def of(self, message: str) -> Template:
        """The template of one more message."""
        message = without_colours(message)  # as a search looks at it
        line = message.strip(" \t\n\r\f").partition("\n")[0][:MAX_LENGTH]
        masked = mask(line)
        template = self._known.get(masked)
        if template is None:
            template = self._learned(masked)
        if line != message:
            template.plain = False
            template.cut = template.cut or len(line) == MAX_LENGTH
        return template

    def _learned(self, masked: str) -> Template:
        cluster, _ = self._drain.add_log_message(masked)
        found = self._by_cluster.setdefault(cluster.cluster_id, Template(cluster))
        if masked != " ".join(masked.split()):
            found.plain = False
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[masked] = found
        return found


def mask(line: str) -> str:
    """The line with names in the place of what is always a parameter."""
    for pattern, name in _STEPS:
        line = pattern.sub(name, line)
    return line


def query_of(template: str, *, plain: bool = False, cut: bool = False) -> str:
    """A search text that finds every message of a template."""
    words = [_expression(word) for word in template.split()]
    between, begin, end = (" ", "^", "$") if plain else (r"\s+", r"^\s*", r"\s*(\n|$)")
    return f"message:/{begin}{between.join(words)}{'' if cut else end}/"


def _expression(word: str) -> str:
    fixed = _MASK.split(word)
    return r"\S+".join(_SPECIAL.sub(r"\\\1", part) for part in fixed)
