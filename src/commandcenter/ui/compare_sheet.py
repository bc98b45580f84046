"""D: results side by side, up to four; whole or file by file into the place in the title."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPainter

from commandcenter.core.base import Record
from commandcenter.core.orders import Merge
from commandcenter.core.world import Head
from commandcenter.hud import comparing, merging
from commandcenter.hud.comparing import Row, Said
from commandcenter.hud.keymap import Chord
from commandcenter.hud.results import Compared, Preview, Side
from commandcenter.hud.words import plain
from commandcenter.ui import compare_paint, diff_rows, judging
from commandcenter.ui.compare_paint import BoardPainter, Places
from commandcenter.ui.diff import DiffView
from commandcenter.ui.form import Button, FormSheet
from commandcenter.ui.judging import Judging
from commandcenter.ui.kit import TICK_MS, Kit
from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Item

_STEPS = {"Up": (0, -1), "Down": (0, 1), "Left": (-1, 0), "Right": (1, 0)}
_FOOT = (
    "Arrows: result and file \u00b7 Space takes a file alone \u00b7 "
    "Return opens its diff; on a name, what was said of it"
)
_FOOT_ASIDE = (
    "Up, Down: the next file \u00b7 Left, Right: the same of another \u00b7 "
    "PgUp, PgDown scroll \u00b7 Esc back"
)


class Shown(Record, frozen=True):
    """One column as it is painted."""

    name: str
    note: str
    lines: tuple[Said, ...]


class CompareSheet(FormSheet):
    """Nothing is merged but by Mod+Return or its button; Esc closes it and nothing is lost."""

    wide, tall = 1840, 960
    at = ""
    swallows_undo = False

    def __init__(self, kit: Kit, threads: tuple[int, ...], into: str, more: int = 0) -> None:
        self._kit = kit
        self._screen = kit.screen
        self.into = into
        goal = merging.target(into)
        beside = (goal,) if len(threads) == 1 and goal and goal not in threads else ()
        self.threads: tuple[int, ...] = (*threads, *beside)
        self._more = more
        """So many further results are selected that are not looked at."""
        self.column, self.row, self.first = 0, -1, 0
        self._marks: dict[int, tuple[str, ...]] = {}
        self._open = False
        self._said = ""
        self._fits = 1
        self._judging = Judging(kit.screen, kit.giver)
        where = merging.title(self._screen.world, into)
        self.title = f"Compare {len(threads)}, merge into {where}"
        self._beside: object = None
        self._page = 0
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._screen.changed())

    @property
    def typing(self) -> bool:
        """It has no text: letters are keys."""
        return False

    def closed(self) -> None:
        """Nothing ticks any more."""
        self._timer.stop()

    # --- what it knows --------------------------------------------------

    @property
    def compared(self) -> Compared:
        """As the engine told it last."""
        return self._kit.findings.compared(self.threads).value or Compared()

    @property
    def sides(self) -> tuple[Side, ...]:
        """The results, in the order of the columns; those not told of yet have a name."""
        told = {side.thread: side for side in self.compared.sides}
        return tuple(told.get(one) or self._bare(one) for one in self.threads)

    def _bare(self, thread: int) -> Side:
        head = self._head(thread)
        if head is None:
            return Side(thread, f"#{thread}", why="it is gone")
        why = self._kit.findings.compared(self.threads).why
        said = why or ("" if self._kit.findings.compared(self.threads).value else "reading \u2026")
        return Side(thread, head.name, head.agent, head.model, head.state, why=said)

    def _head(self, thread: int) -> Head | None:
        return self._screen.world.threads.get(thread)

    @property
    def thread(self) -> int:
        """Of the marked column."""
        return self.threads[self.column]

    @property
    def _side(self) -> Side:
        return self.sides[self.column]

    @property
    def _goal(self) -> bool:
        """Is the marked column where the others go?"""
        return self.thread == merging.target(self.into)

    @property
    def preview(self) -> Preview | None:
        """What a merge of the marked column would do."""
        if self._goal or not self._side.files:
            return None
        return self._kit.findings.preview(self.thread, self.into, self._taken).value

    @property
    def _taken(self) -> tuple[str, ...]:
        return comparing.taken(self.marks(self.column), self._side)

    # --- the board --------------------------------------------------

    @property
    def columns(self) -> tuple[Shown, ...]:
        """Left to right."""
        now, success, goal = self._screen.clock.wall(), self.compared.success, self.into
        found = []
        for side in self.sides:
            head = self._head(side.thread)
            note = "GOES INTO" if side.thread == merging.target(goal) else ""
            lines = comparing.column(side, head, success, now, self._where)
            found.append(Shown(plain(side.name), note, lines))
        return tuple(found)

    def _where(self, into: str) -> str:
        """A place by its name."""
        return merging.title(self._screen.world, into)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table; a path that is not told of in a column stands there empty."""
        return comparing.rows(Compared(self.sides, self.compared.overlaps))

    @property
    def aside(self) -> bool:
        """Does a diff, or what was said of a result, stand beside the paths?"""
        return self._open

    def marks(self, column: int) -> tuple[str, ...]:
        """Paths that are taken alone."""
        return self._marks.get(self.threads[column], ())

    def clashes(self) -> tuple[str, ...]:
        """Paths on which both sides of the marked merge differ."""
        seen, head = self.preview, self._head(self.thread)
        if seen is not None:
            return seen.conflicts
        last = head.merging if head is not None else None
        return last.conflicts if last is not None and last.into == self.into else ()

    def go(self, column: int, row: int) -> None:
        """A click on a head or a cell: the mark, and on the mark what Return does."""
        if (column, row) == (self.column, self.row):
            self.enter()
        self.column, self.row, self._said = column, row, ""

    def mark(self, column: int, row: int) -> None:
        """Take a file alone, or no longer."""
        self.column, self.row = column, row
        self._toggle()

    def _toggle(self) -> None:
        rows = self.rows
        if not 0 <= self.row < len(rows) or self._goal:
            self._said = "a file is taken from the results, not from where they go"
            return
        path = rows[self.row].path
        if rows[self.row].cells[self.column] is None:
            self._said = f"{plain(self._side.name)} did not change it"
        elif "," in path:
            self._said = "a path with a comma cannot be named alone; merge it whole"
        else:
            self._marks[self.thread] = comparing.toggled(self.marks(self.column), path)
            self._said = ""

    # --- what it says --------------------------------------------------

    def about(self) -> str:
        """A refusal and what mends it, what was pressed in vain, else what a merge would do."""
        self._tick()
        notice = self._screen.notice
        if notice is not None and notice.refused:
            return "; ".join(part for part in (notice.text, notice.mend) if part)
        if self._said:
            return self._said
        if notice is not None:
            return "; ".join(part for part in (notice.text, notice.mend) if part)
        return self._would()

    def _would(self) -> str:
        seen = self.preview
        if seen is None:
            known = self._kit.findings.compared(self.threads)
            return "" if known.value else known.why or "reading what they changed \u2026"
        if seen.why:
            return "; ".join(part for part in (seen.why, seen.mend) if part)
        parts = [
            f"{plain(self._side.name)} {seen.line}",
            seen.second and f"{seen.second}: press twice",
        ]
        parts.append(f"{self._more} more are selected and not shown" if self._more else "")
        return " \u00b7 ".join(part for part in parts if part)

    @property
    def foot(self) -> str:  # type: ignore[override]  # what the keys do depends on what is open
        """The keys."""
        return _FOOT_ASIDE if self._open else _FOOT

    def _tick(self) -> None:
        """Seconds run on while something runs or is being looked at."""
        heads = (self._head(one) for one in self.threads)
        runs = any(one is not None and (one.verifying or one.judging) for one in heads)
        wants = runs or self._open
        if wants != self._timer.isActive():
            self._timer.start() if wants else self._timer.stop()

    # --- painting --------------------------------------------------

    def draw_body(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """Heads and table."""
        self._keep_in_sight(rect.width(), rect.height())
        BoardPainter(painter, ink, rect, self).draw()

    def body_items(self, width: int, height: int) -> Sequence[Item]:
        """Heads, boxes, cells."""
        return compare_paint.items(self, width, height)

    def _keep_in_sight(self, width: int, height: int) -> None:
        self._fits = Places(self, width, height).fits
        count = len(self.rows)
        self.row = min(self.row, count - 1)
        if self.row >= 0:
            self.first = min(max(self.first, self.row - self._fits + 1), self.row)
        self.first = max(min(self.first, count - self._fits), 0)

    def scrolled(self, by: int) -> bool:
        """The wheel: the table."""
        self._move(0, by)
        return True

    # --- beside --------------------------------------------------

    def beside(self, width: int, height: int) -> QRect | None:
        """Right of the paths."""
        return Places(self, width, height).beside if self._open else None

    def show_beside(self, view: DiffView, active: bool) -> None:
        """The diff of the marked file, or what was said of the marked result."""
        view.on_line = None
        what = (self.thread, self.rows[self.row].path if 0 <= self.row < len(self.rows) else "")
        if what != self._beside:
            self._beside = what
            view.forget()
            view.verticalScrollBar().setValue(0)
        if self._page:
            view.page(self._page)
            self._page = 0
        if what[1]:
            self._file(view, what[1], active)
        else:
            judging.show(view, self._kit.findings, self.thread)

    def _file(self, view: DiffView, path: str, active: bool) -> None:
        found = self._kit.findings
        if path in self.clashes():
            both = found.clash(self.thread, self.into, path).value
            text = comparing.clash_diff(path, both.marked) if both and both.marked else ""
            view.empty = plain(both.why) if both and both.why else "both sides changed it"
            view.show_files(diff_rows.files(text))
            return
        known = found.filediff(self.thread, path)
        view.empty = plain(known.value.why) if known.value else known.why or "reading \u2026"
        view.show_files(diff_rows.files(known.value.text if known.value else ""))
        if known.value and known.value.text:
            self._look(view, path, active)

    def _look(self, view: DiffView, path: str, active: bool) -> None:
        looks, side = self._kit.looks, self._side
        change = next((one for one in side.files if one.path == path), None)
        if change is None or not looks.stood(view, (side.thread, path), active) or not view.read:
            return
        looks.file(side.thread, change)
        if not side.more and looks.whole(side.thread, side.files):
            looks.mark(side.thread)

    # --- keys --------------------------------------------------

    def pressed(self, chord: Chord) -> bool:
        """Arrows, Space, pages; the buttons have their chords; nothing else does anything."""
        if super().pressed(chord):
            return True
        if chord.mods:
            return True
        if chord.key in _STEPS:
            self._move(*_STEPS[chord.key])
        elif chord.key == "Space":
            self._toggle()
        elif chord.key in ("PgUp", "PgDown"):
            by = 1 if chord.key == "PgDown" else -1
            if self._open:
                self._page = by
            else:
                self._move(0, by * max(self._fits - 1, 1))
        return True

    def _move(self, columns: int, rows: int) -> None:
        self._said = ""
        self.column = min(max(self.column + columns, 0), len(self.threads) - 1)
        self.row = min(max(self.row + rows, -1), len(self.rows) - 1)

    def next(self, by: int) -> None:
        """Tab: the next result, round and round."""
        self._said = ""
        self.column = (self.column + by) % len(self.threads)

    def enter(self) -> bool:
        """Return: what stands beside; again: the table."""
        self._open, self._said = not self._open, ""
        return True

    def back(self) -> bool:
        """Esc: out of what stands beside, then out of the sheet."""
        was, self._open = self._open, False
        return was

    # --- buttons --------------------------------------------------

    def buttons(self) -> Sequence[Button]:
        """Rest, verify, critic, mend, merge: of the marked column."""
        head, found = self._head(self.thread), []
        if head is not None:
            found = self._judging.buttons(head)
        if self.clashes():
            found.append(Button("mend", "Let a thread mend it", "Mod+M"))
        count = len(self._taken)
        name = f"Merge {count} file{'s' * (count != 1)}" if count else "Merge it"
        found.append(Button("merge", name, "Mod+Return", self._why_not(), True))
        return found

    def _why_not(self) -> str:
        """Why the marked column cannot be merged now."""
        if self._goal:
            return "this is where the others go"
        side, seen = self._side, self.preview
        if side.why or not side.files:
            return plain(side.why) or "it changed no file"
        if seen is None:
            return ""
        if seen.why:
            return "; ".join(part for part in (seen.why, seen.mend) if part)
        if seen.conflicts:
            names = ", ".join(map(plain, seen.conflicts[:3]))
            return f"both sides changed {names}; Space takes other files alone, Mod+M mends it"
        return "" if seen.files else "nothing of it differs there"

    def press(self, button: str) -> None:
        """What a button does; a greyed one says why."""
        why = next((one.why for one in self.buttons() if one.key == button), "")
        self._said = self._screen.spelled(why)
        head = self._head(self.thread)
        if why or head is None:
            return
        if button in ("merge", "mend"):
            self._merge(head, button == "mend")
        else:
            self._judging.press(button, head)

    def _merge(self, head: Head, mend: bool) -> None:
        files = () if mend else self._taken
        order = Merge(f"#{head.id}", self.into, ",".join(files), mend)
        where = merging.title(self._screen.world, self.into)
        said = f"merging {plain(head.name)} into {where}"
        said = f"a thread mends what conflicts with {where}" if mend else said
        self._kit.giver.order(order, (head.id,), said)
