"""The live tails that panes on the map show: a few threads watched besides the inspector's."""

from collections.abc import Callable, Sequence

from commandcenter.core.codec import Row
from commandcenter.link.base import LinkLost
from commandcenter.ui.blocks import Block, Transcript
from commandcenter.ui.screen import Screen
from commandcenter.ui.tile_near import TailLine, Tone

MOST = 12
ROWS = 200
"""Entries read of a thread that comes into view."""
HOLD = 12_000
"""Characters held of each."""
_TONES: dict[str, Tone] = {"you": "accent", "agent": "fg", "approval": "fg", "refusal": "err"}


class Panes:
    """Watches the threads that stand as panes; their text touches nothing else."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.threads: tuple[int, ...] = ()
        self.on_text: Callable[[Sequence[int]], None] = lambda threads: None
        """The tails of these threads changed."""
        self._tails: dict[int, Transcript] = {}
        self._waiting: dict[int, list[Row]] = {}
        screen.on_tails = self.take

    def show(self, threads: Sequence[int]) -> None:
        """These stand as panes now, at most twelve."""
        wanted = tuple(threads[:MOST])
        if wanted == self.threads:
            return
        fresh = [thread for thread in wanted if thread not in self._tails]
        self.threads = wanted
        self._tails = {t: self._tails.get(t) or _tail() for t in wanted}
        self._screen.watch(self, frozenset(wanted))
        self._read(fresh)

    def renew(self) -> None:
        """The link is back, or a snapshot came: what was missed is read."""
        self._tails = {thread: _tail() for thread in self.threads}
        self._waiting.clear()
        self._read(self.threads)

    def take(self, rows: list[Row]) -> None:
        """Rows as they come."""
        if not self._tails:
            return
        own: dict[int, list[Row]] = {}
        for row in rows:
            if row.thread in self._tails:
                own.setdefault(row.thread, []).append(row)
        changed = [thread for thread, found in own.items() if self._fold(thread, found)]
        if changed:
            self.on_text(changed)

    def lines(self, thread: int, columns: int, most: int) -> tuple[TailLine, ...]:
        """The last rows of its transcript, broken at so many columns."""
        tail = self._tails.get(thread)
        found: list[TailLine] = []
        for block in reversed(tail.blocks if tail is not None else []):
            found = [*_rows(block, columns, most), *found]
            if len(found) >= most:
                break
        return tuple(found[-most:])

    def _fold(self, thread: int, rows: list[Row]) -> bool:
        if thread in self._waiting:
            self._waiting[thread].extend(rows)
            return False
        return self._tails[thread].fold(rows)

    def _read(self, threads: Sequence[int]) -> None:
        for thread in threads:
            if self._screen.up and thread not in self._waiting:
                self._waiting[thread] = []
                self._screen.tasks.spawn(self._ask(thread), f"tail {thread}")

    async def _ask(self, thread: int) -> None:
        try:
            rows = await self._screen.link.read(thread, -1, ROWS)
        except LinkLost:
            self._waiting.pop(thread, None)
            return
        late = self._waiting.pop(thread, [])
        tail = self._tails.get(thread)
        if tail is not None:
            tail.fold([*rows, *late])
            self.on_text((thread,))


def _tail() -> Transcript:
    made = Transcript()
    made.hold = HOLD
    return made


def _rows(block: Block, columns: int, most: int) -> list[TailLine]:
    """The last rows of a block; tools say what they are first."""
    tone = _TONES.get(block.who, "dim")
    rows: list[TailLine] = []
    for line in block.lines[-most:]:
        own: Tone = "err" if line.kind == "error" else tone
        text = line.text.replace("\t", "    ").rstrip()
        rows += [TailLine(piece, own) for piece in _broken(text, columns)]
    if block.who in ("tool", "order", "note", "refusal") and len(rows) < most:
        head = f"{block.title}  {block.meta}".strip()
        rows.insert(0, TailLine(head[:columns], "mid"))
    return rows[-most:]


def _broken(text: str, columns: int) -> list[str]:
    """A line in pieces of at most so many letters, broken between words where it can be."""
    pieces = []
    while len(text) > columns:
        at = text.rfind(" ", columns // 2, columns + 1)
        at = at if at > 0 else columns
        pieces.append(text[:at])
        text = text[at:].lstrip(" ")
    return [*pieces, text] if text else pieces
