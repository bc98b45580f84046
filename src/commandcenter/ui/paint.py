"""The one way to put text, glyphs, bars and lines on the screen, all cached (measured.md 3)."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from commandcenter.ui.glyphs import KINDS, LOGO, STATES
from commandcenter.ui.icons import ICONS
from commandcenter.ui.lettering import Face, Letters, Said
from commandcenter.ui.lines import Line as Line
from commandcenter.ui.lines import sparkline as sparkline
from commandcenter.ui.picture_shelf import PictureShelf
from commandcenter.ui.plates import Plate as Plate
from commandcenter.ui.plates import paint_plate
from commandcenter.ui.shapes import Drawing
from commandcenter.ui.theme import KEYCAP, Style, Theme
from commandcenter.ui.zoom import Zoomed

Rect = QRect | QRectF
Stamp = tuple[QPointF, QPixmap]
WHOLE = 1_000_000
FAR = 10_000
_DRAWINGS: dict[str, Drawing] = {
    **{f"state:{name}": drawing for name, drawing in STATES.items()},
    **{f"kind:{name}": drawing for name, drawing in KINDS.items()},
    **{f"icon:{name}": drawing for name, drawing in ICONS.items()},
    "logo": LOGO,
}


def _shifted(rect: Rect, dx: float, dy: float) -> tuple[float, float, float, float]:
    return rect.x() + dx, rect.y() + dy, float(rect.width()), float(rect.height())


class Painted(msgspec.Struct, frozen=True):
    """One text as it stands on the window, in logical px; `owner` is the part it belongs to."""

    text: str
    rect: tuple[float, float, float, float]
    owner: tuple[float, float, float, float]
    cut: bool
    """It did not fit and ends with an ellipsis."""


class Ink:
    """Paints with one theme. Not thread-safe; one for the whole window."""

    def __init__(self, theme: Theme, grown: float = 1.0) -> None:
        self.theme = theme
        self.grown = grown
        """The text size of its fonts, 1.0 = 100 %; a panel that grows as a whole leaves it."""
        self.steady = False
        """Nothing that moves by itself is painted as moving (`reduced_motion`)."""
        self.key_of: Callable[[str, str], str] = lambda action, shipped: shipped
        """What the player's keyboard prints for an action's key; until then the shipped one."""
        self._whole: Ink | None = None
        """Of a `reading`: the ink it belongs to."""
        self._record: list[Painted] | None = None
        self._origin = QPoint(0, 0)
        self._seen = (-FAR, FAR)
        self._aside = FAR
        """Right of it a panel with large text is scrolled out of sight."""
        self.scale = 1.0
        """Device px per logical px of the widget that paints."""
        self.lines = FAR
        """So many lines may still be built in this paint event; others stay as they were."""
        self.age = 0
        """Grows when what was kept of it is no longer good."""
        self._faces: dict[Style, Face] = {}
        self._reading: Ink | None = None
        self._pictures = PictureShelf()
        self._fades: dict[tuple[str, float], QBrush] = {}

    @property
    def reading(self) -> "Ink":
        """The same ink with fonts that follow the text size: for views that lay out text by its
        metrics. Their other measures go through `px`."""
        if self._whole is not None:
            return self
        if self._reading is None:
            self._reading = Ink(self.theme, self.grown)
            self._reading._whole = self
        return self._reading

    @property
    def record(self) -> list[Painted] | None:
        """Set it to a list and every text painted from then on is noted in it."""
        return self._record if self._whole is None else self._whole.record

    @record.setter
    def record(self, record: list[Painted] | None) -> None:
        self._record = record

    def px(self, size: float) -> int:
        """A measure in px at 100 % as this ink's text size wants it."""
        return round(size * self.grown)

    def renew(self, grown: float) -> None:
        """Other colours or another text size: nothing kept is good any more. A panel's own ink
        stays at 100 %, its `reading` takes `grown`."""
        self.reading.grown = grown
        for ink in (self, self.reading):
            ink._forget()

    def _forget(self) -> None:
        self.age += 1
        self._faces.clear()
        self._pictures.clear()
        self._fades.clear()

    def begin(self, widget: QWidget) -> None:
        """Call first in each `paintEvent`: scale of the screen, and where the widget lies."""
        zoom = widget.zoom if isinstance(widget, Zoomed) else 1.0
        self.scale = widget.devicePixelRatioF() * zoom
        if self.record is not None:
            self._origin = widget.mapTo(widget.window(), QPoint(0, 0))
            self._aside = self._origin.x() + widget.size().width() if zoom != 1.0 else FAR
            self._seen = (self._origin.y(), self._origin.y() + widget.size().height())

    def cover(self, widget: QWidget, part: QRect | None = None) -> None:
        """What was recorded below this widget, or a part of it, is not seen; after `begin`."""
        if self.record is not None:
            place = QRectF(part or QRect(QPoint(0, 0), widget.size()))
            place.translate(QPointF(widget.mapTo(widget.window(), QPoint(0, 0))))
            self.record[:] = [one for one in self.record if not place.intersects(QRectF(*one.rect))]

    # --- text ---------------------------------------------------------------------------------

    def put(
        self, painter: QPainter, rect: Rect, text: str, style: Style, owner: Rect | None = None
    ) -> float:
        """Paint one line of text, centred in height, cut with an ellipsis; returns its width in px.

        `owner` is the tile or panel the text must stay in (default: `rect`), for the record.
        """
        if not text:
            return 0.0
        face = self._face(style)
        cut = face.cut(text, int(rect.width()))
        x = rect.x()
        if style.align == "right":
            x += rect.width() - cut.width
        elif style.align == "center":
            x += (rect.width() - cut.width) / 2
        y = rect.y() + (rect.height() - face.height) / 2
        at = QPointF(round(x), round(y))
        painter.setFont(face.font)
        painter.setPen(self.theme.text(style.color, style.alpha))
        painter.drawStaticText(at, cut.static)
        if self.record is not None:
            box = QRectF(at.x(), at.y(), cut.width, face.height)
            grown = painter.transform()
            places = (grown.mapRect(box), grown.mapRect(QRectF(owner or rect)))
            self._note(text, places, cut.cut)
        return cut.width

    def letters(self, rect: Rect, text: str, style: Style, owner: Rect) -> Letters:
        """What `put` would paint; keep it as long as `age` is the same, and `write` it."""
        face = self._face(style)
        cut = face.cut(text, int(rect.width()))
        slack = {"right": 1.0, "center": 0.5}.get(style.align, 0.0)
        x = rect.x() + (rect.width() - cut.width) * slack
        y = rect.y() + (rect.height() - face.height) / 2
        at = QPointF(round(x), round(y))
        box = QRectF(at.x(), at.y(), cut.width, face.height)
        color = self.theme.text(style.color, style.alpha)
        return Letters(text, face.font, color, at, cut, box, QRectF(owner))

    def write(self, painter: QPainter, letters: Letters) -> None:
        """Paint a text that was laid out before."""
        self.draw(painter, letters)
        self.wrote(painter, letters)

    def draw(self, painter: QPainter, letters: Letters) -> None:
        """Paint it in a picture that is kept; when that is painted, it was `wrote`."""
        painter.setFont(letters.font)
        painter.setPen(letters.color)
        painter.drawStaticText(letters.at, letters.cut.static)

    def wrote(self, painter: QPainter, letters: Letters) -> None:
        """This text was painted as part of a picture."""
        if self.record is not None:
            grown = painter.transform()
            places = (grown.mapRect(letters.box), grown.mapRect(letters.owner))
            self._note(letters.text, places, letters.cut.cut)

    def said(self, rect: QRect, text: str, style: Style, owner: QRect) -> Said:
        """What an agent says now, for `say`; keep it as long as `age` is the same."""
        face = self._face(style)
        top = round(rect.y() + (rect.height() - face.height) / 2)
        at = QPointF(rect.x(), top + face.ascent)
        loose = face.loose(text, rect.width())
        color = self.theme.text(style.color, style.alpha)
        return Said(text, style, rect, owner, loose, face.font, color, at)

    def say(self, painter: QPainter, said: Said) -> None:
        """Paint a text, aligned left, as `put` would."""
        if said.loose and self.record is None and self.scale % 1.0 == 0.0:
            painter.setFont(said.font)
            painter.setPen(said.color)
            painter.drawText(said.at, said.loose)
            return
        if said.letters is None:
            said.letters = self.letters(said.rect, said.text, said.style, said.owner)
        self.write(painter, said.letters)

    def width(self, text: str, style: Style) -> float:
        """The width in px of a text painted in full."""
        return self._face(style).cut(text, WHOLE).width

    def height(self, style: Style) -> float:
        """The height in px of a line."""
        return self._face(style).height

    def metrics(self, style: Style) -> QFontMetricsF:
        """The metrics of the style's font, for views that lay out text themselves."""
        return self._face(style).metrics

    def note(self, text: str, rect: Rect, owner: Rect) -> None:
        """Record a text that a view painted by other means than `put`, where the widget has it."""
        self._note(text, (rect, owner), False)

    def _note(self, text: str, rects: tuple[Rect, Rect], cut: bool) -> None:
        if self.record is not None:
            dx, dy = self._origin.x(), self._origin.y()
            (x, y, wide, high), owner = (_shifted(one, dx, dy) for one in rects)
            top, end = max(y, self._seen[0]), min(y + high, self._seen[1])
            wide = min(wide, self._aside - x)
            if end > top and wide > 0:  # the rest was scrolled out of its view
                self.record.append(Painted(text, (x, top, wide, end - top), owner, cut))

    def _face(self, style: Style) -> Face:
        face = self._faces.get(style)
        if face is None:
            font = self.theme.font(style, self.grown)
            alike = (one for one in self._faces.values() if one.font is font)  # in another colour
            face = self._faces[style] = next(alike, None) or Face(font)
        return face

    # --- pictures -----------------------------------------------------------------------------

    def glyph(self, painter: QPainter, name: str, rect: Rect, color: str) -> None:
        """A state glyph, kind mark or icon (`state:run`, `kind:claude`, `icon:steer`, `logo`)."""
        at, picture = self.glyph_stamp(name, rect, color)
        painter.drawPixmap(at, picture)

    def plate(self, painter: QPainter, rect: Rect, look: Plate) -> None:
        """A rounded rectangle with fill, border, stripe and glow, from a cache of looks."""
        at, picture = self.plate_stamp(rect, look)
        painter.drawPixmap(at, picture)

    def glyph_stamp(self, name: str, rect: Rect, color: str) -> Stamp:
        """Where `glyph` puts which picture; keep it as long as `scale` is the same."""
        size = min(rect.width(), rect.height())
        key = (name, size, color, self.scale)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._keep(key, self._picture(_DRAWINGS[name], size, color))
        x = rect.x() + (rect.width() - size) / 2 - 1
        return QPointF(x, rect.y() + (rect.height() - size) / 2 - 1), picture

    def plate_stamp(self, rect: Rect, look: Plate) -> Stamp:
        """Where `plate` puts which picture; keep it as long as `scale` is the same."""
        key = (look, rect.width(), rect.height(), self.scale)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._keep(key, self._plate(rect.width(), rect.height(), look))
        return QPointF(rect.x() - look.margin, rect.y() - look.margin), picture

    def joined(self, ground: Stamp, *over: Stamp) -> tuple[Stamp, ...]:
        """Pictures that lie on an opaque one, with it as one picture."""
        if self.scale % 1.0:  # each is put between pixels: together they would look otherwise
            return (ground, *over)
        at, under = ground
        places = tuple((one.x() - at.x(), one.y() - at.y(), pic.cacheKey()) for one, pic in over)
        key = ("joined", under.cacheKey(), places)
        picture = self._pictures.get(key)
        if picture is None:
            picture = under.copy()
            painter = QPainter(picture)
            for (x, y, _), (_, pic) in zip(places, over, strict=True):
                painter.drawPixmap(QPointF(x, y), pic)
            painter.end()
            self._keep(key, picture)
        return ((at, picture),)

    def keycap(self, painter: QPainter, x: float, y: float, key: str, color: str = "fg") -> float:
        """A small key as printed on the keyboard, at its top left; returns its width in px."""
        style = msgspec.structs.replace(KEYCAP, color=color)
        width = max(16.0, float(round(self.width(key, style))) + 9)
        rect = QRectF(x, y, width, 15)
        self.plate(painter, rect, Plate("bg", "edgeHi", 3))
        self.put(painter, rect, key, style)
        return width

    def _keep(self, key: tuple[object, ...], picture: QPixmap) -> QPixmap:
        return self._pictures.keep(key, picture, self.scale)

    def _picture(self, drawing: Drawing, size: float, color: str) -> QPixmap:
        picture, painter = self._blank(size + 2, size + 2)
        painter.translate(1, 1)
        painter.scale(size / drawing.unit, size / drawing.unit)
        for shape in drawing.shapes:
            tone = self.theme.color(color, shape.alpha)
            if shape.width:
                pen = QPen(tone, shape.width)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.strokePath(shape.path, pen)
            else:
                painter.fillPath(shape.path, tone)
        painter.end()
        return picture

    def _plate(self, width: float, height: float, look: Plate) -> QPixmap:
        margin = look.margin
        picture, painter = self._blank(width + 2 * margin, height + 2 * margin)
        painter.translate(margin, margin)
        paint_plate(painter, QRectF(0, 0, width, height), look, self.theme)
        painter.end()
        return picture

    def _blank(self, width: float, height: float) -> tuple[QPixmap, QPainter]:
        picture = QPixmap(round(width * self.scale), round(height * self.scale))
        picture.setDevicePixelRatio(self.scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return picture, painter

    # --- bars and lines -----------------------------------------------------------------------

    def bar(self, painter: QPainter, rect: Rect, share: float, color: str) -> None:
        """A rounded bar, filled from the left by `share` (0 to 1)."""
        radius = rect.height() / 2
        self.plate(painter, rect, Plate("edge", "", radius))
        width = round(rect.width() * min(max(share, 0.0), 1.0))
        if width > 0:
            filled = QRectF(rect.x(), rect.y(), max(float(width), rect.height()), rect.height())
            self.plate(painter, filled, Plate(color, "", radius))

    def line(self, painter: QPainter, line: Line, x: float, y: float, color: str) -> None:
        """A sparkline built by `sparkline`, its box's top left at (x, y)."""
        painter.translate(x, y)
        if line.filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._fade(line.height, color))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawPolygon(line.area)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self.theme.pen(color, 1.0, 0.85))
        painter.drawPolyline(line.curve)
        painter.translate(-x, -y)

    def line_picture(
        self, line: Line, color: str, ground: str, old: QPixmap | None = None
    ) -> QPixmap:
        """What `line` paints on a flat ground, with 1 px of it at both sides and below; for a
        whole scale. `old` is painted over where it has the size: a new one costs half as much
        again."""
        scale = round(self.scale)
        size = QSize((round(line.width) + 3) * scale, (round(line.height) + 1) * scale)
        picture = old if old is not None and old.size() == size else QPixmap(size)
        picture.setDevicePixelRatio(scale)
        picture.fill(self.theme.color(ground))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.line(painter, line, 1, 0, color)
        painter.end()
        return picture

    def _fade(self, height: float, color: str) -> QBrush:
        key = (color, height)
        brush = self._fades.get(key)
        if brush is None:
            gradient = QLinearGradient(0, 0, 0, height)
            gradient.setColorAt(0, QColor(self.theme.color(color, 0.30)))
            gradient.setColorAt(1, QColor(self.theme.color(color, 0.02)))
            brush = self._fades[key] = QBrush(gradient)
        return brush
