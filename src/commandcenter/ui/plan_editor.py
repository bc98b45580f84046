"""The plan editor: the children of a split side by side, edited before anything starts."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from PySide6.QtCore import QTimer

from commandcenter.core.orders import Split
from commandcenter.core.refusals import Ended
from commandcenter.core.shaping import SplitKind
from commandcenter.hud import drafting
from commandcenter.hud.drafting import FIELDS, Column, Draft, Field
from commandcenter.hud.giving import later
from commandcenter.hud.keymap import Chord
from commandcenter.hud.shaping import Offer, Proposal
from commandcenter.hud.words import plain
from commandcenter.rules.plans import write_plan
from commandcenter.rules.splitting import Carve, TooSmall
from commandcenter.ui.awaiting import Awaited
from commandcenter.ui.form import Button, Cell, FormSheet, Title
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.survey import Survey

HEAD, GAP, NARROW, WIDE = 20, 8, 150, 620
"""Px of a column's head, between columns, and a column is never narrower or wider."""
TICK_MS = 1000
_LABELS: dict[Field, str] = {
    "title": "title",
    "brief": "brief",
    "files": "files",
    "hint": "how",
    "temperature": "temperature",
    "share": "share",
    "seat": "by",
}
_HINTS: dict[Field, str] = {
    "title": "what it does",
    "brief": "what is to be done, and how one sees that it is done",
    "files": "paths it will touch",
    "hint": "how this one goes about it",
    "temperature": "as it is",
    "share": "1",
    "seat": "as the parent",
}
_BESIDE = frozenset({"share"})
"""The next field stands in the same row."""
NUMBER = 46
"""Px of a field for a number."""
LEAST_TALL = 32
"""Px of a field of several lines, at least."""
_TALL: dict[Field, int] = {"title": 38, "share": 38, "seat": 38, "temperature": 38}
"""Px of a field with its label; the others share what is left: 3 parts brief, 1 part files."""


class PlanEditor(FormSheet):
    """Nothing starts but by Mod+Return or its button; Esc keeps the draft."""

    title = "Split"
    wide, tall = 1840, 660
    needs = 184

    def __init__(self, screen: Screen, giver: Giver, survey: Survey, thread: int) -> None:
        self._screen = screen
        self._giver = giver
        self._survey = survey
        self.thread = thread
        self.queued = False
        self.draft = drafting.blank("divide", 2)
        self.awaited = Awaited(screen, giver, survey, thread)
        """A plan that is drawn up takes the place of what nobody typed into."""
        self._said = ""
        self._first = 0
        """The leftmost column in sight."""
        self.at = "0:title"
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._screen.changed())
        self.on_closed: Callable[[], None] = lambda: None

    # --- opening --------------------------------------------------

    def open(self, draft: Draft) -> None:
        """With what was typed before, or a plan that waits."""
        self.draft = draft
        self._named()

    def await_plan(self, kind: SplitKind, into: int) -> None:
        """Ask for a plan of so many children; until it comes they may be typed."""
        self.draft = drafting.blank(kind, into)
        self._propose()
        self._named()

    def _named(self) -> None:
        head = self._screen.world.threads.get(self.thread)
        name = plain(head.name) if head is not None else f"#{self.thread}"
        self.title = f"{self.draft.kind} {name}"

    def _propose(self) -> None:
        self.awaited.ask(self.draft.kind, len(self.draft.columns))
        self._timer.start()

    def closed(self) -> None:
        """The draft stays."""
        self._timer.stop()
        self._screen.drafts[drafting.key(self.thread)] = drafting.pack(self.draft)
        self.on_closed()

    # --- the proposal --------------------------------------------------

    def _follow(self) -> Proposal | None:
        """The plan that came takes the empty columns; typed words stay."""
        self._survey.seats(self.thread)  # asked now, to be there when somebody turns the field
        found, come = self.awaited.look()
        if not self.awaited.on:
            self._timer.stop()
        if come and not drafting.touched(self.draft):
            self._take()
        return found

    def _take(self) -> None:
        found = self._survey.proposal(self.thread)
        plan = found.plan() if found is not None else None
        if found is not None and plan is not None:
            self._edit(drafting.drafted(plan, found.seq))
            self.at, self._first = "0:title", 0

    # --- what it says --------------------------------------------------

    def about(self) -> str:
        """The plan on its way, why there is none, or what is divided."""
        found = self._follow()
        if self._said:
            return self._said
        if self.awaited.on:
            return self.awaited.words(found)
        if found is not None and found.error and not self.draft.seq:
            return f"no plan: {plain(found.error)} \u00b7 type the tasks yourself"
        return self._divided()

    def _divided(self) -> str:
        means = self._survey.means(self.thread)
        if means is None:
            return self.draft.note
        found = drafting.carved(means, drafting.weights(self.draft))
        parts = [drafting.begins(means, len(self.draft.columns))]
        if isinstance(found, Carve):
            parts.append(drafting.total(found, means.practice))
        elif isinstance(found, TooSmall):
            most = found.largest if found.largest > 1 else 0
            parts.append(
                f"the budget is too small: {most} would do"
                if most
                else "the budget is too small to divide; Z raises it"
            )
        return " \u00b7 ".join(part for part in (*parts, plain(self.draft.note)) if part)

    @property
    def foot(self) -> str:  # type: ignore[override]  # what it says depends on what is edited
        """The keys."""
        if self.at.endswith(":seat"):
            return "Left and Right change who does it \u00b7 Alt+arrows: the next child"
        return "Tab: the next field \u00b7 Alt+Left, Alt+Right: the next child \u00b7 Esc keeps it"

    # --- fields --------------------------------------------------

    def _shown(self, width: int) -> tuple[int, int]:
        """The first column in sight, and how many are."""
        count = len(self.draft.columns)
        most = max(min((width + GAP) // (NARROW + GAP), count), 1)
        at = self._column
        first = min(max(self._first, at - most + 1), at)
        self._first = max(min(first, count - most), 0)
        return self._first, most

    @property
    def _column(self) -> int:
        return min(int(self.at.partition(":")[0]), len(self.draft.columns) - 1)

    def _boxes(self, width: int) -> list[tuple[int, int, int]]:
        """Column, x, width."""
        first, most = self._shown(width)
        wide = min((width + GAP) // most - GAP, WIDE)
        return [(first + n, n * (wide + GAP), wide) for n in range(most)]

    def cells(self, width: int, height: int) -> Sequence[Cell]:
        """The fields of the columns in sight."""
        wrong, over = drafting.faults(self.draft), drafting.overlaps(self.draft)
        tried = drafting.touched(self.draft)
        found = []
        for at, x, wide in self._boxes(width):
            top, column = HEAD, self.draft.columns[at]
            for field, tall in self._heights(height):
                fault = wrong.get(at, ("", ""))
                said = fault[1] if fault[0] == field and tried and column != Column() else ""
                warn = "; ".join(over.get(at, ())) if field == "files" else ""
                left, room = self._beside(field, wide)
                found.append(self._cell(at, field, (x + left, top, room, tall), (said, warn)))
                top += tall + 4 if field not in _BESIDE else 0
        return found

    def _heights(self, height: int) -> list[tuple[Field, int]]:
        fields = FIELDS[self.draft.kind]
        fixed = sum(_TALL.get(one, 0) + 4 for one in fields if one not in _BESIDE)
        rest = height - HEAD - fixed - 4
        files = max(rest * 2 // 7, LEAST_TALL)
        loose = {"files": files, "brief": max(rest - files, LEAST_TALL), "hint": rest}
        return [(field, _TALL.get(field) or loose[field]) for field in fields]

    def _beside(self, field: Field, wide: int) -> tuple[int, int]:
        """Where a field begins in its column, and how wide it is: share, then who does it."""
        if field == "seat":
            return NUMBER + 6, wide - NUMBER - 6
        return (0, NUMBER) if field == "share" else (0, wide)

    def _cell(self, at: int, field: Field, rect: tuple[int, ...], said: tuple[str, str]) -> Cell:
        column = self.draft.columns[at]
        kind = "pick" if field == "seat" else "lines" if field in ("brief", "files", "hint") else ""
        x, y, wide, tall = rect
        text = self._seat(column) if field == "seat" else getattr(column, field)
        own = self.draft.seq == 0 or self.draft.how == "typed"
        return Cell(
            f"{at}:{field}", _LABELS[field], text, (x, y, wide, tall),
            "pick" if kind == "pick" else "lines" if kind == "lines" else "line",
            _HINTS[field], *said, own,
        )  # fmt: skip

    def titles(self, width: int, height: int) -> Sequence[Title]:
        """The head of each column: its number, and what it gets."""
        means = self._survey.means(self.thread)
        found = drafting.carved(means, drafting.weights(self.draft)) if means is not None else None
        lines = []
        count = len(self.draft.columns)
        for at, x, wide in self._boxes(width):
            mine = at == self._column
            text = f"{at + 1} of {count}"
            lines.append(Title(text, (x + 1, 0, wide // 2, HEAD), "accent" if mine else "fg", True))
            if isinstance(found, Carve) and means is not None:
                given = drafting.amount(found.children[at], means.practice)
                place = (x + wide // 4, 0, wide - wide // 4 - 1, HEAD)
                lines.append(Title(given, place, "mid", right=True))
        return lines

    # --- who does it --------------------------------------------------

    def _offers(self) -> list[Offer]:
        seats = self._survey.seats(self.thread)
        return [one for one in seats.offers if not one.why] if seats is not None else []

    def _seat(self, column: Column) -> str:
        if not (column.agent or column.account or column.model):
            return ""
        return " \u00b7 ".join(
            plain(part) for part in (column.agent, column.model or column.account) if part
        )

    def turn(self, key: str, by: int) -> None:
        """The next of those that could do it; the first is who does the parent's."""
        at = int(key.partition(":")[0])
        column = self.draft.columns[at]
        ways = [("", "", ""), *((o.agent, o.account, o.model) for o in self._offers())]
        now = (column.agent, column.account, column.model)
        place = ways.index(now) if now in ways else 0
        agent, account, model = ways[(place + by) % len(ways)]
        who = {"agent": agent, "account": account, "model": model}
        self._edit(drafting.changed(self.draft, at, **who))

    # --- keys --------------------------------------------------

    def write(self, key: str, text: str) -> None:
        """A text of a column."""
        at, _, field = key.partition(":")
        self._edit(drafting.changed(self.draft, int(at), **{field: text}))

    def _edit(self, draft: Draft) -> None:
        self.draft, self._said = draft, ""

    def next(self, by: int) -> None:
        """Down the column, then the next one; round and round."""
        fields, count = FIELDS[self.draft.kind], len(self.draft.columns)
        at, _, field = self.at.partition(":")
        place = int(at) * len(fields) + fields.index(field)
        place = (place + by) % (count * len(fields))
        self.at = f"{place // len(fields)}:{fields[place % len(fields)]}"

    def pressed(self, chord: Chord) -> bool:
        """Alt+arrows go to the next child; the buttons have their chords."""
        if chord.mods == {"Alt"} and chord.key in ("Left", "Right"):
            self._aside(1 if chord.key == "Right" else -1)
            return True
        return super().pressed(chord)

    def _aside(self, by: int) -> None:
        field = self.at.partition(":")[2]
        self.at = f"{(self._column + by) % len(self.draft.columns)}:{field}"

    def buttons(self) -> Sequence[Button]:
        """One more, one less, another plan, start."""
        count, kind = len(self.draft.columns), self.draft.kind
        full = f"at most {drafting.MOST} by key" if count >= drafting.MOST else ""
        least = f"at least {drafting.LEAST[kind]}" if count <= drafting.LEAST[kind] else ""
        again = Button("again", "Draw up anew", "Mod+R", "a plan is drawn up" * self.awaited.on)
        if self.awaited.other(self.draft.seq) and drafting.touched(self.draft):
            again = Button("take", "Take the plan", "Mod+R")
        start = "Queue" if self.queued else "Start"
        return (
            Button("add", "Add a child", "Mod+N", full),
            Button("remove", "Remove this one", "Mod+Shift+N", least),
            again,
            Button("start", f"{start} {count}", "Mod+Return", self._wrong(), True),
        )

    def _wrong(self) -> str:
        """Why it cannot start; empty = it can."""
        try:
            drafting.planned(self.draft)
        except ValueError as error:
            return str(error)
        means = self._survey.means(self.thread)
        found = drafting.carved(means, drafting.weights(self.draft)) if means is not None else None
        return "the budget is too small for that many" if isinstance(found, TooSmall) else ""

    def press(self, button: str) -> None:
        """What a button does; a greyed one says why."""
        why = next((one.why for one in self.buttons() if one.key == button), "")
        if why:
            self._said = why
            return
        self._said = ""
        {
            "add": self._add,
            "remove": self._remove,
            "again": self._again,
            "take": self._take,
            "start": self._start,
        }[button]()

    def _add(self) -> None:
        at = self._column
        self._edit(drafting.added(self.draft, at))
        self.at = f"{at + 1}:title"

    def _remove(self) -> None:
        at = self._column
        self._edit(drafting.removed(self.draft, at))
        self.at = f"{min(at, len(self.draft.columns) - 1)}:title"

    def _again(self) -> None:
        """A plan anew: what is there now stays until it has come, and may be kept."""
        if not drafting.touched(self.draft):
            self.draft = replace(self.draft, seq=0)
        self._propose()

    def _start(self) -> None:
        screen = self._screen
        if self.thread not in screen.world.threads:
            screen.refuse(Ended())
            return
        plan = drafting.planned(self.draft)
        order = Split(f"#{self.thread}", len(plan.tasks), plan.kind, plan=write_plan(plan))
        said = f"{len(plan.tasks)} children begin; the parent waits for them"
        given = later(order) if self.queued else order
        said = "the split waits behind what it does" if self.queued else said
        if self._giver.order(given, (self.thread,), said):
            self.draft = drafting.blank(plan.kind, 2)
            screen.close_sheet()
        elif screen.notice is not None:
            self._said = f"{screen.notice.text}; {screen.notice.mend}"
