"""Transcripts and diffs of the thread the player looks at: watched, read once, then followed."""

from collections import OrderedDict
from collections.abc import Callable

from commandcenter.core.codec import Row
from commandcenter.link.base import LinkLost
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.screen import Screen

KEPT = 8
"""Transcripts held at once."""
PAGE = 2_000
"""Rows asked for at a time."""


class Reading:
    """Holds the shown thread's text. `on_text` and `on_diff` say that it changed."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.thread = 0
        self.on_text: Callable[[], None] = lambda: None
        self.on_diff: Callable[[], None] = lambda: None
        self.diff = ""
        self.diff_why = ""
        self.diff_thread = 0
        self._kept: OrderedDict[int, Transcript] = OrderedDict()
        self._loading: set[int] = set()
        self._waiting: list[Row] = []
        self._asking = False
        self._diff_stale = False
        screen.on_text = self.take

    @property
    def transcript(self) -> Transcript:
        """The shown thread's blocks."""
        return self._kept.get(self.thread) or Transcript()

    def show(self, thread: int) -> None:
        """Look at another thread (0 = none)."""
        if thread == self.thread:
            return
        self.thread = thread
        self._waiting = []
        if thread:
            self._kept.setdefault(thread, Transcript())
            self._kept.move_to_end(thread)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self.refresh()

    def refresh(self) -> None:
        """Watch and read anew: after a change of thread, and when the link came back."""
        screen = self._screen
        screen.link.watch(frozenset({self.thread} if self.thread else ()))
        self._diff_stale = True
        if self.thread and screen.up and self.thread not in self._loading:
            self._loading.add(self.thread)
            screen.tasks.spawn(self._read(self.thread), f"read {self.thread}")
        self.on_text()

    async def _read(self, thread: int) -> None:
        transcript = self._kept.get(thread)
        try:
            while transcript is not None:
                since = transcript.seq or -1
                rows = await self._screen.link.read(thread, since, PAGE)
                transcript.fold(rows)
                if since < 0 or len(rows) < PAGE:
                    break
        except LinkLost:
            return
        finally:
            self._loading.discard(thread)
        if thread == self.thread and transcript is not None:
            transcript.fold(self._waiting)
            self._waiting = []
            self.on_text()

    def take(self, rows: list[Row]) -> None:
        """Rows as they come; those of the shown thread are its text."""
        own = [row for row in rows if row.thread == self.thread]
        if not own or not self.thread:
            return
        if any(row.kind == "ToolEnded" for row in own):
            self._diff_stale = True
        if self.thread in self._loading:
            self._waiting.extend(own)
        elif self.transcript.fold(own):
            self.on_text()

    # --- diff --------------------------------------------------

    def want_diff(self, thread: int) -> None:
        """The Diff tab is shown: ask when what stands there is old."""
        screen = self._screen
        if not thread or not screen.up or self._asking:
            return
        if thread != self.diff_thread or self._diff_stale:
            self._asking, self._diff_stale = True, False
            if thread != self.diff_thread:
                self.diff, self.diff_why, self.diff_thread = "", "reading", thread
            screen.tasks.spawn(self._ask(thread), f"diff {thread}")

    async def _ask(self, thread: int) -> None:
        try:
            answer = await self._screen.link.query("diff", thread=thread)
        except (LinkLost, ValueError) as error:
            answer = {"why": str(error)}
        self._asking = False
        found = answer if isinstance(answer, dict) else {}
        self.diff, self.diff_why = str(found.get("diff", "")), str(found.get("why", ""))
        self.diff_thread = thread
        self.on_diff()
