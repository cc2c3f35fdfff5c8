"""The fold over one partition's log: messages in, everything that is stored out.

`PartitionFold` holds no clock and does no I/O. Whatever the chunks in which messages
arrive, wherever it was stopped and resumed, and however often messages are read again,
the entries, dead letters and blocks that it gives are the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ingest.errors import BadEntry
from ingest.fold.block import (
    BLOCK_OFFSETS,
    EPOCH,
    OpenBlock,
    State,
    position,
    positions,
    to_ms,
)
from ingest.fold.duplicates import BlockRequests, SeenRequests
from ingest.fold.message import Message as Message
from ingest.fold.message import Piece, Run, alone
from ingest.fold.message import Raw as Raw
from ingest.fold.refill import refilled

Document = dict[str, Any]
FIRST_DAY: Final = "00000000"
BARE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - BSON takes it as UTC


@dataclass(frozen=True)
class Lane:
    """Which partition, of which life of a topic."""

    topic: str
    partition: int
    incarnation: int
    topic_id: str = ""


@dataclass
class Writes:
    """What has to be written, in this order: entries, dead letters, blocks, head."""

    # By day: entries, and the bytes that each has as JSON.
    entries: dict[str, list[Document]] = field(
        default_factory=lambda: defaultdict(list)
    )
    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    dead: list[tuple[Message, BadEntry]] = field(default_factory=list)
    blocks: list[Document] = field(default_factory=list)
    # How far blocks tell of messages, with these: entries beyond are not shown yet.
    next_offset: int = 0
    received: int = 0
    newest: Message | None = None
    bytes: int = 0
    oldest: int = -1  # append time of the first message they show, -1 if none
    states: Counter[State] = field(default_factory=Counter)


class PartitionFold:
    """State of one partition: where it stands, and the block that is being filled."""

    def __init__(
        self, lane: Lane, start: int, kept_from: str = FIRST_DAY, begun: int = 0
    ) -> None:
        self.lane = lane
        self.next = start  # the first offset that was not folded yet
        self.received = -1  # running maximum of append times, -1 before any message
        self.newest: Message | None = None
        self.kept_from = kept_from  # entries of earlier days are expired
        self.begun = begun  # ms; stands in where no append time was seen yet
        self._seen = SeenRequests()
        self._block: OpenBlock | None = None
        self._writes = Writes()

    def fold(self, pieces: Iterable[Piece]) -> None:
        """Take messages in offset order; those before `next` were folded already."""
        for piece in pieces:
            if isinstance(piece, Run):
                self._take_run(piece)
            else:
                self._take(piece)

    def pass_over(self, to: int, at: int = -1) -> None:
        """There is no message from `next` up to offset `to` (exclusive).

        `at` (ms) stands in for an append time as long as no message was seen; without
        it such a gap waits for the first message.
        """
        if self.received < 0:
            self.received = at
        if to > self.next and self.received >= 0:
            self._pass(to - self.next)

    def take_writes(self, may_wait: bool = False) -> Writes:
        """What came together since the last call; the unfinished block included.

        Unless it may wait, and more than a block came together: so it was begun just
        now, and where so much arrives it will be finished by the next call. If it is
        not, the next call gives it as it is.
        """
        writes, block, self._writes = self._writes, self._block, Writes()
        if block is None:
            self._reach(writes, self.received)
        elif may_wait and writes.states.total() > BLOCK_OFFSETS:
            self._writes.oldest = block.min_received
        else:
            writes.blocks.append(self._document(block, done=False))
            self._reach(writes, self.received)
        return writes

    @property
    def pending_bytes(self) -> int:
        """Bytes of the messages that wait to be taken as writes."""
        return self._writes.bytes

    @property
    def pending_offsets(self) -> int:
        """How many of them there are: a message may be empty, and still takes room."""
        return self._writes.states.total()

    @property
    def open_block(self) -> bytes | None:
        """The id of the block that is being filled."""
        if self._block is None:
            return None
        return position(self.lane.incarnation, self.lane.partition, self._block.first)

    # -- messages ------------------------------------------------------------------

    def _take_run(self, run: Run) -> None:
        """As much at once as simply goes on in the block; the rest one by one."""
        place = max(0, self.next - run.offset)
        while place < len(run):
            end = self._plain_until(run, place)
            if end > place:
                self._store(run.between(place, end))
                place = end
            else:
                self._take(run.message(place))
                place += 1

    def _plain_until(self, run: Run, start: int) -> int:
        """Up to where a run's entries, from one place on, go on in the block."""
        block = self._block
        if block is None or block.day < self.kept_from:
            return start
        if run.offset + start != self.next:
            return start
        end = min(len(run), start + block.room)
        received = run.received[start:end]
        if max(received) < block.day_end:
            return end
        return start + next(n for n, ms in enumerate(received) if ms >= block.day_end)

    def _take(self, message: Message) -> None:
        if message.offset < self.next:
            return
        if message.received < 0:  # any later time could be forged
            message.received = max(self.received, self.begun)
        if message.offset > self.next:
            self.pass_over(message.offset, message.received)
        self.received = max(self.received, message.received)
        block = self._block_for(self.received)
        state = self._state_of(block, message)
        if state is State.STORED:
            if message.request is not None:
                block.requests.add(message.request, message.offset)
            self._store(alone(message))
            return
        content = message.content
        service = "" if isinstance(content, BadEntry) else content.service
        block.add_hole(state, 1, message.received, service)
        self._note(message.received, message, state, 1, len(message.value))

    def _state_of(self, block: OpenBlock, message: Message) -> State:
        if block.day < self.kept_from:
            return State.EXPIRED
        if isinstance(message.content, BadEntry):
            self._writes.dead.append((message, message.content))
            return State.DEAD
        if message.request is not None and self._is_duplicate(block, message.request):
            block.repeats.add(message.request, message.offset)
            return State.DUPLICATE
        return State.STORED

    def _is_duplicate(self, block: OpenBlock, header: bytes) -> bool:
        return block.requests.has_header(header) or self._seen.has(
            header, self.received
        )

    def _store(self, run: Run) -> None:
        block = self._block_for(self.received)
        sizes = [len(value) for value in run.values]
        block.add_entries(run.entries, sum(sizes), run.received)
        self.received = block.received
        self._writes.sizes[block.day] += sizes
        self._writes.entries[block.day] += _documents(self.lane, run)
        self._note(run.received[0], run.newest, State.STORED, len(run), sum(sizes))

    def _note(
        self, oldest: int, newest: Message, state: State, count: int, size: int
    ) -> None:
        """Messages of this state, the next ones in their order, are folded."""
        self.next = newest.end
        self.newest = newest
        writes = self._writes
        writes.states[state] += count
        writes.bytes += size
        if writes.oldest < 0:
            writes.oldest = oldest
        block = self._block
        if block is not None and not block.room:
            self._end_block(block)

    # -- blocks ----------------------------------------------------------------------

    def _block_for(self, received: int) -> OpenBlock:
        block = self._block
        if block is not None and received < block.day_end:
            return block
        if block is not None:
            self._end_block(block)
        self._block = block = OpenBlock(self.next, received)
        return block

    def _pass(self, count: int) -> None:
        # A gap belongs to the day of what came before it, so that an owner who learns
        # of it by the next message and one who was told earlier make the same blocks.
        while count:
            block = self._block_for(self.received)
            step = min(count, block.room)
            block.add_hole(State.VOID, step, block.received)
            self._writes.states[State.VOID] += step
            self.next += step
            count -= step
            if not block.room:
                self._end_block(block)

    def _end_block(self, block: OpenBlock) -> None:
        self._writes.blocks.append(self._document(block, done=True))
        self._reach(self._writes, block.received)
        self._seen.add_block(block.received, block.requests)
        self._block = None

    def _reach(self, writes: Writes, received: int) -> None:
        # A head that is ahead of its blocks would lose what is between them.
        writes.next_offset = self.next
        writes.received = received
        writes.newest = self.newest

    def _document(self, block: OpenBlock, done: bool) -> Document:
        lane = self.lane
        return block.document(lane.incarnation, lane.partition, lane.topic, done)

    # -- resuming --------------------------------------------------------------------

    def remember(self, blocks: Iterable[Document]) -> None:
        """Load the requests of stored blocks, oldest first."""
        for stored in blocks:
            requests = BlockRequests.unpacked(stored["requests"], stored["first"])
            self._seen.add_block(to_ms(stored["max_received"]), requests)

    def resume(self, stored: Document, entries: Sequence[Document]) -> None:
        """Go on into a stored block; `entries` are those that it holds, in order."""
        self.received = max(self.received, to_ms(stored["max_received"]))
        self.next = stored["last"] + 1
        if stored["done"]:
            return
        self._block = refilled(stored, entries)


def _documents(lane: Lane, run: Run) -> list[Document]:
    """As they are stored. Times without a zone are UTC to BSON, which is twice as fast
    with them."""
    ids = positions(lane.incarnation, lane.partition, run.offset, len(run))
    # The broker stamps whole batches.
    at = {ms: BARE_EPOCH + timedelta(milliseconds=ms) for ms in set(run.received)}
    return [
        {
            "_id": id_,
            "timestamp": BARE_EPOCH + (entry.timestamp - EPOCH),
            "received": at[ms],
            "level": entry.level,
            "service": entry.service,
            "message": entry.message,
            "metadata": entry.metadata,
        }
        for id_, ms, entry in zip(ids, run.received, run.entries, strict=True)
    ]
