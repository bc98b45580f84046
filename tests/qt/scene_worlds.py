"""The worlds and the talk of the golden scenes: everything in them is fixed."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from stage import Stage

from commandcenter.core import events as ev
from commandcenter.core.base import NS
from commandcenter.core.standing import Grant, Looping, MapFlag, QueuedOrder
from commandcenter.core.world import Alert, Ask, Limit, Spent, World
from commandcenter.testing.agents_world import plan_world
from commandcenter.testing.worlds import NOW, demo_world, plain_world

ME = 11
"""The thread the inspector shows in the mock."""
GROUP = (6, 7, 10, 11, 14, 15, 18, 19)
_BUSY: dict[str, Any] = {"state": "running", "in_turn": True, "why": ""}
_STATES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("generating", _BUSY | {"activity": "generating", "line": "writing retry loop"}),
    ("thinking", _BUSY | {"activity": "thinking", "line": "weighs two fixes"}),
    ("tool-call", _BUSY | {"activity": "tool", "tool": "pytest -q", "tool_since": NOW - 6 * NS}),
    ("question", {"state": "waiting", "in_turn": True}),
    ("parked", {"state": "idle", "parked": True, "why": "same call 6 times"}),
    ("at-limit", _BUSY | {"hold": ("budget",)}),
    ("supply-full", _BUSY | {"waits_for": "supply 14 of 14"}),
    ("starting", {"state": "starting"}),
    ("idle", {"state": "idle", "line": "ready for the next"}),
    ("put-away", {"state": "hibernated"}),
    ("by-hand", {"state": "hibernated", "by_hand": "claude --resume s-1"}),
    ("pausing", {"state": "pausing", "hold": ("player",)}),
    ("paused", {"state": "paused", "hold": ("player",)}),
    ("held", {"state": "paused", "hold": ("guard",)}),
    ("frozen", {"state": "frozen"}),
    ("fuse-burns", {"state": "dying", "fuse_ends": NOW + 7 * NS}),
    ("done", {"state": "ended", "outcome": "done", "line": "118 of 118 green"}),
    ("merged", {"state": "ended", "outcome": "merged", "line": "merged #412"}),
    ("killed", {"state": "ended", "outcome": "killed"}),
    ("failed", {"state": "ended", "outcome": "failed", "why": "tests red, 3 times"}),
    ("crashed", {"state": "crashed", "why": "exit 137"}),
    ("eighty-four", _BUSY | {"activity": "generating", "line": "spent 84 %"}),
    ("over-budget", _BUSY | {"activity": "tool", "tool": "spent 97 %", "tool_since": NOW}),
    ("unmetered", _BUSY | {"activity": "generating", "line": "calls elsewhere"}),
)
_SHARES = {"eighty-four": "1.26", "over-budget": "1.46"}
COMMANDS = {
    "R0": "rg --files src",
    "R1": "git commit -am 'retry respects the budget'",
    "R2": "python -m alembic upgrade head",
    "R3": "git push https://example.org/billing.git main > out/push.log",
    "R4": "rm -rf /srv/billing/backups && git push --force origin main",
}


_WORKING = (
    "state",
    "activity",
    "in_turn",
    "tool",
    "tool_since",
    "line",
    "asks",
    "waits_for",
    "hold",
)
_UNMARKED: dict[str, Any] = {
    "subagents": (), "sub_tokens": 0, "metered": True, "routed": "yes", "reported": (0, 0),
    "by_hand": "",
}  # fmt: skip


def small() -> World:
    """Four operations of twelve threads; nothing is said of a thread that is not there."""
    return _without_strangers(plan_world(4, 12))


def _without_strangers(world: World) -> World:
    for key, alert in list(world.alerts.items()):
        head = world.threads.get(alert.thread)
        if head is None or not alert.line.startswith((head.name, head.operation)):
            del world.alerts[key]
    return world


def mock(operations: int = 5, threads: int = 24) -> World:
    """The scene of the two mocks: agents on plans, each as the demo world has it."""
    world = _without_strangers(plan_world(operations, threads))
    plain = demo_world(operations, threads)
    for thread, head in list(world.threads.items()):
        as_it_was = {name: getattr(plain.threads[thread], name) for name in _WORKING}
        world.threads[thread] = replace(head, **_UNMARKED, **as_it_was)
    return world


def states() -> World:
    """One operation, one thread for each state and activity there is."""
    world = demo_world(1, 24)
    names = zip(list(world.threads.values()), _STATES, strict=True)
    world.asks.clear()
    for head, (name, look) in names:
        plain = replace(head, state="running", activity="", in_turn=False, outcome="", asks=())
        plain = replace(plain, name=name, line="", tool="", why="", moved=NOW - 95 * NS)
        spent = Spent(usd=Decimal(_SHARES.get(name, "0.42")))
        live = look.get("activity")
        bins = plain.bins if live else (*plain.bins[:40], *([0] * 24))
        plain = replace(plain, spent=spent, fuse_ends=0, bins=bins)
        world.threads[head.id] = replace(plain, **look)
    _asked(world, 4, "R2")
    world.threads[24] = replace(world.threads[24], metered=False, routed="no")
    world.threads[2] = replace(world.threads[2], subagents=("a", "b", "c"), sub_tokens=41_000)
    return world


def _asked(world: World, thread: int, level: str, number: int = 41) -> None:
    request = {"tool": "run", "cwd": f"/work/trees/{thread}", "command": COMMANDS[level]}
    line = COMMANDS[level].partition(" &&")[0]
    since, digest = NOW - 130 * NS, f"{number:064x}"
    world.asks[number] = Ask(
        number, thread, "tool", level, line, request, digest, "ask run *", "c", (), since, 0
    )
    head = world.threads[thread]
    world.threads[thread] = replace(
        head, state="waiting", in_turn=True, asks=(*head.asks, number), outcome=""
    )


def asking(level: str) -> Callable[[], World]:
    """A world in which one thread asks, at this level."""

    def build() -> World:
        world = small()
        quiet(world)
        _asked(world, 6, level)
        return world

    return build


def quiet(world: World) -> World:
    """Nobody asks any more."""
    for ask in list(world.asks.values()):
        head = world.threads[ask.thread]
        world.threads[ask.thread] = replace(head, state="running", asks=(), activity="thinking")
    world.asks.clear()
    return world


def nobody_asks() -> World:
    """Nothing waits for the player."""
    return quiet(small())


def questions() -> World:
    """Identical cases, a question with answers, and a dangerous one."""
    world = asking("R4")()
    for number, thread in enumerate((1, 3, 7, 13), 50):
        _asked(world, thread, "R1", number)
    for number, thread in enumerate((1, 3, 7, 13), 50):
        same = replace(world.asks[number], digest="e" * 64, since=NOW - number * NS)
        world.asks[number] = same
        assert world.threads[thread].asks
    return world


def foggy() -> World:
    """Results nobody looked at, threads not heard of."""
    return _fogged(small())


def few() -> World:
    """One operation."""
    return _without_strangers(plan_world(1, 12))


def foggy_few() -> World:
    """The same of one operation."""
    return _fogged(few())


def _fogged(world: World) -> World:
    for thread, results in ((9, 3), (1, 1), (14, 2), (27, 7)):
        if thread in world.threads:
            world.threads[thread] = replace(world.threads[thread], results=results)
    for thread in {2, 5, 8, 34, 45} & set(world.threads):
        head = world.threads[thread]
        silent = {"seen_at": NOW - (40 + thread) * NS, "activity": "generating", "tool": ""}
        world.threads[thread] = replace(head, waits_for="", asks=(), **silent)
    return world


def chained() -> World:
    """Lineage, queued orders, a loop, a goal, a rally point, tags and flags."""
    world = small()
    head = world.threads[6]
    queue = (
        QueuedOrder("a", 'steer @self --text "Then update the changelog"'),
        QueuedOrder("b", "interrupt @self"),
        QueuedOrder("c", "kill @self"),
    )
    world.threads[6] = replace(
        head,
        orders=queue,
        goal="The retry policy respects the sector budget",
        loop=Looping("8 $2 stale 2", count=8, usd=Decimal(2), stale=2, rounds=3),
        rally="@group:2",
        weight=2.0,
        tags=("budget", "retry"),
        children=(10, 11),
    )
    world.flags[1] = MapFlag(1, 620, 240, "release on Friday", NOW - 60 * NS)
    world.flags[2] = MapFlag(2, 180, 830, "ask Ana before merging", NOW - 900 * NS)
    return world


def reviewed() -> World:
    """Thread 11 has a plan, a goal, a loop, a grant and results nobody looked at."""
    world = mock(4, 12)
    steps = (
        ("Find where the budget is checked", "completed"),
        ("Reserve before the request is sent", "in_progress"),
        ("Release what was not used", "pending"),
        ("Run the budget tests", "pending"),
    )
    head = world.threads[ME]
    world.threads[ME] = replace(
        head,
        plan=steps,
        goal="The retry policy respects the sector budget",
        loop=Looping("5", count=5, rounds=2),
        results=2,
    )
    world.grants["g1"] = Grant("g1", "thread", ME, 1, "", "R2", "run", "k", "pytest -q", NOW, 4)
    operation = world.operations["auth-refactor"]
    world.operations["auth-refactor"] = replace(operation, success="pytest -q tests/test_budget.py")
    return world


def shut() -> World:
    """The five-hour window is used up; what lives on it waits."""
    return plan_world(5, 24, True)


def alarmed() -> World:
    """Alerts of all classes, in all severities."""
    world = demo_world(4, 12)
    rows = (
        ("danger", "policy", "fix-a01 tried git push --force", "denied by the floor", 1, 20),
        ("danger", "limit", "billing-api reached its budget", "Z raises it", 13, 50),
        ("warn", "stuck", "eval-a03 repeats one call", "6 times in 2 min", 3, 75),
        ("warn", "rate", "CLAUDE answers 429", "opens in 0:42", 8, 80),
        ("info", "done", "fix-a09 is done", "118 of 118 green", 9, 200),
        ("info", "born", "plan-a11 was born", "child of fix-a06", 11, 260),
    )
    for severity, category, line, mend, thread, ago in rows:
        then = NOW - ago * NS
        world.alerts[category] = Alert(
            category, severity, category, line, mend, "auth-refactor", thread, then, then, ago // 20
        )
    return world


def many(threads: int, operations: int) -> Callable[[], World]:
    """So many threads, evenly over the operations."""
    return lambda: plain_world(threads, operations)


def loose() -> World:
    """Threads without an operation stand last."""
    world = demo_world(2, 12)
    for thread in (3, 7, 12):
        world.threads[thread] = replace(world.threads[thread], operation="")
    held = world.operations["auth-refactor"]
    rest = tuple(t for t in held.threads if t not in (3, 7, 12))
    world.operations["auth-refactor"] = replace(held, threads=rest, limit=Limit())
    return world


def empty() -> World:
    """Nothing was ever started."""
    return World(wall=NOW)


# --- what is said ------------------------------------------------------------------------------

SAID = """The budget check runs **after** the request is sent, so a retry can *overshoot*.

## What I change

1. `reserve` tokens first
2. then send
   - release what was not used

| file | lines | why |
|:---|---:|---|
| src/engine/budget.py | 18 | reserve first |
| tests/test_budget.py | 4 | retry overshoots |

```python
async def send(self, req):
    hold = self.reserve(req.estimate)  # before it goes
    return await self.http.post(req, timeout=30)
```

> Keep the public API, see [the notes](https://example.org/notes).
"""
OLD = "    r = await self.http.post(req)\n    self.spent += r.usage\n"
NEW = (
    "    hold = self.reserve(req.estimate)\n    try:\n        r = await self.http.post(req)\n"
    "    finally:\n        hold.settle(used=r.usage)\n"
)


def mock_talk(stage: Stage) -> None:
    """What the inspector of the mock shows of thread 11."""
    clock, emit = stage.clock, stage.link.emit
    clock.step(-183)
    emit(ev.TurnStarted("Make the retry policy respect the sector budget.", "player"), thread=ME)
    clock.step(98)
    text = "The budget check runs after the request is sent, so a retry can overshoot. "
    text += "I will reserve tokens first, then release what was not used."
    emit(ev.TextAdded(1, text), thread=ME)
    clock.step(70)
    _edit(stage)
    clock.step(8.8)
    run = json.dumps({"command": "pytest -q tests/test_budget.py"})
    line = "pytest -q tests/test_budget.py"
    emit(ev.ToolStarted("t", "run", "run", line, run, "f"), thread=ME)
    clock.step(6.2)


def _edit(stage: Stage) -> None:
    words = json.dumps({"path": "src/engine/budget.py", "old": OLD, "new": NEW})
    start = ev.ToolStarted("c", "edit_file", "edit", "src/engine/budget.py", words, "e")
    stage.link.emit(start, thread=ME)
    stage.link.emit(ev.ToolEnded("c", "e", "ok", 400, "h", result="written"), thread=ME)


def talk(stage: Stage) -> None:
    """Markdown, code, a table, a diff card, and a call that failed."""
    emit = stage.link.emit
    stage.clock.step(-120)
    emit(ev.TurnStarted("Make the retry policy respect the sector budget.", "player"), thread=ME)
    stage.clock.step(60)
    emit(ev.TextAdded(1, SAID), thread=ME)
    stage.clock.step(50)
    _edit(stage)
    run = json.dumps({"command": "pytest -q"})
    emit(ev.ToolStarted("t", "run", "run", "pytest -q", run, "f"), thread=ME)
    result = "tests/test_budget.py ........F...\nFAILED test_retry_overshoot  1204 > 1200\n"
    emit(ev.ToolEnded("t", "f", "failed", 6_200, "h", result=result), thread=ME)
    stage.clock.step(10)


def tails(stage: Stage) -> None:
    """Every thread says a little, for the panes."""
    stage.clock.step(-30)
    for thread, head in list(stage.link.world.threads.items()):
        if head.state != "running":
            continue
        words = f"{head.name} reads the budget module and writes the test first.\n"
        words += "The totals differ by one cent;\nI compare both sums and round once, at the end."
        stage.link.emit(ev.TextAdded(1, words), thread=thread)
    stage.clock.step(30)
