"""The inspector by key: raw text, find, copy, pop out, and what its pages' buttons mean."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from commandcenter.ui.giver import Giver
from commandcenter.ui.portrait import TABS
from commandcenter.ui.screen import Screen

if TYPE_CHECKING:
    from commandcenter.ui.inspector import InspectorPanel
    from commandcenter.ui.popout import PopOut

POP_OUT = "inspector.pop_out"


class Inspecting:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._panel: InspectorPanel | None = None
        self._make: Callable[[], PopOut] | None = None
        self.popped: PopOut | None = None
        """The window of its own, while there is one."""
        self.finding = False
        """The keys go to the find field."""
        self.on_turn: Callable[[int], None] = lambda turn: None
        """A turn of the shown thread was pressed."""

    def attach(self, panel: "InspectorPanel", make: Callable[[], "PopOut"]) -> None:
        """The window has built its inspector; `make` builds the one to pop out."""
        self._panel, self._make = panel, make
        self._wire(panel)
        panel.find_bar.on_typed = self._typed

    def _wire(self, panel: "InspectorPanel") -> None:
        panel.page_view.on_press = self.press
        panel.transcript.pointing.say = self._screen.say
        panel.case.pointing.say = self._screen.say
        panel.on_pop_out = self.pop_out
        panel.transcript.on_turn = lambda turn: self.on_turn(turn)

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "inspector.raw": self.raw,
            "inspector.tab_next": lambda: self.tab(1),
            "inspector.tab_prev": lambda: self.tab(-1),
            "inspector.page_up": lambda: self.page(-1),
            "inspector.page_down": lambda: self.page(1),
            POP_OUT: self.pop_out,
        }

    # --- tabs and pages --------------------------------------------------

    @property
    def _own(self) -> "PopOut | None":
        """The popped-out window while the player works in it."""
        popped = self.popped
        return popped if popped is not None and popped.isActiveWindow() else None

    def tab(self, by: int) -> None:
        """The next tab (1) or the one before (-1), of the window that has the keys."""
        own, screen = self._own, self._screen
        here = own.tab if own is not None else screen.tab
        at = TABS.index(here) if here in TABS else 0
        self.show_tab(TABS[(at + by) % len(TABS)], own)

    def show_tab(self, tab: str, own: "PopOut | None" = None) -> None:
        """Show a tab."""
        if own is not None:
            own.tab = tab
        else:
            self._screen.tab = tab
        if tab != "Transcript":
            self.close_find()
        self._screen.changed()

    def page(self, direction: int) -> None:
        """One page up (-1) or down (1) in the window that has the keys."""
        own = self._own
        if own is not None:
            own.panel.page(direction)
        else:
            self._screen.on_page(direction)

    def press(self, text: str) -> None:
        """A button of a page: an order in notation."""
        self._giver.text(text, said="withdrawn: it asks again")

    # --- raw, copy --------------------------------------------------

    def raw(self) -> None:
        """Mod+\\: the transcript as it was written, or formatted."""
        screen = self._screen
        screen.raw = not screen.raw
        screen.say("the transcript's raw text" if screen.raw else "the transcript formatted")

    def copy(self) -> bool:
        """Copy what is selected in an inspector; False = nothing is."""
        panels = [self._panel] if self._panel is not None else []
        panels += [self.popped.panel] if self.popped is not None else []
        views = [view for panel in panels for view in (panel.transcript, panel.case)]
        return any(view.isVisible() and view.pointing.copy() for view in views)

    # --- find --------------------------------------------------

    def find(self) -> None:
        """/ with the cursor region here: look for words in the transcript."""
        screen, panel = self._screen, self._panel
        if panel is None or screen.active is None:
            screen.say("select a thread to find in its transcript")
            return
        if screen.active.driver == "terminal":
            screen.say("a terminal has no transcript to find in")
            return
        screen.tab, screen.inspector, self.finding = "Transcript", True, True
        screen.enter("composer")
        panel.find_bar.open()
        panel.lay()

    def close_find(self) -> bool:
        """Esc: out of the find field; False = it was not open."""
        if not self.finding:
            return False
        self.finding = False
        if self._panel is not None:
            self._panel.transcript.seek("")
            self._panel.find_bar.close_field()
            self._panel.lay()
        self._screen.leave("composer")
        return True

    def step(self, by: int) -> bool:
        """Return (-1: towards older) or Shift+Return; False = find is not open."""
        if not self.finding or self._panel is None:
            return False
        self._panel.transcript.step(by)
        self._count()
        return True

    def _typed(self, text: str) -> None:
        if self._panel is not None and self.finding:
            self._panel.transcript.seek(text)
            self._count()

    def _count(self) -> None:
        panel = self._panel
        if panel is not None:
            view = panel.transcript
            nth, total = view.search.place(view.transcript)
            panel.find_bar.say(nth, total, view.transcript.complete)
        self._screen.changed()

    # --- a window of its own --------------------------------------------------

    def pop_out(self) -> None:
        """Open the inspector in a window of its own; again: close it."""
        if self.popped is not None:
            self.popped.close()
            return
        if self._make is None:
            return
        popped = self.popped = self._make()
        popped.tab = self._screen.tab
        self._wire(popped.panel)
        popped.panel.on_tab = lambda tab: self.show_tab(tab, popped)
        popped.on_close = self._returned
        popped.show()
        self._screen.say("the inspector stands in a window of its own")

    def _returned(self) -> None:
        popped, self.popped = self.popped, None
        if popped is not None:
            popped.deleteLater()
        self._screen.changed()

    def close(self) -> None:
        """The main window goes: so does this one."""
        if self.popped is not None:
            self.popped.close()
