"""Paints the right half of the land sheet: what was judged, the four ways, the comments."""

from functools import partial
from typing import Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.core.shaping import LandHow
from commandcenter.hud.comments import Comment
from commandcenter.hud.comparing import Said
from commandcenter.hud.landing import HOWS, NAMES
from commandcenter.hud.results import Way
from commandcenter.ui.form_view import wrapped
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item
from commandcenter.ui.theme import BOLD, HEADING, MEDIUM, SEMIBOLD, Style

GAP, NAME, LINE, WAY, SLIM, ROW = 12, 24, 16, 58, 22, 18
CAP = 15
"""Px of a keycap's height."""
LEAST = 320
"""Px of the right half, at least."""
ROOMY = 330
"""From this height in px on each way has three lines, else one; where nothing stands below the
ways, they need only their own."""
_NAME = Style(14, "fg", SEMIBOLD)
_WAY, _WAY_NO = Style(12, "fg", SEMIBOLD), Style(12, "dim", SEMIBOLD)
_TOUCHES, _SECOND, _WHY = Style(11, "mid"), Style(11, "tool"), Style(11, "err")
_PLACE, _SAID = Style(10, "dim", mono=True), Style(11, "accent", MEDIUM)
_LEFT = Style(11, "dim")
_OFF = Style(11, "dim", BOLD, "center")


class Shown(Record, frozen=True):
    """What the right half says."""

    name: str
    lines: tuple[Said, ...]
    ways: tuple[tuple[LandHow, Way | None, str], ...]
    """Each with its key as printed."""
    comments: tuple[Comment, ...]
    left: str = ""
    """How many results are open besides."""


class Side(Protocol):
    """What the painter needs of the sheet."""

    @property
    def shown(self) -> Shown:
        """As it is now."""
        ...

    @property
    def writes(self) -> LandHow | None:
        """The way whose text is being written: only that one stands there."""
        ...

    def way(self, how: LandHow) -> None:
        """A click on a way."""
        ...

    def to_comment(self, number: int) -> None:
        """A click on a comment: it is edited at its line."""
        ...

    def drop(self, number: int) -> None:
        """A click on the cross of a comment."""
        ...


class Places:
    """Where everything stands in a body of this size."""

    def __init__(self, side: Side, width: int, height: int) -> None:
        self.wide = max(width * 2 // 5, min(LEAST, width))
        self.x = width - self.wide
        self.height = height
        self.lines = len(side.shown.lines)
        bare = side.writes is None and not side.shown.comments
        ways = NAME + self.lines * LINE + 8 + len(HOWS) * WAY
        self.roomy = height >= (ways if bare else ROOMY)
        self.hows = (side.writes,) if side.writes is not None else HOWS

    @property
    def diff(self) -> QRect:
        """The left half."""
        return QRect(-12, 0, self.x - GAP + 12, self.height)

    @property
    def name(self) -> QRect:
        """The result's name."""
        return QRect(self.x, 0, self.wide, NAME)

    def line(self, number: int) -> QRect:
        """A line of what was judged."""
        return QRect(self.x, NAME + number * LINE, self.wide, LINE)

    @property
    def step(self) -> int:
        """Px from one way to the next."""
        return WAY if self.roomy else SLIM

    def way(self, number: int) -> QRect:
        """One way."""
        top = NAME + self.lines * LINE + (8 if self.roomy else 4)
        return QRect(self.x, top + number * self.step, self.wide, self.step - 4)

    @property
    def rest(self) -> QRect:
        """What is left below the ways: comments, or fields."""
        top = self.way(len(self.hows) - 1).bottom() + (8 if self.roomy else 3)
        return QRect(self.x, top, self.wide, max(self.height - top, 0))

    def comment(self, number: int) -> QRect:
        """One comment in the list."""
        return QRect(self.x, self.rest.y() + ROW + number * ROW, self.wide, ROW)

    @property
    def most(self) -> int:
        """Comments in sight."""
        return max((self.rest.height() - ROW) // ROW, 0)


class SidePainter:
    """One paint of the right half."""

    def __init__(self, painter: QPainter, ink: Ink, rect: QRect, side: Side) -> None:
        self._painter, self._ink, self._rect, self._side = painter, ink, rect, side
        self._places = Places(side, rect.width(), rect.height())

    def _put(self, place: QRect, text: str, style: Style) -> int:
        at = place.translated(self._rect.topLeft())
        return round(self._ink.put(self._painter, at, text, style, self._rect))

    def draw(self) -> None:
        """Name, verdicts, ways, comments."""
        shown, places = self._side.shown, self._places
        left = round(self._ink.width(shown.left, _LEFT)) + 8 if shown.left else 0
        self._put(places.name.adjusted(0, 0, -left, 0), shown.name, _NAME)
        if left:
            self._put(places.name.adjusted(places.wide - left + 8, 0, 0, 0), shown.left, _LEFT)
        for number, said in enumerate(shown.lines):
            self._said(places.line(number), said)
        ways = {how: (way, key) for how, way, key in shown.ways}
        for number, how in enumerate(places.hows):
            self._way(places.way(number), how, *ways[how])
        if self._side.writes is None and shown.comments:
            self._comments(shown.comments)

    def _said(self, place: QRect, said: Said) -> None:
        left = 0
        if said.glyph:
            mark = QRect(place.x(), place.center().y() - 5, 11, 11)
            at = mark.translated(self._rect.topLeft())
            self._ink.glyph(self._painter, f"state:{said.glyph}", at, said.tone)
            left = 16
        self._put(place.adjusted(left, 0, 0, 0), said.text, Style(11, said.tone))

    def _way(self, place: QRect, how: LandHow, way: Way | None, key: str) -> None:
        ink, no = self._ink, way is not None and bool(way.why)
        at = place.translated(self._rect.topLeft())
        ink.plate(self._painter, at, Plate("tile", "edge", 5, fill_alpha=0.4 if no else 1.0))
        high = 20 if self._places.roomy else place.height()
        top = at.y() + (high - CAP) // 2
        cap = round(ink.keycap(self._painter, at.x() + 8, top, key, "dim" if no else "fg"))
        first = QRect(place.x() + cap + 18, place.y(), place.width() - cap - 24, high)
        wide = self._put(first, NAMES[how], _WAY_NO if no else _WAY)
        if way is None:
            self._put(first.adjusted(wide + 10, 0, 0, 0), "asking \u2026", _LEFT)
            return
        self._more(place, first.adjusted(wide + 10, 0, 0, 0), how, way)

    def _more(self, place: QRect, rest: QRect, how: LandHow, way: Way) -> None:
        """What it touches, what is doubted; in one line what matters more."""
        said = way.why or way.second
        count = len(self._side.shown.comments)
        if how == "back" and count and not said:
            said = f"{count} comment{'s' * (count != 1)} on lines"
        style = _WHY if way.why else _SAID if how == "back" else _SECOND
        if not self._places.roomy:
            twice = "press twice: " if way.second and not way.why else ""
            self._put(rest, twice + said if said else way.line, style if said else _LEFT)
            return
        second = QRect(place.x() + 10, place.y() + 19, place.width() - 16, LINE)
        if said:
            self._put(second, way.line, _TOUCHES)
            more = f"{said}; {way.mend}" if way.why and way.mend else said
            if way.second and not way.why:
                fits = self._ink.width(f"{more}: press twice", style) <= second.width()
                more = f"{more}: press twice" if fits else f"press twice: {more}"
            self._put(second.translated(0, LINE), more, style)
            return
        for number, row in enumerate(wrapped(self._ink, way.line, (second.width(), 2), _TOUCHES)):
            self._put(second.translated(0, number * LINE), row, _TOUCHES)

    def _comments(self, found: tuple[Comment, ...]) -> None:
        places, most = self._places, self._places.most
        if most <= 0:
            return
        more = f", {len(found) - most} more below" * (len(found) > most)
        head = QRect(places.x, places.rest.y(), places.wide, ROW)
        self._put(head, f"YOUR COMMENTS  {len(found)}{more}", HEADING)
        for number, one in enumerate(found[:most]):
            row = places.comment(number)
            wide = self._put(row.adjusted(2, 0, -row.width() // 2, 0), _short(one), _PLACE)
            self._put(row.adjusted(wide + 12, 0, -22, 0), one.text, _SAID)
            self._put(row.adjusted(row.width() - 18, 0, -4, 0), "\u00d7", _OFF)


def items(side: Side, width: int, height: int) -> list[Item]:
    """Ways, comments and their crosses."""
    places, shown = Places(side, width, height), side.shown
    found = []
    ways = {how: way for how, way, _ in shown.ways}
    for number, how in enumerate(places.hows):
        way = ways[how]
        said = f"{NAMES[how]}, {way.line}" + f", {way.second}" * bool(way.second) if way else ""
        why = way.why if way is not None else "asking"
        act = partial(side.way, how)
        found.append(Item(f"way {how}", said or NAMES[how], places.way(number), act, why))
    if side.writes is not None:
        return found
    for number, one in enumerate(shown.comments[: places.most]):
        row = places.comment(number)
        cross = row.adjusted(row.width() - 20, 0, 0, 0)
        name = f"your comment on {one.place}"
        drop, edit = partial(side.drop, number), partial(side.to_comment, number)
        found.append(Item(f"drop {one.place}", f"remove {name}", cross, drop))
        found.append(Item(f"comment {one.place}", f"{name}: {one.text}", row, edit))
    return found


def _short(one: Comment) -> str:
    """The file's name alone: its folders stand in the diff."""
    return one.place.rpartition("/")[2]
