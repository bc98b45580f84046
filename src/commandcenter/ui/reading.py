"""Transcripts and diffs of the thread the player looks at: watched, read once, then followed."""

from collections import OrderedDict
from collections.abc import Callable

from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import HeadMoved
from commandcenter.link.base import LinkLost
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.screen import Screen

KEPT = 8
"""Transcripts held at once."""
PAGE = 2_000
"""Rows asked for at a time."""
SLOW_S = 1.0
"""From then on it is said that text is waited for."""


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
        self._since = 0.0
        """Monotonic s since which the shown text, or diff, is waited for."""
        screen.on_text = self.take

    @property
    def transcript(self) -> Transcript:
        """The shown thread's blocks."""
        return self._kept.get(self.thread) or Transcript()

    def show(self, thread: int) -> None:
        """Look at another thread (0 = none)."""
        if thread == self.thread:
            return
        left = self._kept.get(self.thread)
        if left is not None:
            left.rest()
        self.thread = thread
        self._since = self._screen.now()
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
        screen.watch(self, frozenset({self.thread} if self.thread else ()))
        self._diff_stale = True
        if self.thread and screen.up and self.thread not in self._loading:
            self._loading.add(self.thread)
            screen.tasks.spawn(self._read(self.thread), f"read {self.thread}")
        self.on_text()

    @property
    def slow(self) -> bool:
        """What is shown is waited for since a second and more."""
        return self._screen.now() - self._since >= SLOW_S

    @property
    def due(self) -> float:
        """Seconds until it is to be said that text is waited for; 0 = it is there, or said."""
        waits = (self.thread and not self.transcript.read) or self.diff_why == "reading"
        return (
            max(self._since + SLOW_S - self._screen.now(), 0.05) if waits and not self.slow else 0
        )

    async def _read(self, thread: int) -> None:
        transcript = self._kept.get(thread)
        try:
            while transcript is not None:
                first = not transcript.read
                since = -1 if first else transcript.seq
                rows = await self._screen.link.read(thread, since, PAGE)
                transcript.fold(rows)
                transcript.read = True
                if first:
                    transcript.complete = len(rows) < PAGE and not transcript.dropped
                    self._pace(thread, rows, transcript.complete)
                if first or len(rows) < PAGE:
                    break
        except LinkLost:
            return
        finally:
            self._loading.discard(thread)
        if thread == self.thread and transcript is not None:
            transcript.fold(self._waiting)
            self._waiting = []
            self.on_text()

    def _pace(self, thread: int, rows: list[Row], whole: bool) -> None:
        """What the store knows of the burn before the screen looked."""
        moved = (load_entry(row) for row in rows if row.kind == "HeadMoved")
        seen = [(e.wall, e.event.tokens) for e in moved if isinstance(e.event, HeadMoved)]
        head = self._screen.world.threads.get(thread)
        born = head.created if head is not None and whole else 0
        self._screen.mirror.pace.older(thread, seen, born)

    def older(self) -> None:
        """The player came near the top: read what was before."""
        thread, transcript = self.thread, self.transcript
        reads = thread in self._loading or not transcript.read or transcript.complete
        if thread and self._screen.up and not reads and transcript.first > 1:
            self._loading.add(thread)
            self._screen.tasks.spawn(self._read_older(thread), f"read older {thread}")

    async def _read_older(self, thread: int) -> None:
        transcript = self._kept.get(thread)
        try:
            if transcript is not None:
                rows = await self._screen.link.read(thread, -transcript.first, PAGE)
                transcript.older(rows, len(rows) < PAGE)
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
                self._since = screen.now()
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
