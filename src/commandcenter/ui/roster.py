"""The table of threads that a list would start: each row edited by keys, its sum below."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from commandcenter.hud.card import Template
from commandcenter.hud.keymap import Chord
from commandcenter.hud.listing import Place, Row
from commandcenter.hud.words import plain
from commandcenter.ui.guards import LATEST_S, SOONEST_S
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.templates import templates

FEW = 5
"""More rows than this want the second press."""
_KEYS = (
    "Left Right agent \u00b7 M model \u00b7 O operation \u00b7 E brief \u00b7 Del removes"
    " \u00b7 with Shift all rows"
)


class Roster(Sheet):
    """Rows of (brief, agent, model, operation, estimate)."""

    opener = "thread.new_list"
    title = "New threads from a list"
    empty = "no row is left"
    wide, tall = 980, 600

    def __init__(self, screen: Screen, briefs: Sequence[str], made: tuple[Template, Place]) -> None:
        self._screen = screen
        self._rows = [Row(brief, *made) for brief in briefs]
        self._made = [one for one in templates(screen) if not (one.command or one.login)]
        self._places = _places(screen, made[1])
        self._armed = 0.0
        self._at = 0
        self.start: Callable[[tuple[Row, ...]], bool] = lambda rows: False
        """Starts them; True when the orders went out."""
        self.total: Callable[[Sequence[Template]], str] = lambda made: "price unknown"
        """What threads made from these come to."""
        self.edit: Callable[[str, Callable[[str], None]], None] = lambda text, then: None
        """Lets the player write a brief anew."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as they are now."""
        return tuple(self._rows)

    # --- what it shows --------------------------------------------------

    def choices(self) -> Sequence[Choice]:
        """One line a row, and one that starts them."""
        rows = tuple(
            Choice(
                plain(row.brief.partition("\n")[0])[:200],
                " \u00b7 ".join(
                    part
                    for part in (
                        row.template.name,
                        row.template.model or row.template.note,
                        row.place[2],
                        self.total([row.template]),
                    )
                    if part
                ),
                tone="accent",
                id=f"row {number}",
            )
            for number, row in enumerate(self._rows)
        )
        start = Choice("Start again" if self._armed else "Start", self.sum(), "Return", id="start")
        return (*rows, start) if rows else ()

    def about(self) -> str:
        """The keys of the table."""
        return _KEYS

    @property
    def foot(self) -> str:  # type: ignore[override]  # it changes with the rows
        """The sum, and what Return does."""
        key = "Return again starts" if self._armed else "Return starts"
        return f"{self.sum()} \u00b7 {key} them as supply allows" if self._rows else ""

    def sum(self) -> str:
        """So many threads, and what they come to."""
        count = len(self._rows)
        said = self.total([row.template for row in self._rows]) if count else ""
        return f"{count} thread{'s' * (count != 1)}, {said}"

    # --- keys --------------------------------------------------

    def chosen(self, index: int) -> None:
        """Return: start them; more than a few want it twice. A click on a row edits its brief."""
        if not self._screen.key_at and index < len(self._rows):
            self._edit(index)
            return
        now, timing = self._screen.now(), self._screen.timing
        waited = now - self._armed
        if len(self._rows) > FEW and not (self._armed and waited <= LATEST_S * timing):
            self._armed = now
            return
        if self._armed and waited < SOONEST_S * timing:
            return
        if self.start(self.rows):
            self._screen.drafts["list::"] = ""
            self._screen.close_sheet()

    def other(self, index: int) -> None:
        """A right click on a row: another agent."""
        self.turned(index, 1)

    def turned(self, index: int, by: int) -> bool:
        """Left and Right: another agent for the row."""
        if index < len(self._rows):
            self._set(index, by, self._made, "template")
        return True

    def pressed(self, chord: Chord) -> bool:
        """Letters change the marked row, with Shift all of them."""
        rows = range(len(self._rows)) if "Shift" in chord.mods else [self._marked()]
        if chord.mods - {"Shift"} or not self._rows:
            return False
        if chord.key in ("Left", "Right") and "Shift" in chord.mods:
            self._all(rows, 1 if chord.key == "Right" else -1, "template")
        elif chord.key == "M":
            self._models(rows)
        elif chord.key == "O":
            self._all(rows, 1, "place")
        elif chord.key == "E":
            self._edit(self._marked())
        elif chord.key in ("Del", "Backspace"):
            del self._rows[self._marked()]
            self._touched()
        else:
            return False
        return True

    def _marked(self) -> int:
        host = self._screen.host
        at = getattr(host, "marked", 0)
        return min(max(at, 0), len(self._rows) - 1)

    def _all(self, rows: Sequence[int], by: int, name: str) -> None:
        """The next of its kind for the first row, and the same for the others."""
        first, kinds = rows[0], self._made if name == "template" else self._places
        self._set(first, by, kinds, name)
        value = getattr(self._rows[first], name)
        for row in rows:
            self._rows[row] = replace(self._rows[row], **{name: value})

    def _models(self, rows: Sequence[int]) -> None:
        """The next model that the row's account is known to have."""
        first = self._rows[rows[0]].template
        names = {
            head.model
            for head in self._screen.world.threads.values()
            if head.account == first.account
        }
        names |= {one.model for one in self._made if one.account == first.account}
        found = sorted(names - {""}) or [first.model]
        at = found.index(first.model) if first.model in found else -1
        model = found[(at + 1) % len(found)]
        for row in rows:
            old = self._rows[row]
            if old.template.account == first.account:
                made = replace(old.template, model=model, note=model)
                self._rows[row] = replace(old, template=made)
        self._touched()

    def _set(self, index: int, by: int, kinds: Sequence[object], name: str) -> None:
        now = getattr(self._rows[index], name)
        at = kinds.index(now) if now in kinds else -by if by > 0 else 0
        value = kinds[(at + by) % len(kinds)] if kinds else now
        self._rows[index] = replace(self._rows[index], **{name: value})
        self._touched()

    def _edit(self, index: int) -> None:
        def then(text: str) -> None:
            self._rows[index] = replace(self._rows[index], brief=text)
            self._touched()

        self.edit(self._rows[index].brief, then)

    def _touched(self) -> None:
        self._armed = 0.0
        self._screen.changed()
        if self._screen.host is not None:
            self._screen.host.follow()


def _places(screen: Screen, first: Place) -> list[Place]:
    """Where a row may start: where it would, and each operation."""
    found = [first, *((name, "", name) for name in screen.world.operations)]
    return list(dict.fromkeys(found))
