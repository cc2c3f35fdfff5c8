"""Where the token is found in what senders put into Authorization."""

from __future__ import annotations

from base64 import b64encode

import pytest

from ingest.edge.auth import token_of
from ingest.errors import Unauthorized


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer logsite_abc",
        "bearer  logsite_abc ",
        f"Basic {encoded('anybody:logsite_abc')}",
        f"Basic {encoded(':logsite_abc')}",
        f"basic {encoded('logsite_abc:')}",
        f"ApiKey {encoded('my-agent:logsite_abc')}",
        "ApiKey logsite_abc",  # Fluent Bit hands on what it was given
    ],
)
def test_it_finds_the_token(header: str) -> None:
    assert token_of(header) == "logsite_abc"


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "Bearer", "Bearer ", "Digest abc", "logsite_abc"),
        *("Basic", "Basic no base64", "Basic /w==", f"Basic {encoded(':')}"),
    ],
)
def test_it_says_that_a_token_is_missing(header: str | None) -> None:
    with pytest.raises(Unauthorized) as caught:
        token_of(header)

    assert caught.value.code == "missing_token"
