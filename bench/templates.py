"""How well messages are grouped, beside the templates that people gave them.

    LOGHUB=folder/of/loghub python -m bench.templates

Reads NAME/NAME_2k.log_structured.csv of each system. Grouping accuracy is the share of
messages whose group is exactly that of loghub: one message too many or too few makes
all messages of a group wrong. "mixed" are the lines of all systems in random order.
"""

from __future__ import annotations

import csv
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from drain3.drain import Drain

from ingest.query import templates
from ingest.query.templates import Templates

CHOICES = ((4, 0.4), (4, 0.7), (5, 0.4), (5, 0.6), (5, 0.7), (5, 0.75), (6, 0.7))


def systems() -> Iterator[tuple[str, list[str], list[str]]]:
    """Name, messages, and the template of each."""
    folder = Path(os.environ["LOGHUB"])
    for path in sorted(folder.glob("*/*_2k.log_structured.csv")):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        name = path.parent.name
        wanted = [f"{name} {row['EventId']}" for row in rows]
        yield name, [row["Content"] for row in rows], wanted


def accuracy(wanted: Sequence[str], found: Sequence[str]) -> float:
    """The share of messages in groups that are exactly as wanted."""
    right = _members(wanted)
    groups = _members(found).values()
    same = [group for group in groups if right[wanted[min(group)]] == group]
    return sum(map(len, same)) / len(wanted)


def _members(names: Sequence[str]) -> dict[str, set[int]]:
    members: dict[str, set[int]] = defaultdict(set)
    for number, name in enumerate(names):
        members[name].add(number)
    return members


def grouped(messages: Sequence[str]) -> list[str]:
    """As a search groups them."""
    mining = Templates()
    found = [mining.of(message) for message in messages]
    return [template.text for template in found]


def unmasked(messages: Sequence[str]) -> list[str]:
    """By Drain with its own defaults."""
    drain = Drain()
    found = [drain.add_log_message(message)[0] for message in messages]
    return [str(cluster.get_template()) for cluster in found]


def main() -> None:
    everything = list(systems())
    print("| lines of | templates of loghub | found | accuracy | Drain's defaults |")
    print("|---|---|---|---|---|")
    scores = [_row(*one) for one in everything]
    means = [sum(column) / len(column) for column in zip(*scores, strict=True)]
    print(f"| mean | | | {means[0]:.3f} | {means[1]:.3f} |")
    mixed = [pair for _, *both in everything for pair in zip(*both, strict=True)]
    random.Random(7).shuffle(mixed)
    messages, wanted = zip(*mixed, strict=True)
    _row("mixed", messages, wanted)
    _choices(everything)


def _row(name: str, messages: Sequence[str], wanted: Sequence[str]) -> list[float]:
    begun = time.perf_counter()
    found = grouped(messages)
    each_us = (time.perf_counter() - begun) / len(messages) * 1e6
    scores = [accuracy(wanted, found), accuracy(wanted, unmasked(messages))]
    counts = f"{len(set(wanted))} | {len(set(found))}"
    print(f"| {name} | {counts} | {scores[0]:.3f} | {scores[1]:.3f} |", end="")
    print(f"  {each_us:.0f} µs a message")
    return scores


def _choices(everything: Sequence[tuple[str, list[str], list[str]]]) -> None:
    print("\n| depth of the tree | alike | accuracy, mean |\n|---|---|---|")
    for templates.DEPTH, templates.ALIKE in CHOICES:
        scores = [accuracy(wanted, grouped(lines)) for _, lines, wanted in everything]
        mean = sum(scores) / len(scores)
        print(f"| {templates.DEPTH} | {templates.ALIKE} | {mean:.3f} |")


if __name__ == "__main__":
    main()
