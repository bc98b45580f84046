"""A block's items, kept up with its growing text: what is settled is never parsed again."""

from collections.abc import Iterator

from commandcenter.hud.markdown import Progress
from commandcenter.ui.block import FOLD, Block, Part
from commandcenter.ui.transcript_items import Item, card_items, line_items, text_items

TAIL = 4_096
"""Characters of an open tail above which it stands as plain lines until it is closed."""
PARSED = 64_000
"""Characters of a part above which it is shown as it was written."""
_COLORS = {"you": "accent", "thought": "mid", "note": "mid"}
FORMATTED = frozenset({"agent", "thought"})


class Laid:
    """The items of one block. `update` takes what was written since."""

    __slots__ = (
        "_at",
        "_done",
        "_key",
        "_parts",
        "_plain",
        "_plain_at",
        "_progress",
        "_tail",
        "_version",
        "block",
        "items",
        "stable",
        "tops",
    )

    def __init__(self, block: Block) -> None:
        self.block = block
        self.items: list[Item] = []
        """All items, top down."""
        self.stable = 0
        """So many items are the same as before the last update."""
        self.tops: list[int] = []
        """Where each begins in px below the block's top, and last where all end."""
        self._done: list[Item] = []
        self._plain: list[Item] = []
        """Whole lines of a tail that is too long to be parsed again and again."""
        self._plain_at = 0
        self._tail: list[Item] = []
        self._parts: list[Part] = []
        self._at = 0
        """Characters of the last part that `_done` holds."""
        self._progress = Progress()
        self._version = -1
        self._key: tuple[object, ...] = ()

    def update(self, raw: bool) -> bool:
        """Take in the block's text; True when something differs."""
        block = self.block
        key = (raw, block.hidden > 0)
        if key == self._key and block.version == self._version:
            return False
        grown = key == self._key and not block.hidden and self._same(block.parts)
        self._key, self._version = key, block.version
        plain, self.stable = len(self._plain), len(self._done)
        if not grown:
            self._begin()
            self.stable = 0
        if block.hidden:
            self._done, self._tail = list(self._folded(raw)), []
        else:
            self._grow(raw)
        if len(self._done) == self.stable and len(self._plain) >= plain:
            self.stable += plain
        self.items = self._done + self._plain + self._tail
        return True

    def _same(self, parts: list[Part]) -> bool:
        """Are ours still the first parts?"""
        ours = self._parts
        return len(ours) <= len(parts) and all(a is b for a, b in zip(ours, parts, strict=False))

    def _begin(self) -> None:
        self._done, self._tail, self._parts = [], [], []
        self._at, self._progress, self._plain = 0, Progress(), []

    def _folded(self, raw: bool) -> Iterator[Item]:
        """The first twelve lines."""
        left = FOLD
        for part in self.block.parts:
            if left <= 0:
                return
            if part.card is not None:
                items = list(card_items(part.card))
                yield from items[: left + 1]
                left -= len(items)
                continue
            lines = part.text.split("\n", left)[:left]
            yield from line_items(lines, part.kind, self._color, raw)
            left -= len(lines)

    @property
    def _color(self) -> str:
        return _COLORS.get(self.block.who, "")

    def _grow(self, raw: bool) -> None:
        parts = self.block.parts
        if self._parts and len(parts) > len(self._parts):
            self._finish(self._parts[-1], raw)
        for part in parts[len(self._parts) :]:
            if self._parts and self._parts[-1] is not part:
                self._finish(self._parts[-1], raw)
            self._parts.append(part)
            self._at, self._progress = 0, Progress()
        if parts:
            self._last(parts[-1], raw)

    def _finish(self, part: Part, raw: bool) -> None:
        """Another part follows: nothing is added to this one."""
        if part.card is None:
            self._done += self._made(part, part.text[self._at :], raw)
        elif not self._at:
            self._done += card_items(part.card)
        self._at, self._tail, self._plain = len(part.text), [], []

    def _last(self, part: Part, raw: bool) -> None:
        if part.card is not None:
            if not self._at:
                self._done += card_items(part.card)
            self._at, self._tail = max(len(part.text), 1), []
            return
        if self._formatted(part, raw):
            settled = self._progress.advance(part.text)
        else:
            settled = part.text.rfind("\n") + 1
        if settled > self._at:
            self._done += self._made(part, part.text[self._at : settled], raw)
            self._at, self._plain = settled, []
        self._tail = self._open(part, raw)

    def _open(self, part: Part, raw: bool) -> list[Item]:
        """The tail that may still change."""
        long = len(part.text) - self._at > TAIL
        if long and self._formatted(part, raw) and not self.block.closed:
            return self._long(part, raw)
        self._plain = []
        text = part.text[self._at :]
        return self._made(part, text, raw) if text else []

    def _long(self, part: Part, raw: bool) -> list[Item]:
        """A long open tail: its whole lines are kept, only its last one is made again."""
        if not self._plain:
            self._plain_at = self._at
        end = part.text.rfind("\n") + 1
        if end > self._plain_at:
            lines = part.text[self._plain_at : end - 1].split("\n")
            self._plain += line_items(lines, part.kind, self._color, raw)
            self._plain_at = end
        rest = part.text[self._plain_at :]
        return list(line_items([rest], part.kind, self._color, raw)) if rest else []

    def _made(self, part: Part, text: str, raw: bool) -> list[Item]:
        if self._formatted(part, raw):
            return text_items(text, self._color)
        lines = text.removesuffix("\n").split("\n") if text else []
        return list(line_items(lines, part.kind, self._color, raw))

    def _formatted(self, part: Part, raw: bool) -> bool:
        fits = part.kind == "text" and len(part.text) <= PARSED
        return fits and not raw and self.block.who in FORMATTED
