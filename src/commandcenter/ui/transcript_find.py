"""Find in a transcript: where the words stand, which of them the player stands on."""

from commandcenter.ui.block import Block, Blocks


def places(text: str, query: str) -> list[int]:
    """Where `query` (lower case) begins in a text, case aside."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = text
    found: list[int] = []
    at = folded.find(query)
    while at >= 0 and len(found) < 2_000:
        found.append(at)
        at = folded.find(query, at + len(query))
    return found


class Search:
    """Counts per block, kept as long as the block is the same; the place is (block, nth)."""

    def __init__(self) -> None:
        self.query = ""
        self.at: tuple[Block, int] | None = None
        self._counts: dict[int, tuple[int, int]] = {}
        """id of a block -> its version and its count."""

    def seek(self, query: str) -> None:
        """Look for other words; empty = for none."""
        self.query = query.lower()
        self.at = None
        self._counts.clear()

    def count(self, block: Block) -> int:
        """How often the words stand in a block."""
        known = self._counts.get(id(block))
        if known is not None and known[0] == block.version:
            return known[1]
        count = sum(len(places(text, self.query)) for text in _texts(block))
        self._counts[id(block)] = (block.version, count)
        return count

    def step(self, blocks: Blocks, by: int) -> tuple[Block, int] | None:
        """The next place (1) or the one before (-1), round and round; at first the newest."""
        found = [block for block in blocks.blocks if self.query and self.count(block)]
        if not found:
            self.at = None
            return None
        numbers = {id(block): place for place, block in enumerate(found)}
        if self.at is None or id(self.at[0]) not in numbers:
            self.at = (found[-1], self.count(found[-1]) - 1)
            return self.at
        block, nth = self.at
        nth += by
        if not 0 <= nth < self.count(block):
            block = found[(numbers[id(block)] + by) % len(found)]
            nth = 0 if by > 0 else self.count(block) - 1
        self.at = (block, nth)
        return self.at

    def place(self, blocks: Blocks) -> tuple[int, int]:
        """Which of how many it is: (3, 12); (0, n) before the first step."""
        total = nth = 0
        for block in blocks.blocks:
            if self.at is not None and block is self.at[0]:
                nth = total + self.at[1] + 1
            total += self.count(block) if self.query else 0
        return nth, total


def _texts(block: Block) -> list[str]:
    """What is searched: its text, not its title."""
    found: list[str] = []
    for part in block.parts:
        if part.card is None:
            found.append(part.text)
        else:
            found += [part.card.path, *(row.text for row in part.card.rows)]
    return found
