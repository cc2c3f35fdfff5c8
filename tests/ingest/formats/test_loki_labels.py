"""The labels of a stream, as senders quote them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadEntry
from ingest.formats.lokilabels import read_labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{}", {}),
        ("  { }  ", {}),
        ('{app="shop"}', {"app": "shop"}),
        ('{app="shop", env="prod"}', {"app": "shop", "env": "prod"}),
        ('{ app = "shop" ,env="prod", }', {"app": "shop", "env": "prod"}),
        ('{app=`a"b\\c`}', {"app": 'a"b\\c'}),
        ('{__path__="/var/log/*.log"}', {"__path__": "/var/log/*.log"}),
        ('{a=""}', {"a": ""}),
        ('{a="x}, b=\\"y\\""}', {"a": 'x}, b="y"'}),
        (
            r'{a="\\ \n \t \a \v \x41 \u00e9 \U0001F600 \101"}',
            {"a": "\\ \n \t \a \v A é 😀 A"},
        ),
        ('{a="결제 서버"}', {"a": "결제 서버"}),
    ],
)
def test_it_reads_labels(text: str, labels: dict[str, str]) -> None:
    assert read_labels(text) == labels


@pytest.mark.parametrize(
    "text",
    [
        *("", "app", '{app="shop"', 'app="shop"}', "{app}", "{app=}", "{app=shop}"),
        *("{app='shop'}", '{app="shop}', '{app="shop" env="prod"}', '{a="b",,}'),
        *('{1a="b"}', '{a-b="c"}', '{a=~"b"}', '{a!="b"}', r'{a="\q"}', '{a="b\nc"}'),
        *(r'{a="\ud800"}', r'{a="\UFFFFFFFF"}', r'{a="\x4"}', '{a="b"}{c="d"}'),
    ],
)
def test_it_refuses_what_are_no_labels(text: str) -> None:
    with pytest.raises(BadEntry, match="cannot be read") as refused:
        read_labels(text)

    assert refused.value.code == "bad_labels"


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_it_reads_any_labels_that_are_quoted(labels: dict[str, str]) -> None:
    text = ", ".join(f"{name}={quoted(value)}" for name, value in labels.items())

    assert read_labels("{" + text + "}") == labels


@given(st.text('{}ab=",`\\ \nu0', max_size=40))
def test_it_reads_or_refuses_and_never_fails_otherwise(text: str) -> None:
    with suppress(BadEntry):
        read_labels(text)
