"""Where everything lies: panels (screen.md 2), sectors and steps of the map (screen.md 4)."""

from collections.abc import Sequence
from typing import Literal

from commandcenter.core.base import Record

Level = Literal["LS", "L0", "L1", "L2", "L3", "L4"]
MIN_WINDOW = (1024, 640)
TALL = 900
MARGIN = 8
HEAD = 28
BETWEEN = 6
RESERVE = 6
LOOSE = ""
"""The sector of threads without an operation; shown as `loose`, always last."""


class Box(Record, frozen=True):
    """A rectangle in whole px."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first px beyond its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first px below it."""
        return self.y + self.h

    def holds(self, x: float, y: float) -> bool:
        """Is the point inside?"""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def meets(self, other: "Box") -> bool:
        """Do the two overlap?"""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


# --- panels -----------------------------------------------------------------------------------


class Panels(Record, frozen=True):
    """The rectangles of the window's parts. `overlay`: the inspector lies over the map."""

    bar: Box
    map: Box
    inspector: Box
    minimap: Box
    alerts: Box
    selection: Box
    card: Box
    overlay: bool
    tall: bool


def panels(width: int, height: int, inspector: bool = True) -> Panels:
    """The parts of a window of `width` x `height` px; no inspector: the map takes its place."""
    width, height = max(width, MIN_WINDOW[0]), max(height, MIN_WINDOW[1])
    tall = height >= TALL
    margin, bar = (8, 46) if tall else (6, 36)
    hud = min(max(round(0.287 * height), 200), 340)
    side = min(max(round(0.2333 * width), 320), 560)
    overlay = width < 1200
    top, low = bar + margin, height - margin - hud
    middle = low - top - margin
    beside = side + margin if inspector and not overlay else 0
    rest = width - side - 5 * margin
    mini, alerts = round(0.2095 * rest), round(0.2486 * rest)
    second = 2 * margin + mini
    third = second + alerts + margin
    right = width - margin - side
    return Panels(
        Box(0, 0, width, bar),
        Box(margin, top, width - 2 * margin - beside, middle),
        Box(right, top, side, middle),
        Box(margin, low, mini, hud),
        Box(second, low, alerts, hud),
        Box(third, low, right - margin - third, hud),
        Box(right, low, side, hud),
        overlay,
        tall,
    )


def card_buttons(card: Box, tall: bool) -> tuple[Box, ...]:
    """The fifteen buttons inside the card, row by row; places are relative to the card."""
    pad, gap, head = (12, 6, 36) if tall else (6, 3, 26)
    width = (card.w - 2 * pad - 4 * gap) // 5
    height = (card.h - head - 2 * gap - 8) // 3
    return tuple(
        Box(pad + col * (width + gap), head + row * (height + gap), width, height)
        for row in range(3)
        for col in range(5)
    )


# --- the map ----------------------------------------------------------------------------------


class Step(Record, frozen=True):
    """One rung of the zoom ladder: what a thread's place measures, in px."""

    level: Level
    w: int
    h: int
    gap: int


LADDER: tuple[Step, ...] = (
    Step("LS", 164, 44, 6),
    Step("L0", 8, 8, 1),
    Step("L0", 12, 12, 2),
    Step("L0", 18, 18, 2),
    Step("L0", 22, 22, 3),
    Step("L1", 40, 22, 4),
    Step("L1", 64, 24, 4),
    Step("L1", 84, 26, 4),
    Step("L2", 96, 48, 5),
    Step("L2", 112, 56, 5),
    Step("L2", 136, 68, 5),
    Step("L2", 160, 80, 5),
    Step("L3", 200, 96, 6),
    Step("L3", 240, 112, 6),
    Step("L3", 280, 132, 6),
    Step("L4", 328, 184, 8),
    Step("L4", 448, 252, 8),
)
"""From far to near."""
MOST_PANES = 12


class Sector(Record, frozen=True):
    """One operation on the map: its block, its columns, and how many places it holds."""

    name: str
    box: Box
    cols: int
    slots: int


class MapLayout(Record, frozen=True):
    """All sectors at one step; `height` in px with both margins."""

    step: Step
    sectors: tuple[Sector, ...]
    width: int
    height: int

    def place(self, sector: int, slot: int) -> Box:
        """The rectangle of a slot of the sector with that index."""
        block, step = self.sectors[sector], self.step
        if step.level == "LS":
            return block.box
        row, col = divmod(slot, block.cols)
        x = block.box.x + 4 + col * (step.w + step.gap)
        y = block.box.y + HEAD + row * (step.h + step.gap)
        return Box(x, y, step.w, step.h)


NAMED = 64
"""From this width on (px) a chip has its name."""
_TILE = next(step for step in LADDER if step.level == "L2")


def reserved(count: int) -> int:
    """Places a sector keeps for `count` threads: steps of six, at least six."""
    return max(-(-count // RESERVE) * RESERVE, RESERVE)


def arrange(names: Sequence[str], slots: Sequence[int], width: int, step: Step) -> MapLayout:
    """Sectors on shelves, in order, on a map of `width` px; `slots` = places each one keeps."""
    if step.level == "LS":
        return _blocks(names, slots, width, step)
    cols = _least(width, step)
    y, sectors = MARGIN, []
    for first, counts in _shelves(slots, width - 2 * MARGIN, step, cols):
        kept = slots[first : first + len(counts)]
        rows = max(-(-n // c) for n, c in zip(kept, counts, strict=True))
        height = HEAD + rows * (step.h + step.gap) - step.gap + 8
        x = MARGIN
        for offset, count in enumerate(counts):
            box = Box(x, y, _wide(count, step), height)
            sectors.append(Sector(names[first + offset], box, count, slots[first + offset]))
            x += box.w + BETWEEN
        y += height + BETWEEN
    return MapLayout(step, tuple(sectors), width, y - BETWEEN + MARGIN if sectors else 2 * MARGIN)


def auto_step(slots: Sequence[int], width: int, height: int) -> Step:
    """The largest step at which all places fit on the map without scrolling."""
    for step in reversed(LADDER):
        if step.level == "L4" and sum(slots) > MOST_PANES:
            continue
        if _fits(slots, width, height, step):
            return step
    return LADDER[0]


def zoomed(step: Step, by: int) -> Step:
    """The step `by` rungs nearer (or farther, when negative), within the ladder."""
    at = LADDER.index(step) + by
    return LADDER[min(max(at, 0), len(LADDER) - 1)]


_CHIPS = next(n for n, step in enumerate(LADDER) if step.level == "L1")
_CARDS = max(n for n, step in enumerate(LADDER) if step.level == "L3")


def readings(step: Step, shift: int) -> tuple[Step, ...]:
    """The steps at which threads may be looked at, best first: names can be read, from the present
    one outwards; from farther away tiles, then chips, never the nearest steps."""
    named = [shifted(one, shift) for one in LADDER if one.level != "LS" and one.w >= NAMED]
    if step.w >= NAMED and step.level != "LS":
        return (step, *(one for one in reversed(named) if one.w < step.w))
    return tuple(one for one in reversed(named) if one.w <= shifted(_TILE, shift).w)


def shifted(step: Step, shift: int) -> Step:
    """The step so many rungs nearer that larger text wants; blocks, dots and panes stay."""
    at = LADDER.index(step)
    return LADDER[min(at + shift, _CARDS)] if _CHIPS <= at <= _CARDS else step


def drawn(step: Step, shift: int) -> tuple[Step, float]:
    """What is painted in the places of a step, and how many times larger than at 100 %."""
    at = LADDER.index(step)
    if not shift or at < _CHIPS:
        return step, 1.0
    base = LADDER[max(at - shift, _CHIPS)]
    scale = min(step.w / base.w, step.h / base.h)
    return Step(base.level, round(step.w / scale), round(step.h / scale), step.gap), scale


def text_shift(percent: int) -> int:
    """Rungs of the ladder that a text size asks for: one for each 25 %."""
    return max(round((percent - 100) / 25), 0)


def _fits(slots: Sequence[int], width: int, height: int, step: Step) -> bool:
    names = [""] * len(slots)
    if step.level != "LS" and _wide(_least(width, step), step) > width - 2 * MARGIN:
        return False
    return arrange(names, slots, width, step).height <= height


def _wide(cols: int, step: Step) -> int:
    return cols * (step.w + step.gap) - step.gap + 8


def _least(width: int, step: Step) -> int:
    """The fewest columns a sector may have, never more than fit."""
    least = 200 if step.level == "L0" else 440 if width >= 1400 else 320
    fit = (width - 2 * MARGIN - 8 + step.gap) // (step.w + step.gap)
    return max(min(-(-(least - 8 + step.gap) // (step.w + step.gap)), fit), 1)


def _shelves(
    slots: Sequence[int], inner: int, step: Step, least: int
) -> list[tuple[int, list[int]]]:
    """(index of the first sector, columns of each) for every shelf."""
    each = _wide(least, step)
    per = max((inner + BETWEEN) // (each + BETWEEN), 1)
    shelves = []
    for first in range(0, len(slots), per):
        count = min(per, len(slots) - first)
        left = inner - count * each - (count - 1) * BETWEEN
        more, odd = divmod(max(left, 0) // (step.w + step.gap), count)
        shelves.append((first, [least + more + (n < odd) for n in range(count)]))
    return shelves


def _blocks(names: Sequence[str], slots: Sequence[int], width: int, step: Step) -> MapLayout:
    per = max((width - 2 * MARGIN + step.gap) // (step.w + step.gap), 1)
    sectors = []
    for index, name in enumerate(names):
        row, col = divmod(index, per)
        x, y = MARGIN + col * (step.w + step.gap), MARGIN + row * (step.h + step.gap)
        sectors.append(Sector(name, Box(x, y, step.w, step.h), 1, slots[index]))
    rows = -(-len(names) // per)
    return MapLayout(step, tuple(sectors), width, 2 * MARGIN + rows * (step.h + step.gap))
