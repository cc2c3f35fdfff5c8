"""Whatever happens to a spool file, the records before the damage come back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.spoolfile import Spooled, packed, spooled, unpacked
from ingest.kafka.producer import Message

entries = st.tuples(
    st.binary(max_size=40), st.binary(max_size=8), st.integers(0, 2**32)
)
records = st.builds(
    Spooled,
    at_ms=st.integers(0, 2**42),
    keyed=st.booleans(),
    request=st.binary(min_size=12, max_size=12),
    entries=st.lists(entries, min_size=1, max_size=4),
)
files = st.lists(records, min_size=1, max_size=6)


def ends(file: list[Spooled]) -> list[int]:
    """Where each record ends."""
    places, place = [], 0
    for record in file:
        place += len(packed(record))
        places.append(place)
    return places


@given(files)
def test_a_whole_file_gives_back_every_record(file: list[Spooled]) -> None:
    data = b"".join(map(packed, file))

    assert unpacked(data) == (file, len(data))


@given(files, st.data())
def test_a_file_cut_anywhere_gives_back_the_whole_records_before(
    file: list[Spooled], data: st.DataObject
) -> None:
    whole = b"".join(map(packed, file))
    cut = data.draw(st.integers(0, len(whole)))
    expected = sum(end <= cut for end in ends(file))

    found, good = unpacked(whole[:cut])

    assert found == file[:expected]
    assert good == ([0, *ends(file)])[expected]


@given(files, st.data())
def test_a_byte_flipped_anywhere_gives_back_the_records_before(
    file: list[Spooled], data: st.DataObject
) -> None:
    whole = bytearray(b"".join(map(packed, file)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    expected = sum(end <= place for end in ends(file))

    found, good = unpacked(bytes(whole))

    assert found == file[:expected]
    assert good == ([0, *ends(file)])[expected]


@given(files, st.integers(1, 5_000))
def test_a_tail_of_zeros_is_no_record(file: list[Spooled], zeros: int) -> None:
    whole = b"".join(map(packed, file))

    assert unpacked(whole + bytes(zeros)) == (file, len(whole))


def test_a_request_with_a_key_keeps_its_name_and_indexes() -> None:
    sent: list[Message] = [
        (b"one", b"api/1", {"request": b"r" * 12 + bytes([0, 0, 0, 0])}),
        (b"two", b"api/1", {"request": b"r" * 12 + bytes([0, 0, 0, 7])}),
    ]

    record = spooled(sent, at_ms=5)

    assert (record.keyed, record.request) == (True, b"r" * 12)
    assert record.messages() == sent


def test_a_request_without_a_key_gets_a_name_of_its_own() -> None:
    sent: list[Message] = [(b"one", b"api/1", None), (b"two", b"api/1", None)]

    first, second = spooled(sent, at_ms=5), spooled(sent, at_ms=5)

    assert first.request != second.request
    headers = [(message[2] or {})["request"] for message in first.messages()]
    assert headers == [first.request + bytes([0, 0, 0, n]) for n in range(2)]
