"""What is asked of the engine about results; an answer stands until its mark moves."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from commandcenter.core.base import Record
from commandcenter.core.world import Head
from commandcenter.hud.results import (
    ClashTexts,
    Compared,
    Draft,
    FileDiff,
    Judgement,
    Output,
    Preview,
    Ways,
)
from commandcenter.hud.shaping import read
from commandcenter.link.base import LinkLost
from commandcenter.ui.screen import Screen
from commandcenter.ui.survey import Known

MOVING_S = 10.0
"""So old an answer may be while the thread works: its files change and nothing says so."""
TRIED_S = 2.0
"""What could not be said is asked again after so long."""
KEPT = 200
T = TypeVar("T", bound=Record)
Key = tuple[str, tuple[tuple[str, object], ...]]
_STANDS = frozenset({"idle", "paused", "frozen", "hibernated", "ended"})


class Findings:
    """Asks what a page shows, once, and again when the thread's result is another."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._held: dict[Key, Known[Record]] = {}
        self.on_answer: Callable[[], None] = lambda: None

    # --- the questions --------------------------------------------------

    def compared(self, threads: tuple[int, ...]) -> Known[Compared]:
        """Results side by side."""
        return self._want("compare", Compared, threads, {"threads": threads})

    def filediff(self, thread: int, path: str) -> Known[FileDiff]:
        """One file against where the thread began."""
        return self._want("filediff", FileDiff, (thread,), {"thread": thread, "path": path})

    def diff(self, thread: int) -> Known[FileDiff]:
        """All files, in one text."""
        return self._want("diff", FileDiff, (thread,), {"thread": thread})

    def preview(self, thread: int, into: str, files: tuple[str, ...]) -> Known[Preview]:
        """What a merge would do."""
        args = {"thread": thread, "into": into, "files": files}
        return self._want("preview", Preview, _with(thread, into), args)

    def clash(self, thread: int, into: str, path: str) -> Known[ClashTexts]:
        """Both sides of a conflict."""
        args = {"thread": thread, "into": into, "path": path}
        return self._want("clash", ClashTexts, _with(thread, into), args)

    def output(self, thread: int) -> Known[Output]:
        """What the success command printed last."""
        return self._want("output", Output, (thread,), {"thread": thread})

    def judgement(self, thread: int) -> Known[Judgement]:
        """All that the critic said last."""
        return self._want("judgement", Judgement, (thread,), {"thread": thread})

    def draft(self, thread: int) -> Known[Draft]:
        """Title and body of a pull request."""
        return self._want("draft", Draft, (thread,), {"thread": thread})

    def ways(self, thread: int) -> Known[Ways]:
        """What each way of landing will touch."""
        return self._want("landing", Ways, (thread,), {"thread": thread})

    # --- asking --------------------------------------------------

    def _want(
        self, name: str, shape: type[T], threads: tuple[int, ...], args: Mapping[str, Any]
    ) -> Known[T]:
        key: Key = (name, tuple(args.items()))
        screen, now = self._screen, self._screen.now()
        known = self._held.setdefault(key, Known())
        mark = tuple(self._mark(one) for one in threads)
        rest = MOVING_S if any(self._moves(one) for one in threads) else float("inf")
        rest = TRIED_S if known.value is None else rest
        old = known.at < 0 or known.mark != mark or now - known.at >= rest
        if old and known.asked < 0 and screen.up:
            known.asked, known.mark = now, mark
            screen.tasks.spawn(self._ask(key, shape, known), f"ask {name}")
            for gone in list(self._held)[:-KEPT]:
                del self._held[gone]
        return known  # type: ignore[return-value]  # a name is always asked in the same shape

    def _mark(self, thread: int) -> object:
        """What of a thread makes an answer old."""
        head = self._screen.world.threads.get(thread)
        if head is None:
            return None
        said = (head.verified, head.verifying, head.critique, head.judging, head.merging)
        counts = (len(head.checkpoints), head.results, head.diff_seen, head.put_back)
        return head.state, head.turn, head.landing, head.landed, head.workspace, said, counts

    def _moves(self, thread: int) -> bool:
        head: Head | None = self._screen.world.threads.get(thread)
        return head is not None and head.state not in _STANDS

    async def _ask(self, key: Key, shape: type[T], known: Known[Record]) -> None:
        name, args = key
        try:
            given = {one: list(v) if isinstance(v, tuple) else v for one, v in args}
            found = await self._screen.link.query(name, **given)
            if name == "diff" and isinstance(found, dict):
                found = {"text": found.get("diff", ""), "why": found.get("why", "")}
            known.value, known.why = read(found, shape), ""
        except (LinkLost, ValueError) as error:
            known.why = str(error)
        known.asked, known.at = -1.0, self._screen.now()
        self.on_answer()
        self._screen.changed()


def _with(thread: int, into: str) -> tuple[int, ...]:
    number = into.removeprefix("#")
    return (thread, int(number)) if number.isdecimal() else (thread,)
