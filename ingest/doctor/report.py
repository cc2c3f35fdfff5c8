"""What the doctor found: a table for people, an object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.doctor.visit import Finding, after_ms, is_well


def as_object(findings: Sequence[Finding], ailing: Sequence[str]) -> dict[str, Any]:
    each = [asdict(one) | {"well": one.is_well} for one in findings]
    return {"well": is_well(findings), "canaries": each, "ailing": list(ailing)}


def show(findings: Sequence[Finding], ailing: Sequence[str], out: Console) -> None:
    """Milliseconds: of the answer, search and tail by this machine's clock since the
    canary was sent; of the others by the site's clocks since the edge had read it."""
    columns = ("answered", "appended", "acknowledged", "visible", "found", "tail")
    table = Table("canary", *columns, "", box=None, header_style="bold")
    for one in findings:
        table.add_row(one.protocol, *_times(one), _verdict(one))
    out.print(table)
    for line in ailing:
        out.print(f"not well: {escape(line)}")


def _times(finding: Finding) -> list[str]:
    hops = [_hop(finding, name) for name in ("appended", "acknowledged", "visible")]
    found, tailed = _ms(finding.found_ms), _ms(finding.tailed_ms)
    return [_ms(finding.answered_ms), *hops, found, tailed]


def _hop(finding: Finding, name: str) -> str:
    if name not in finding.hops or "read" not in finding.hops:
        return "–"
    return _ms(after_ms(finding.hops["read"], finding.hops[name]))


def _ms(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds:,} ms"


def _verdict(finding: Finding) -> str:
    if finding.is_well:
        return "[green]stored[/green]"
    return f"[red]{escape(finding.problem)}[/red]"
