"""The queue panel: what runs, waits and is blocked; a right click pauses, again interrupts."""

from collections.abc import Sequence

from commandcenter.hud import queueing
from commandcenter.hud.queueing import Line
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet

_STOPPED = frozenset({"pausing", "paused"})


class Queue(Sheet):
    """Return goes to the thread; Shift+Return or a right click pauses, then interrupts it."""

    opener = "queue.panel"
    title = "Queue"
    foot = "Return goes there · Shift+Return or a right click pauses, again interrupts"
    wide, tall = 820, 600
    empty = "nothing runs and nothing waits"

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._lines: list[Line | None] = []
        self._pressed: set[int] = set()
        """Threads that were paused from here."""

    def about(self) -> str:
        """How many of each, and the notice that the card carries."""
        found = [line for line in self._lines if line is not None]
        counts = [
            f"{sum(line.section == section for line in found)} {section.lower()}"
            for section in queueing.SECTIONS
        ]
        return " · ".join(counts)

    def choices(self) -> Sequence[Choice]:
        """The lines under their sections."""
        screen = self._screen
        found: list[Choice] = []
        self._lines = []
        section = ""
        for line in queueing.lines(screen.world, screen.clock.wall()):
            if line.section != section:
                section = line.section
                found.append(Choice(section, heading=True, id=f"heading {section}"))
                self._lines.append(None)
            tone = "accent" if section == "Queued" else "fg"
            found.append(
                Choice(
                    line.name,
                    line.text,
                    id=line.key,
                    glyph=line.glyph,
                    color=line.color,
                    tone=tone,
                )
            )
            self._lines.append(line)
        return found

    def chosen(self, index: int) -> None:
        """Select the thread and bring it into view."""
        line, screen = self._lines[index], self._screen
        if line is None:
            return
        screen.close_sheet()
        screen.select((line.thread,), line.thread)
        if screen.camera is not None:
            screen.camera.reveal((line.thread,))

    def other(self, index: int) -> None:
        """Pause; when it pauses or is paused already, interrupt and let the reservation go."""
        line = self._lines[index]
        head = self._screen.world.threads.get(line.thread) if line is not None else None
        if head is None:
            return
        again = head.state in _STOPPED or head.id in self._pressed
        verb, said = ("interrupt", "interrupted") if again else ("pause", "pausing")
        self._pressed ^= {head.id}
        self._giver.text(f"{verb} #{head.id}", (head.id,), f"{head.name}: {said}")
