"""A thread with all that the inspector can say of it, for its tests."""

from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import Qt
from stage import Scene, Stage

from commandcenter.core import events as ev
from commandcenter.core.standing import Grant, Looping
from commandcenter.testing.worlds import NOW, demo_world

T = 11
LEFT = Qt.MouseButton.LeftButton
DIFF = "".join(
    f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n"
    f" import os\n-old = {number}\n+new = {number}\n"
    for number, name in enumerate(("a.py", "b.py"))
)
REQUEST = {
    "wall": NOW,
    "model": "claude-sonnet",
    "input": 12_000,
    "cached": 11_000,
    "output": 300,
    "usd": "0.0123",
    "list": None,
    "wait_ms": 90,
    "end": "complete",
}
ANSWERS: dict[str, Any] = {
    "diff": {"diff": DIFF, "why": ""},
    "cost": {
        "requests": [REQUEST],
        "sums": {"claude-sonnet": {"calls": 1, "input": 12_000, "usd": "0.0123"}},
        "calls": 1,
    },
    "policy": {
        "rules": [
            {
                "layer": "floor",
                "subject": "command",
                "rule": "git push --force",
                "verdict": "deny",
                "level": "R4",
                "what": "history is overwritten",
                "binding": "advisory",
            }
        ],
        "agent": {"driver": "claude", "asks": "some"},
    },
    "audit": {
        "rows": [
            {
                "wall": NOW,
                "kind": "refusal",
                "by": "player",
                "line": "fork #11",
                "outcome": "refused",
                "why": "not built yet\x1b[31m",
                "latency_ms": 3,
            }
        ],
        "more": False,
    },
}


def busy_scene() -> Scene:
    """Thread 11 has a plan, a goal, a loop, a grant and two results that nobody looked at."""
    world = demo_world(2, 24)
    head = world.threads[T]
    world.threads[T] = replace(
        head,
        plan=(("Find it", "completed"), ("Mend it", "in_progress"), ("Test it", "pending")),
        goal="Respect the budget",
        loop=Looping("5", count=5, rounds=2),
        results=2,
    )
    world.grants["g1"] = Grant("g1", "thread", T, 1, "", "R2", "run", "k", "pytest -q", NOW, 4)
    return Scene(world, NOW, queries=dict(ANSWERS))


def words(stage: Stage) -> str:
    return "\n".join(one.text for one in stage.texts())


async def shown(stage: Stage, tab: str) -> str:
    stage.screen.select((T,))
    stage.screen.tab = tab
    stage.screen.changed()
    for _ in range(2):  # it is asked, then answered
        await stage.settle()
    return words(stage)


def say(stage: Stage, number: int, text: str) -> None:
    stage.link.emit(ev.TextAdded(number, text), thread=T)
