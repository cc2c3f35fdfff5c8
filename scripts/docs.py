"""Writes the pages that are made from code: `python -m scripts.docs`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ingest.kafka.watch.exporter import EXPORTED
from ingest.metrics import COUNTERS, GAUGES, HISTOGRAMS, Spec

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = ROOT / ".env.template"
ARCHITECTURE: Final = ROOT / "docs/architecture.md"
PACKAGES: Final = ("ingest", "stats", "logsite")
_NOTE: Final = "<!-- Made by `python -m scripts.docs`; change it there. -->"
_FROM_HERE: Final = "<!-- From here on made by `python -m scripts.docs`. -->\n"
_METRICS: Final = f"""# Metrics

{_NOTE}
The web process serves its metrics at `/metrics`, to a session, to a token with scope
`read`, or from loopback. A process with a `METRICS_PORT` serves them there as well, to
whoever reaches it: `METRICS_HOST` is loopback unless it is set.
A process shows what it has measured so far, and what every Python process says of
itself (`process_*`, `python_*`).
"""
_EXPORTED: Final = "Kafka, under the names of kafka_exporter"
_EXPORTED_NOTE: Final = """
Gauges of the newest snapshot that `watch` took. Every web process shows the same, so
add up over one of them: `max by (consumergroup, topic) (kafka_consumergroup_lag_sum)`.
"""
_CONFIGURATION: Final = f"""# Configuration

{_NOTE}
All configuration comes from the environment; `.env.template` lists the same. A wrong
value stops the start with its name and what is allowed. Commands find a stack that
`manage.py up` started by its state file; the environment wins over it.
"""


class Variable(NamedTuple):
    """One line of `.env.template` with the comment above it."""

    group: str
    name: str
    default: str
    meaning: str


def variables(text: str) -> Iterator[Variable]:
    """What a template declares: `# -- Group`, `# meaning`, `#NAME=default`."""
    group = meaning = ""
    for line in text.splitlines():
        if line.startswith("# -- "):
            group = line[5:]
        elif line.startswith("# "):
            meaning = line[2:]
        elif line.startswith("#"):
            name, _, default = line[1:].partition("=")
            yield Variable(group, name, default, meaning)


def configuration_page(found: Iterable[Variable]) -> str:
    page, group = [_CONFIGURATION], ""
    for variable in found:
        if variable.group != group:
            group = variable.group
            page.append(
                f"\n## {group}\n\n| variable | default | meaning |\n|---|---|---|\n"
            )
        default = f"`{variable.default}`" if variable.default else ""
        page.append(f"| `{variable.name}` | {default} | {variable.meaning} |\n")
    return "".join(page)


def metrics_page() -> str:
    return "".join(
        (
            _METRICS,
            metrics_table("Counters", COUNTERS.items()),
            metrics_table("Gauges", GAUGES.items()),
            metrics_table("Histograms", HISTOGRAMS.items()),
            metrics_table(_EXPORTED, EXPORTED.items(), _EXPORTED_NOTE),
        )
    )


def metrics_table(title: str, specs: Iterable[tuple[str, Spec]], note: str = "") -> str:
    rows = "".join(
        f"| `{name}` | {', '.join(f'`{label}`' for label in spec.labels)}"
        f" | {spec.meaning} |\n"
        for name, spec in specs
    )
    return f"\n## {title}\n{note}\n| name | labels | says |\n|---|---|---|\n{rows}"


def architecture_page() -> str:
    """What is written by hand, and behind its last note one line for each module."""
    written, note, _ = ARCHITECTURE.read_text().partition(_FROM_HERE)
    return written + note + "".join(map(folder_table, PACKAGES))


def folder_table(package: str) -> str:
    """The modules of a package, folder by folder."""
    table = [f"\n### {package}\n"]
    folders = sorted({file.parent for file in (ROOT / package).rglob("*.py")})
    for folder in folders:
        rows = [
            row for file in sorted(folder.glob("*.py")) if (row := module_row(file))
        ]
        if rows:
            name = folder.relative_to(ROOT)
            table += [f"\n| `{name}/` | |\n|---|---|\n", *rows]
    return "".join(table)


def module_row(file: Path) -> str:
    """Nothing for modules that say nothing, and for migrations."""
    says = ast.get_docstring(ast.parse(file.read_text()))
    if not says or file.parent.name == "migrations":
        return ""
    first_line = says.splitlines()[0].replace("|", "\\|")
    return f"| `{file.name}` | {first_line} |\n"


def pages() -> dict[Path, str]:
    """Every made page and what it has to hold."""
    return {
        ARCHITECTURE: architecture_page(),
        ROOT / "docs/metrics.md": metrics_page(),
        ROOT / "docs/configuration.md": configuration_page(
            variables(TEMPLATE.read_text())
        ),
    }


def main() -> None:
    for path, text in pages().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
