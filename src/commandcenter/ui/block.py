"""Blocks of text: what a transcript is made of; an append costs what it adds, no more."""

from collections import deque
from typing import Any, Literal

from commandcenter.core.text import safe
from commandcenter.hud.edits import Change

Who = Literal["you", "agent", "thought", "tool", "approval", "refusal", "order", "note"]
LineKind = Literal["text", "code", "error", "add", "remove", "same", "path"]
FOLD = 12
"""Lines of a tool's result that are shown until it is unfolded."""
HOLD = 256 * 1024
"""Characters a view holds; the rest is read from the store."""
MOST = 16 << 20
"""Characters held of a transcript that the player reads back."""
LONGEST = 2_000
"""Characters of one line."""
REMEMBERED = 4_096
Key = tuple[str, Any]


class Line:
    """One line as it was written."""

    __slots__ = ("kind", "text")

    def __init__(self, text: str, kind: LineKind = "text") -> None:
        self.text = text
        self.kind: LineKind = kind


class Part:
    """Text of one kind inside a block, or the card of an edit."""

    __slots__ = ("card", "kind", "run", "text")

    def __init__(self, kind: LineKind, text: str, card: Change | None = None) -> None:
        self.kind: LineKind = kind
        self.text = text
        self.card = card
        self.run = len(text) - text.rfind("\n") - 1
        """Characters of its last line."""

    def add(self, text: str) -> None:
        """Continue it; a line that would grow without bound is broken."""
        first = text.find("\n")
        if self.run and self.run + (first if first >= 0 else len(text)) > LONGEST:
            text = "\n" + text
        last = text.rfind("\n")
        self.run = len(text) - last - 1 if last >= 0 else self.run + len(text)
        self.text += text

    def lines(self) -> list[Line]:
        """Its lines."""
        if self.card is None:
            return [Line(text, self.kind) for text in self.text.split("\n")]
        rows = (Line(row.text, row.sign) for row in self.card.rows)
        return [Line(self.card.path, "path"), *rows]

    @property
    def weight(self) -> int:
        """Characters held for it."""
        return len(self.text) if self.card is None else sum(len(row.text) for row in self.card.rows)

    def count(self) -> int:
        """How many lines it has, without the empty one that a trailing break leaves."""
        if self.card is not None:
            return 1 + len(self.card.rows)
        return self.text.count("\n") + (0 if self.text.endswith("\n") else 1)


class Block:
    """One piece of a transcript. `meta` stands at the right of its head."""

    __slots__ = (
        "breaks",
        "chars",
        "closed",
        "folded",
        "key",
        "meta",
        "number",
        "parts",
        "seq",
        "started",
        "title",
        "turn",
        "version",
        "wall",
        "who",
    )

    def __init__(self, who: Who, title: str, wall: int) -> None:
        self.who: Who = who
        self.title = title
        self.wall = wall
        self.meta = ""
        self.started = 0
        """Wall ns since which a tool runs; 0 = it does not."""
        self.parts: list[Part] = []
        self.folded = who == "tool"
        self.chars = self.breaks = 0
        """Characters and line breaks so far: its height is guessed by them."""
        self.closed = False
        """Nothing is expected to be added any more."""
        self.version = 0
        self.number = 0
        """Places in a row: each block's is one above that of the block before it."""
        self.seq = 0
        self.turn = 0
        """Of what began a turn: its number; else 0."""
        self.key: Key | None = None

    @property
    def lines(self) -> list[Line]:
        """All lines."""
        return [line for part in self.parts for line in part.lines()]

    @property
    def weight(self) -> int:
        """Characters held for it."""
        return sum(part.weight for part in self.parts)

    def count(self) -> int:
        """How many lines there are."""
        return sum(part.count() for part in self.parts)

    def shown(self) -> list[Line]:
        """The lines that are painted: all, or the first twelve of a folded one."""
        return self.lines[:FOLD] if self.hidden else self.lines

    @property
    def hidden(self) -> int:
        """How many lines the fold hides."""
        return max(self.count() - FOLD, 0) if self.folded else 0


class Blocks:
    """A row of blocks that grows at its end, is let go of at its front, and read back there."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.hold = HOLD
        """Characters held; above them the oldest blocks go."""
        self.items = 0
        self.dropped = 0
        """Characters no longer held."""
        self.changes: deque[Block] = deque(maxlen=REMEMBERED)
        self.changed = 0
        """How many changes there were; the last of them lie in `changes`."""
        self._held = 0
        self._open: dict[Key, Block] = {}
        self._at = 0
        """Seq of the entry that is taken in."""

    def start(self, who: Who, title: str, wall: int) -> Block:
        """A new block at the end."""
        if self.blocks and self.blocks[-1].who in {"agent", "thought"}:
            self.close(self.blocks[-1])
        block = Block(who, title, wall)
        block.number = self.blocks[-1].number + 1 if self.blocks else 0
        block.seq = self._at
        self.blocks.append(block)
        self.items += 1
        self.touch(block)
        return block

    def keyed(self, key: Key, who: Who, title: str, wall: int) -> Block:
        """The block of `key`, made when it is not there."""
        block = self._open.get(key)
        if block is None:
            block = self._open[key] = self.start(who, title, wall)
            block.key = key
        return block

    def find(self, key: Key) -> Block | None:
        """The block of `key`, if any."""
        return self._open.get(key)

    def touch(self, block: Block) -> None:
        """Something of the block is to be painted anew."""
        block.version += 1
        self.changes.append(block)
        self.changed += 1

    def close(self, block: Block) -> None:
        """Nothing is expected to be added to it."""
        if not block.closed:
            block.closed = True
            self.touch(block)

    def write(self, block: Block, text: str, kind: LineKind = "text", *, join: bool = True) -> None:
        """Append text to a block; the first piece continues its last line when `join`."""
        shown = safe(text)
        self._held += len(shown)
        block.chars += len(shown)
        block.breaks += shown.count("\n")
        last = block.parts[-1] if block.parts else None
        if last is None or last.kind != kind or last.card is not None:
            block.parts.append(Part(kind, shown))
        elif join or last.text.endswith("\n"):
            last.add(shown)
        else:
            last.add("\n" + shown)
        block.closed = False
        self.touch(block)

    def put_card(self, block: Block, card: Change) -> None:
        """The change of one file, as a card of its own."""
        block.parts.append(Part("path", card.path, card))
        block.breaks += 2 + len(card.rows)
        self._held += sum(len(row.text) for row in card.rows)
        self.touch(block)

    def shrink(self) -> None:
        """Let go of the oldest blocks above what is held."""
        gone = 0
        while self._held > self.hold and gone < len(self.blocks) - 1:
            self._let_go(self.blocks[gone])
            gone += 1
        if gone:
            del self.blocks[:gone]
        if self._held > self.hold and self.blocks:
            self._trim(self.blocks[0])

    def _let_go(self, block: Block) -> None:
        size = block.weight
        self._held -= size
        self.dropped += size
        if block.key is not None:
            self._open.pop(block.key, None)

    def _trim(self, block: Block) -> None:
        """One giant block keeps its newest text."""
        before = block.weight
        rest = self.hold // 2
        kept: list[Part] = []
        for part in reversed(block.parts):
            if rest <= 0:
                break
            if part.card is None and len(part.text) > rest:
                cut = part.text.find("\n", len(part.text) - rest) + 1
                part = Part(part.kind, part.text[cut or len(part.text) - rest :])
            kept.append(part)
            rest -= max(part.weight, 1)
        block.parts = kept[::-1]
        block.chars, block.breaks = block.weight, block.count()
        gone = before - block.weight
        self._held -= gone
        self.dropped += gone
        self.touch(block)

    def prepend(self, older: "Blocks") -> None:
        """Older blocks before ours; a block that both have a part of becomes one."""
        for key, block in older._open.items():
            newer = self._open.get(key)
            if newer is not None and newer is not block:
                _merge(block, newer)
                self._forget(newer)
            self._open[key] = block
        number = self.blocks[0].number if self.blocks else 0
        for place, block in enumerate(older.blocks):
            block.number = number - len(older.blocks) + place
        self.blocks[:0] = older.blocks
        self.items += older.items
        self._held = sum(block.weight for block in self.blocks)
        for block in older.blocks[-2:]:
            self.touch(block)

    def _forget(self, block: Block) -> None:
        """Take a block out; those behind it move up a place."""
        at = self.blocks.index(block)
        del self.blocks[at]
        for later in self.blocks[at:]:
            later.number -= 1


def _merge(block: Block, newer: Block) -> None:
    """The newer part of a block goes to its older one."""
    parts = list(newer.parts)
    if block.parts and parts and parts[0].kind == block.parts[-1].kind and not parts[0].card:
        block.parts[-1].add(parts.pop(0).text)
    block.parts += parts
    block.chars, block.breaks = block.weight, block.count()
    block.meta, block.started = newer.meta or block.meta, newer.started
    block.closed = newer.closed
    block.version += newer.version + 1
