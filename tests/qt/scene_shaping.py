"""Worlds and answers of the scenes of M4: splits, hand-overs, verdicts, children, operations."""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace
from scene_worlds import few, small

from commandcenter.core.base import NS
from commandcenter.core.shaping import (
    Carved,
    CheckpointMark,
    Critique,
    Handing,
    Seat,
    SplitPlan,
    SubTask,
    Verdict,
)
from commandcenter.core.world import Limit, World
from commandcenter.hud.shaping import Handoff, Means, Offer, Proposal, Rung, Rungs, Seats
from commandcenter.rules.plans import write_plan
from commandcenter.testing.worlds import NOW

ONE = 6
"""The thread that is split, handed over, verified."""
ITEMS = (
    ("Reserve before the request is sent", "in_progress"),
    ("Release what was not used", "pending"),
    ("Say what is left in the alert", "pending"),
    ("Find where the budget is checked", "completed"),
)
_TASKS = (
    SubTask(
        "Reserve first",
        "Reserve the estimate before a request goes out, in one place, so that two requests never "
        "share a remainder. It is done when test_retry_overshoot is green.",
        ("src/engine/budget.py", "tests/test_budget.py"),
        2.0,
    ),
    SubTask(
        "Release the rest",
        "Settle what a request really took and give the rest back within 100 ms, oldest first.",
        ("src/engine/settle.py", "src/engine/budget.py"),
    ),
    SubTask(
        "Say what is left",
        "The alert at 80 % names what is left and when it will be used up at the burn of the last "
        "minute.",
        ("src/ui/alerts.py",),
        model="claude-haiku",
        agent="claude",
        account="claude",
    ),
)
_MORE = ("Docs", "Migration", "Bench", "Faults", "Changelog")
PLAN = SplitPlan("divide", _TASKS, "model", "the first two meet in budget.py")
EIGHT = replace(
    PLAN,
    tasks=(
        *_TASKS,
        *(SubTask(name, f"Bring the {name.lower()} up to date.", (f"docs/{name.lower()}.md",))
          for name in _MORE),
    ),
    note="",
)  # fmt: skip
MEANS = Means(Carved(Decimal("1.08")), Carved(Decimal("0.021")), 41_000, "digest", Decimal("0.04"))
SMALL = replace(MEANS, free=Carved(Decimal("0.31")))
OFFERS = (
    Offer("claude", "claude", "claude", "claude-haiku", "Claude Code", "native", 0.3, 200_000,
          Decimal("0.02"), lost=("cache",), plan=True),
    Offer("native", "native", "openai", "gpt-large", "native", "items", 2.4, 400_000,
          Decimal("0.31"), lost=("cache", "private memory")),
    Offer("codex", "codex", "codex", "gpt-codex", "Codex", "items", 1.0, 256_000, Decimal("0.12"),
          lost=("cache", "grants", "background processes")),
    Offer("native", "native", "ollama", "qwen-coder", "native", "digest", 0.0, 32_000, Decimal(0),
          lost=("cache", "conversation")),
    Offer("opencode", "acp", "opencode", "default", "opencode", why="it is not installed",
          mend="npm install -g opencode-ai"),
    Offer("native", "native", "tiny", "phi-mini", "native", "digest", 0.0, 4_000,
          why="the text does not fit its 4 k"),
)  # fmt: skip
TEXT = """GOAL
The retry policy respects the sector budget.

DONE
- the check runs after the send: src/engine/budget.py:88 (call t1)
- test_retry_overshoot shows it: 1204 > 1200 (call t4)

FILES
 src/engine/budget.py | 18 ++++++++++----
 tests/test_budget.py |  4 ++++

TRIED AND FAILED
- a lock around send: two requests then wait for each other

OPEN
- release what was not used

RULES
Keep the public API."""
RUNGS = Rungs(
    "anthropic", "claude-sonnet",
    Rung("claude-opus", "opus", "", 5.0, Decimal("0.21")),
    Rung("claude-haiku", "haiku", "", 0.3, Decimal("0.01")),
)  # fmt: skip


def waiting(plan: SplitPlan, seq: int = 1001) -> Proposal:
    """A plan that waits, as the engine tells of it."""
    return Proposal(seq, write_plan(plan), how=plan.how)


def plain(answer: object) -> Any:
    """As the link gives it."""
    return msgspec.to_builtins(answer, enc_hook=str)


ANSWERS: dict[str, Any] = {
    "shares": plain(MEANS),
    "proposal": plain(waiting(PLAN)),
    "seats": plain(Seats(OFFERS, 41_000)),
    "handoff": plain(Handoff(TEXT, "digest", "model", 214, until=NOW + 8 * NS, step="edit")),
    "rungs": plain(RUNGS),
}


def _some(small_map: bool = False, **fields: Any) -> World:
    world = few() if small_map else small()
    world.threads[ONE] = replace(world.threads[ONE], plan=ITEMS, kind="", **fields)
    return world


def planned(small_map: bool = False) -> World:
    """A thread with a plan of its own, limit and workspace."""
    return _some(
        small_map, limit=Limit(usd=Decimal("1.50")), workspace="/work/trees/6", handing=None
    )


def proposed() -> World:
    """A plan for it waits."""
    world = planned()
    world.threads[ONE] = replace(world.threads[ONE], proposed=1001)
    return world


def handed() -> World:
    """A thread that is being handed over: its text waits."""
    world = planned()
    head = world.threads[ONE]
    old = Seat(head.agent, head.driver, head.account, head.model)
    new = Seat("native", "native", "openai", "gpt-large")
    handing = Handing("edit", old, new, "digest", 1002, NOW + 8 * NS, 1, 3)
    world.threads[ONE] = replace(head, handing=handing, state="paused")
    return world


def _verdict(result: str, **more: Any) -> Verdict:
    base: dict[str, Any] = {"command": "pytest -q tests/test_budget.py", "commit": "c" * 40}
    base |= {"at": NOW - 90 * NS, "ms": 6_200}
    return Verdict(result, **(base | more))


def proven() -> World:
    """Verdicts of all kinds, one that runs, a critic's; an operation with its last one."""
    world = planned(small_map=True)
    marks = tuple(
        CheckpointMark(n, f"{n}" * 40, why, n + 1, NOW - (9 - n) * 240 * NS)
        for n, why in enumerate(("you", "approval", "merge", "reassign", "revert"), 1)
    )
    passed = _verdict("pass", passed=118, total=118, line="118 passed in 6.2 s")
    failed = _verdict("fail", exit=1, passed=116, failed=2, total=118,
                      line="FAILED test_retry_overshoot  1204 > 1200",
                      tampered=("tests/test_budget.py",))  # fmt: skip
    looks: dict[int, dict[str, Any]] = {
        1: {"verified": passed},
        2: {"verified": failed},
        3: {"verifying": "e3", "verifying_at": NOW - 12 * NS},
        4: {"verified": _verdict("error", line="pytest: command not found")},
        5: {"verified": passed, "critique": Critique("doubt", "the retry is untested", "opus")},
        ONE: {"verified": failed, "checkpoints": marks,
              "critique": Critique("reject", "it changes the public API", "opus", at=NOW)},
        7: {"verified": replace(passed, commit="d" * 40), "turn": 9,
            "checkpoints": (CheckpointMark(1, "d" * 40, "you", 4, NOW),)},
        8: {"verified": _verdict("pass", line="ok")},
    }  # fmt: skip
    for thread, fields in looks.items():
        world.threads[thread] = replace(world.threads[thread], **fields)
    name = world.threads[ONE].operation
    world.operations[name] = replace(
        world.operations[name], success="pytest -q tests/test_budget.py", verified=failed
    )
    return world


def parents() -> World:
    """A thread that waits for three children, of all kinds of birth."""
    world = planned(small_map=True)
    world.threads[ONE] = replace(
        world.threads[ONE], children=(7, 10, 11), state="paused", hold=(), tool=""
    )
    kinds = {7: "divide", 10: "divide", 11: "divide", 3: "branch", 8: "scout", 2: "fork"}
    for thread, kind in kinds.items():
        if thread in world.threads:
            world.threads[thread] = replace(world.threads[thread], kind=kind, parent=ONE)
    world.threads[7] = replace(world.threads[7], state="ended", outcome="done", line="merged")
    return world
