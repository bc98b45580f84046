"""Worlds and answers of the scenes of results: compare, merge, land, comments (M4)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from scene_answers import _BUDGET, DIFF
from scene_shaping import plain as told
from scene_shaping import planned

from commandcenter.core.base import NS
from commandcenter.core.shaping import CheckpointMark, Critique, Landing, Merging, Verdict
from commandcenter.core.world import World
from commandcenter.hud import comments
from commandcenter.hud.comments import Comment
from commandcenter.hud.results import (
    ClashTexts,
    Compared,
    Draft,
    FileChange,
    FileDiff,
    Judgement,
    Output,
    Overlap,
    Preview,
    Side,
    Way,
    Ways,
)
from commandcenter.testing.worlds import NOW

PARENT, ONE, TWO, THREE, FOUR = 6, 7, 8, 10, 12
SIDES = (ONE, TWO, THREE, FOUR)
COMMAND = "pytest -q tests/test_budget.py"
GREEN = Verdict("pass", COMMAND, "c" * 40, 0, 6_200, 118, 0, 118, "118 passed in 6.2 s",
                at=NOW - 90 * NS, seq=41)  # fmt: skip
RED = Verdict("fail", COMMAND, "d" * 40, 1, 6_900, 116, 2, 118,
              "FAILED test_retry_overshoot 1204 > 1200", ("tests/test_budget.py",),
              at=NOW - 60 * NS, seq=42)  # fmt: skip
DOUBT = Critique("doubt", "the retry is not tested with two requests", "opus", "c" * 40,
                 NOW - 40 * NS, 43)  # fmt: skip
REJECT = Critique("reject", "it changes the public API", "opus", "d" * 40, NOW - 30 * NS, 44)
_B, _T = "src/engine/budget.py", "tests/test_budget.py"
FILES: Mapping[int, tuple[FileChange, ...]] = {
    ONE: (
        FileChange(_B, 5, 2),
        FileChange(_T, 4, 0, "added"),
        FileChange("src/engine/settle.py", 31, 12),
        FileChange("docs/budget.md", 9, 1),
    ),
    TWO: (
        FileChange(_B, 41, 18),
        FileChange("src/engine/ledger/reservations/open_holds.py", 88, 0, "added"),
        FileChange("assets/budget.png", 0, 0, "added", True),
    ),
    THREE: (FileChange(_B, 3, 3), FileChange("src/engine/old_budget.py", 0, 120, "removed")),
    FOUR: (FileChange("docs/budget.md", 22, 4),),
}
_COST = {
    ONE: (Decimal("0.42"), 41_000, 6),
    TWO: (Decimal("1.91"), 188_000, 14),
    THREE: (Decimal("0.03"), 9_800, 3),
    FOUR: (None, 22_000, 4),
}
CRITIC = """VERDICT: doubt
- src/engine/budget.py:88 the hold is settled in finally, so a cancelled request is released.
- tests/test_budget.py:3 only one sender asks; two that share a remainder are not tested.
- nothing outside src/engine and tests was touched."""
RAN = """............................................................ [ 50%]
.......................................................... [100%]
118 passed in 6.20s"""


def side(world: World, thread: int, **more: Any) -> Side:
    """One result as the engine tells of it."""
    head, found = world.threads[thread], FILES[thread]
    usd, tokens, turns = _COST[thread]
    return Side(
        thread, head.name, head.agent, head.model, head.state, "branch", PARENT, usd, Decimal(0),
        Decimal(0), tokens, turns, f"cc/{head.name}", "b" * 40, found, 0,
        sum(one.added for one in found), sum(one.removed for one in found),
        max(0, head.results - head.diff_seen), head.verified, False, bool(head.verifying),
        head.critique, False, bool(head.judging), head.merging, head.landed, "it is done", **more,
    )  # fmt: skip


def finished(clash: bool = False, small_map: bool = True) -> World:
    """Four children of one thread, each with a result."""
    world = planned(small_map)
    name = world.threads[PARENT].operation
    operation = world.operations[name]
    world.operations[name] = replace(operation, success=COMMAND)
    world.threads[PARENT] = replace(
        world.threads[PARENT], children=SIDES, state="paused", hold=(), repo="/repo", tool=""
    )
    looks: dict[int, dict[str, Any]] = {
        ONE: {"verified": GREEN, "critique": DOUBT},
        TWO: {"verified": RED, "critique": REJECT},
        THREE: {"verifying": "e3", "verifying_at": NOW - 12 * NS},
        FOUR: {},
    }
    for thread in SIDES:
        marks = (CheckpointMark(1, "c" * 40, "you", 9, NOW - 95 * NS),)
        world.threads[thread] = replace(
            world.threads[thread], parent=PARENT, kind="branch", state="idle", repo="/repo",
            asks=(), waits_for="", tool="", results=1, checkpoints=marks, line="it is done",
            **looks[thread],
        )  # fmt: skip
    if clash:
        merging = Merging(f"#{PARENT}", conflicts=(_B,), at=NOW - 5 * NS)
        world.threads[ONE] = replace(world.threads[ONE], merging=merging)
    return world


def compared(world: World, success: str = COMMAND) -> Any:
    """The answer of `compare`, of whom it asks for."""

    def answer(threads: list[int]) -> Any:
        sides = tuple(side(world, one) for one in threads if one in FILES)
        by: dict[str, list[int]] = {}
        for one in sides:
            for file in one.files:
                by.setdefault(file.path, []).append(one.thread)
        both = tuple(Overlap(p, tuple(t)) for p, t in sorted(by.items()) if len(t) > 1)
        return told(Compared(sides, both, (), success))

    return answer


def _preview(thread: int, into: str, files: list[str]) -> Any:
    count = len(files) or len(FILES[thread])
    line = f"changes {count} file{'s' * (count != 1)} of fix-a06 ({into}), after a checkpoint there"
    return told(Preview(into, "fix-a06", FILES[thread][:count], (), (), line,
                        "its diff was not looked at (1 result)"))  # fmt: skip


def _clashes(thread: int, into: str, files: list[str]) -> Any:
    line = "1 file changed on both sides: nothing is done"
    return told(Preview(into, "fix-a06", FILES[thread], (_B,), (), line))


_MARKED = """class Sender:
    async def send(self, req):
<<<<<<< fix-a06
        with self.lock:
            r = await self.http.post(req)
||||||| base
        r = await self.http.post(req)
=======
        hold = self.reserve(req.estimate)
        r = await self.http.post(req)
>>>>>>> eval-a07
        return r"""


def _filediff(thread: int, path: str) -> Any:
    text = _BUDGET if path == _B else f"diff --git a/{path} b/{path}\n@@ -1 +1 @@\n-old\n+new\n"
    return told(FileDiff(path, text))


def _ways(green: bool) -> Any:
    no = "" if green else "the success command was not green on what stands there now"

    def answer(thread: int) -> Any:
        ways = (
            Way("merge", "merges the files of eval-a07 into main", no),
            Way("pr", "pushes the files of eval-a07 as cc/eval-a07 to origin, asks for main",
                "it leaves this machine" + (f"; {no}" if no else "")),
            Way("back", "sends your comments to eval-a07 as its next words"),
            Way("discard", "puts 4 changed files of its worktree back; all is kept on a hidden ref",
                "its files go back to how they began"),
        )  # fmt: skip
        return told(Ways(thread, ways, GREEN if green else RED, not green, 1))

    return answer


_DRAFT = Draft(
    "Reserve before a request is sent",
    "The estimate is held before a request goes out, so that two requests never share a\n"
    "remainder.\n\nVerified: pytest -q tests/test_budget.py (118 passed).",
    "cc/eval-a07", "main", "origin",
)  # fmt: skip
SAID = (
    Comment(_B, 87, "reserve the upper bound, not the estimate",
            "hold = self.reserve(req.estimate)"),
    Comment(_T, 3, "and with two senders at once", "sender.send(retry=3)"),
)  # fmt: skip


def answers(world: World, green: bool = True, clash: bool = False) -> dict[str, Any]:
    """All that sheets of results ask."""
    return {
        "compare": compared(world),
        "preview": _clashes if clash else _preview,
        "clash": told(ClashTexts(_B, marked=_MARKED)),
        "filediff": _filediff,
        "output": told(Output(41, RAN, GREEN)),
        "judgement": told(Judgement(43, CRITIC, DOUBT)),
        "draft": told(_DRAFT),
        "landing": _ways(green),
        "diff": {"diff": DIFF, "why": ""},
    }


def commented(stage: Any) -> None:
    """The player has said something of two lines."""
    stage.screen.drafts[comments.key(ONE)] = comments.pack(SAID)


def landed(world: World) -> World:
    """Nothing is left to look at."""
    for thread in SIDES:
        gone = Landing("merge", "e" * 40, "main", at=NOW)
        world.threads[thread] = replace(
            world.threads[thread], results_seen=1, diff_seen=1, landed=gone
        )
    return world
