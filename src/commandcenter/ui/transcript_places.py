"""Where a transcript's blocks and items lie, in px: exact where they were seen, else guessed."""

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate

from commandcenter.ui.block import FOLD, Block, Blocks
from commandcenter.ui.transcript_items import Item
from commandcenter.ui.transcript_laid import Laid
from commandcenter.ui.transcript_layout import Layouts

LAID = 64
"""Blocks whose items are held."""
HEAD, GAP, FOLD_ROW, TOP = 18, 8, 18, 4
GUESS_ROW = 18
GUESS_CHAR = 6.4
"""Px of a row and of a character, for blocks that were never seen."""


class Places:
    """Heights of all blocks at one width; items of the blocks lately seen."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self.blocks = Blocks()
        self.width = 400
        self.raw = False
        self.added = 0
        """Px that came above the first block since it was last asked."""
        self._heights: list[int] = []
        self._tops = [TOP]
        """Where blocks begin, as far as it was needed; one more than there are heights."""
        self._first = 0
        self._changed = 0
        self._laid: OrderedDict[int, Laid] = OrderedDict()

    # --- blocks --------------------------------------------------

    def show(self, blocks: Blocks, width: int, raw: bool) -> None:
        """Other blocks, another width or another look: all heights are guesses again."""
        self.blocks, self.width, self.raw = blocks, max(width, 60), raw
        self._laid.clear()
        self._layouts.clear()
        self._all()

    def _all(self) -> None:
        blocks = self.blocks.blocks
        per_row = self._per_row
        self._heights = [self._guess(block, per_row) for block in blocks]
        self._first = blocks[0].number if blocks else 0
        self._changed = self.blocks.changed
        self._tops = [TOP]
        for laid in self._laid.values():
            self._measure(laid)

    def _px(self, size: float) -> int:
        return self._layouts.px(size)

    @property
    def _per_row(self) -> int:
        """Characters of a row, about."""
        return max(int(self.width / self._px(GUESS_CHAR * 10) * 10), 1)

    def _guess(self, block: Block, per_row: int) -> int:
        rows = block.breaks + 1 + block.chars // per_row
        if block.folded:
            rows = min(rows, FOLD + 1)
        return self._px(HEAD) + rows * self._px(GUESS_ROW) + self._px(GAP)

    def sync(self) -> None:
        """Take in what was added, dropped or changed."""
        blocks = self.blocks
        if blocks.changed == self._changed and len(blocks.blocks) == len(self._heights):
            return
        moved = blocks.blocks[0].number - self._first if blocks.blocks else 0
        news = blocks.changed - self._changed
        if news > len(blocks.changes) or moved > len(self._heights):
            self._all()
            return
        self._changed = blocks.changed
        per_row = self._per_row
        self._front(moved, per_row)
        self._heights += [self._guess(one, per_row) for one in blocks.blocks[len(self._heights) :]]
        if len(self._heights) != len(blocks.blocks):
            self._all()
            return
        for block in {id(one): one for one in list(blocks.changes)[-news:]}.values():
            self._refresh(block, per_row)

    def _front(self, moved: int, per_row: int) -> None:
        """Blocks that were let go of at the front, or came there."""
        if not moved:
            return
        if moved > 0:
            del self._heights[:moved]
        else:
            older = [self._guess(one, per_row) for one in self.blocks.blocks[:-moved]]
            self._heights[:0] = older
            self.added += sum(older)
        self._first += moved
        self._tops = [TOP]

    def _refresh(self, block: Block, per_row: int) -> None:
        at = block.number - self._first
        if not 0 <= at < len(self._heights) or self.blocks.blocks[at] is not block:
            return
        laid = self._laid.get(id(block))
        if laid is None:
            self._set(at, self._guess(block, per_row))
        else:
            if laid.update(self.raw):
                self._measure(laid, laid.stable)

    @property
    def total(self) -> int:
        """Height of everything."""
        return self._all_tops()[-1] + self._px(GAP)

    def top(self, block: Block) -> int:
        """Where a block begins."""
        return self._all_tops()[block.number - self._first]

    def between(self, start: int, end: int) -> list[tuple[Block, int]]:
        """The blocks that reach into `start` to `end`, each with its top."""
        tops, blocks = self._all_tops(), self.blocks.blocks
        at = max(bisect_right(tops, start) - 1, 0)
        found = []
        while at < len(blocks) and tops[at] < end:
            if tops[at] + self._heights[at] > start:
                found.append((blocks[at], tops[at]))
            at += 1
        return found

    def height(self, block: Block) -> int:
        """Of one block, gap included."""
        return self._heights[block.number - self._first]

    def _all_tops(self) -> list[int]:
        known = len(self._tops)
        if known <= len(self._heights):
            more = accumulate(self._heights[known - 1 :], initial=self._tops[-1])
            self._tops[known - 1 :] = more
        return self._tops

    def _set(self, at: int, height: int) -> None:
        if self._heights[at] != height:
            self._heights[at] = height
            del self._tops[at + 1 :]

    # --- items --------------------------------------------------

    def laid(self, block: Block) -> Laid:
        """The block's items; at most 64 blocks have them, the least lately seen go."""
        laid = self._laid.get(id(block))
        if laid is None or laid.block is not block:
            laid = self._laid[id(block)] = Laid(block)
            if len(self._laid) > LAID:
                self._laid.popitem(last=False)
        self._laid.move_to_end(id(block))
        if laid.update(self.raw) or not laid.tops:
            self._measure(laid, laid.stable)
        return laid

    def items(self, block: Block, start: int, end: int) -> list[tuple[int, Item, int]]:
        """(place, item, top within the block) of those that reach into `start` to `end`."""
        laid = self.laid(block)
        at = max(bisect_right(laid.tops, start) - 1, 0)
        found = []
        while at < len(laid.items) and laid.tops[at] < end:
            found.append((at, laid.items[at], laid.tops[at]))
            at += 1
        return found

    def settle(self, block: Block, start: int, end: int) -> bool:
        """Lay out what of the block stands between; True when its height became another."""
        before = self.height(block)
        laid = self.laid(block)
        fresh = [(at, item) for at, item, _ in self.items(block, start, end) if not item.height]
        for _, item in fresh:
            self._layouts.settle(item, self.width)
        if fresh:
            self._measure(laid, fresh[0][0])
        return self.height(block) != before

    def _measure(self, laid: Laid, first: int = 0) -> None:
        """Take the items' heights, from the first that differs, into the block's."""
        width, guess = self.width, self._layouts.guess
        first = min(first, max(len(laid.tops) - 1, 0))
        heights = (item.height or guess(item, width) for item in laid.items[first:])
        top = laid.tops[first] if first else self._px(HEAD)
        laid.tops[first:] = accumulate(heights, initial=top)
        block = laid.block
        at = block.number - self._first
        if 0 <= at < len(self._heights) and self.blocks.blocks[at] is block:
            fold = self._px(FOLD_ROW) if block.hidden else 0
            self._set(at, laid.tops[-1] + fold + self._px(GAP))
