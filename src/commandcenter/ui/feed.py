"""Fills one inspector: the main window's, and the one that was popped out."""

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.world import BIN_NS, Head
from commandcenter.hud import comments
from commandcenter.ui.asking import Answer, Asking
from commandcenter.ui.audit_tab import audit_page
from commandcenter.ui.charts import Burned, Chart
from commandcenter.ui.cost_tab import cost_page
from commandcenter.ui.inspector import InspectorPanel
from commandcenter.ui.moments import passed
from commandcenter.ui.page import Page
from commandcenter.ui.plan_tab import plan_page
from commandcenter.ui.policy_tab import policy_page
from commandcenter.ui.portrait import Portrait
from commandcenter.ui.reading import Reading
from commandcenter.ui.screen import Screen

RUNS = frozenset({"running", "pausing"})
REST_S = 30
"""So long after its last token a thread that does not run has a chart that stands still."""
PAGES = frozenset({"Plan", "Cost", "Policy", "Audit"})
NARROW = 380
"""Below this width in px a table leaves columns out."""


def burned(screen: Screen, head: Head) -> Burned:
    """What a thread burned; in parts of three seconds, so that it changes every third second.

    Of a thread that rests the five minutes up to its last token: nothing moves there any more.
    """
    wall, pace, until = screen.clock.wall() // (3 * NS) * 3 * NS, screen.mirror.pace, ""
    last = (head.bin_at + 1) * BIN_NS
    if head.bins and head.state not in RUNS and last < wall - REST_S * NS:
        wall, until = last, passed(last, wall)
    return Burned(pace.line(head.id, wall), pace.known(head.id, wall), until)


class Feed:
    """Keeps the views of one panel at what they show."""

    def __init__(
        self, panel: InspectorPanel, screen: Screen, reading: Reading, asking: Asking
    ) -> None:
        self._panel = panel
        self._screen = screen
        self._reading = reading
        self._asking = asking
        self._answer = Answer()
        self._shown: tuple[int, str] = (0, "")
        self._diff_thread = 0

    def show(self, view: Portrait, now: int) -> None:
        """Show a head, and what its tab holds, at wall `now` (ns)."""
        panel, screen = self._panel, self._screen
        panel.transcript.now = now
        panel.transcript.show_raw(screen.raw)
        panel.show_portrait(self._with_burn(view))
        if view.empty:
            return
        if view.tab == "Diff":
            self._reading.want_diff(view.thread)
            self.diff()
        elif view.level < 0 and view.tab in PAGES:
            self._page(view, now)
        elif view.level < 0:
            self._quiet()

    def _with_burn(self, view: Portrait) -> Portrait:
        """The Transcript tab has the burn chart at its foot."""
        head = self._screen.world.threads.get(view.thread)
        if head is None or view.level >= 0 or view.tab != "Transcript":
            return view
        burn = burned(self._screen, head)
        return replace(view, chart=Chart(burn.samples), burn_words=burn.words)

    def text(self) -> None:
        """The shown thread's text changed."""
        view, transcript = self._panel.transcript, self._reading.transcript
        self._quiet()
        if view.transcript is not transcript:
            view.show_transcript(transcript)
        else:
            view.refresh()

    def diff(self) -> None:
        """The shown thread's diff changed, or another one is shown."""
        reading, view = self._reading, self._panel.diff
        if reading.diff_thread != self._diff_thread:
            self._diff_thread = reading.diff_thread
            view.forget()
        said = reading.diff_why or "no change yet"
        if said == "reading":
            said = "reading \u2026" if reading.slow else ""
        if said != view.empty:
            view.empty = said
            view.viewport().update()
        view.show_diff(reading.diff)
        view.show_comments(comments.of(self._screen.drafts, reading.diff_thread))

    @property
    def due(self) -> float:
        """Seconds until something is to be asked or said; 0 = nothing."""
        view = self._panel.view
        if view.empty or view.level >= 0:
            return 0.0
        if view.tab in PAGES and view.tab != "Plan":
            return self._asking.due(view.tab.lower(), self._answer)
        return self._reading.due

    def _quiet(self) -> None:
        """What stands there while there is no text."""
        view, reading = self._panel.transcript, self._reading
        said = ""
        if self._panel.popped and self._panel.view.kind == "terminal":
            said = "its terminal stands in the main window"
        elif reading.thread and reading.transcript.read:
            said = "it has said nothing yet"
        elif reading.thread and reading.slow:
            said = "reading \u2026"
        if said != view.empty:
            view.empty = said
            view.viewport().update()

    def _page(self, view: Portrait, now: int) -> None:
        head = self._screen.world.threads.get(view.thread)
        if head is None:
            return
        page = self._panel.page_view
        page.show_page(self._made(view, head, now))
        if self._shown != (view.thread, view.tab):
            self._shown = (view.thread, view.tab)
            page.top()
        if view.tab == "Cost" and self._screen.cost_at and page.to(self._screen.cost_at):
            self._screen.cost_at = ""

    def _made(self, view: Portrait, head: Head, now: int) -> Page:
        world, narrow = self._screen.world, self._panel.width() < NARROW
        if view.tab == "Plan":
            return plan_page(head, world, now, self._screen.spelled)
        answer = self._answer = self._asking.want(view.tab.lower(), head.id)
        value, waits = answer.value, self._asking.waits(answer)
        if view.tab == "Audit":
            return audit_page(value, narrow) if answer.known else Page(empty=waits)
        minute = now // (60 * NS) * 60 * NS
        if view.tab == "Policy":
            return policy_page(value if answer.known else waits, world, head.id, minute)
        return cost_page(
            value if answer.known else waits, head, world, burned(self._screen, head), narrow
        )
