"""Two lists in the overlay: all open cases, equal ones folded; and all alerts."""

from collections.abc import Callable, Sequence

from commandcenter.core.base import Record
from commandcenter.core.world import Ask
from commandcenter.hud.alert_log import LogLine, log
from commandcenter.hud.attention import Entry
from commandcenter.hud.words import countdown, plain, since
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet


class _Line(Record, frozen=True):
    """One line of the list of cases: a case, or the head of equal ones."""

    key: str
    asks: tuple[int, ...]
    head: bool = False
    inside: bool = False


class CaseList(Sheet):
    """Shift+J. A case counts as listed once its own line was painted."""

    opener = "approval.list"
    title = "Open cases"
    foot = "Return opens it · Right and Left unfold and fold equal ones · nothing is decided here"
    empty = "nothing asks"

    def __init__(self, screen: Screen, open_case: Callable[[int], None]) -> None:
        self._screen = screen
        self._open_case = open_case
        self._unfolded: set[str] = set()
        self._lines: list[_Line] = []

    def choices(self) -> Sequence[Choice]:
        """One line a case, in the order of the attention queue."""
        self._lines, found = [], []
        for entry in self._screen.agenda.entries:
            asks = self._asks(entry)
            if len(asks) > 1:
                found.append(self._head(entry, asks))
            if len(asks) == 1 or (asks and self._open(asks)):
                found += [self._case(entry, ask, len(asks) > 1) for ask in asks]
        return found

    def about(self) -> str:
        """How many."""
        count = len(self._screen.world.asks)
        return f"{count} open case{'s' * (count != 1)}, in the order in which J shows them"

    def chosen(self, index: int) -> None:
        """A case: it is shown in APPROVE. Equal ones: unfolded."""
        line = self._lines[index]
        if line.head:
            self.turned(index, -1 if line.key in self._unfolded else 1)
        else:
            self._screen.close_sheet()
            self._open_case(line.asks[0])

    def turned(self, index: int, by: int) -> bool:
        """Right unfolds, Left folds."""
        line = self._lines[index]
        if line.head and by > 0:
            self._unfolded.add(line.key)
        elif line.head or line.inside:
            self._unfolded.discard(line.key)
        return line.head or line.inside

    def painted(self, first: int, last: int) -> None:
        """The lines `first` to `last` stood on screen."""
        shown = [line for line in self._lines[first : last + 1] if not line.head]
        asks = self._screen.world.asks
        found = [one for line in shown for one in line.asks]
        self._screen.deck.list_shown(asks[one] for one in found if one in asks)

    def _asks(self, entry: Entry) -> list[Ask]:
        asks = self._screen.world.asks
        return [asks[one] for one in (entry.same or (entry.ask,)) if one in asks]

    def _open(self, asks: Sequence[Ask]) -> bool:
        return self._key(asks) in self._unfolded

    def _key(self, asks: Sequence[Ask]) -> str:
        return f"{asks[0].level} {asks[0].rule} {asks[0].line}"

    def _head(self, entry: Entry, asks: list[Ask]) -> Choice:
        key = self._key(asks)
        self._lines.append(_Line(key, tuple(ask.id for ask in asks), head=True))
        fold = "Left folds" if self._open(asks) else "Right lists them"
        note = f"{asks[0].level} · {entry.why(self._screen.clock.wall())} · {fold}"
        return Choice(f"x{len(asks)}  {plain(asks[0].line)}", note, id=key, glyph="state:needs")

    def _case(self, entry: Entry, ask: Ask, inside: bool) -> Choice:
        self._lines.append(_Line(self._key([ask]) if inside else "", (ask.id,), inside=inside))
        head = self._screen.world.threads.get(ask.thread)
        name, now = head.name if head else f"#{ask.thread}", self._screen.clock.wall()
        waited = countdown(since(ask.since, now))
        what = ask.level if ask.kind == "tool" else "question"
        why = waited if inside else entry.why(now)
        put_off = " · deferred" if ask.deferred > now else ""
        text = f"{'    ' * inside}{name}: {ask.line}"
        color = "err" if entry.danger else "wait"
        note = f"{what} · {why}{put_off}"
        return Choice(plain(text), note, id=f"case {ask.id}", glyph="state:needs", color=color)


class AlertLog(Sheet):
    """Shift+L. Return shows where it happened, Shift+Return selects its threads."""

    opener = "alert.log"
    title = "Alerts"
    hint = "words, is:unseen, is:open"
    foot = "Return shows where it happened · Shift+Return selects its threads"
    empty = "no alert"

    def __init__(self, screen: Screen, show: Callable[[LogLine], None]) -> None:
        self._screen = screen
        self._show = show
        self._words = ""
        self._lines: list[LogLine] = []

    def choices(self) -> Sequence[Choice]:
        """All that match, newest first."""
        screen = self._screen
        now = screen.clock.wall()
        self._lines = log(screen.world, now, screen.recall.visited, self._words)
        return [
            Choice(
                line.row.title,
                line.note(now),
                id=line.row.key,
                glyph=f"state:{line.row.glyph}",
                color=line.row.color,
                tone="mid" if line.visited else "fg",
            )
            for line in self._lines
        ]

    def about(self) -> str:
        """What is shown of how many."""
        unseen = sum(not line.visited for line in self._lines)
        return f"{len(self._lines)} shown, {unseen} not visited"

    def typed(self, text: str) -> None:
        """Other words."""
        self._words = text

    def chosen(self, index: int) -> None:
        """Where it happened; nothing is selected."""
        line = self._lines[index]
        self._screen.close_sheet()
        self._show(line)

    def other(self, index: int) -> None:
        """Its threads become the selection."""
        line = self._lines[index]
        self._screen.close_sheet()
        self._screen.recall.visit(line.row, self._screen.now())
        here = self._screen.world.threads
        threads = [thread for thread in line.row.threads if thread in here]
        if threads:
            self._screen.select(threads, threads[0])
        self._show(line)
