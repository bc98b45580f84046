"""What the battle's tests play: scripts of the practice models, and threads told through them."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import TypeVar

from field import ANSWER_S, Field

from commandcenter.core.codec import load_entry
from commandcenter.core.events import Event, ReassignFailed, TextAdded
from commandcenter.core.world import Head
from commandcenter.testing.scenarios import one, script, use

E = TypeVar("E", bound=Event)
SLOWLY = "knobs = { rate = 12.0 }"
LEAD = " ".join(f"w{n:02d}" for n in range(1, 25))
"""Two seconds of an answer at twelve words a second."""
PUSH = "git push origin main"
"""No rule allows it: an agent that plays it stands in the middle of a turn until it is answered."""
SCRIPTS = "\n".join(
    (
        "",
        *(
            script(
                f"part-{name}",
                one(use("I write.", "write", path=f"{name}.txt", content=rf"part {name}\n")),
                said=f"My part {name} is written.",
            )
            for name in ("one", "two", "three")
        ),
        script("lead", SLOWLY, one(use(LEAD, "read", path="readme.txt")), said="All is together."),
        script("slow", SLOWLY, one(use(LEAD, "shell", command=PUSH)), said="It ran."),
        script("heard", r"recall = 'My part (two) is written'", said="It was {recall}."),
        script("push", one(use("Now.", "shell", command=PUSH)), said="It ran."),
        "",
    )
)
"""Beside those of `scenario.toml`."""


def play(name: str) -> str:
    """The directive of a script."""
    return f"[[sparring script={name} seed=3]]"


def quoted(text: str) -> str:
    """A text as an order takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def begun(field: Field) -> None:
    """The field with the battle's scripts."""
    field.scenario += SCRIPTS
    await field.start()


async def ordered(field: Field, text: str) -> float:
    """Carried out; its seconds, the command's own start among them."""
    at = time.perf_counter()
    said = await field.home.run("order", text, "--wait", "60", "--yes")
    assert said.code == 0, f"{text}: {said.err or said.out}"
    return time.perf_counter() - at


async def born(field: Field, text: str) -> int:
    """The thread that an order makes."""
    known = set((await field.home.world()).threads)
    await ordered(field, text)
    world = await field.home.until(lambda w: set(w.threads) - known, ANSWER_S)
    return max(world.threads)


async def head(field: Field, thread: int) -> Head:
    """As World has it."""
    return (await field.home.world()).threads[thread]


def of(field: Field, thread: int, kind: type[E]) -> list[E]:
    """All facts of one kind of a thread."""
    return [event for event in field.events(thread) if isinstance(event, kind)]


def said(field: Field, thread: int, turn: int) -> str:
    """What the agent said in a turn."""
    rows = (row for row in field.home.rows() if row.thread == thread and row.kind == "TextAdded")
    entries = [load_entry(row) for row in rows]
    return "".join(
        entry.event.delta
        for entry in entries
        if entry.stamp.turn == turn and isinstance(entry.event, TextAdded)
    )


async def answered(field: Field, thread: int, text: str) -> str:
    """What the idle thread says to a text of the player's."""
    turn = (await head(field, thread)).turn
    await ordered(field, f"steer #{thread} {quoted(text)}")
    await field.until(thread, lambda one: one.turn > turn)
    await field.idle(thread)
    return said(field, thread, turn + 1).strip()


AGAIN = f"Go on. {play('push')}"
SLOW = play("slow")


async def waits(field: Field, thread: int, turn: int) -> Head:
    """It stands in the middle of that turn, or of a later one, and asks the player."""
    return await field.until(thread, lambda one: one.state == "waiting" and one.turn >= turn)


async def asked(field: Field, thread: int, text: str) -> str:
    """What the waiting thread says to a text, once it was denied what it waits for; it waits again
    afterwards."""
    one = await head(field, thread)
    await ordered(field, f"steer #{thread} {quoted(text)}")
    await ordered(field, f"steer #{thread} {quoted(AGAIN)}")
    await ordered(field, f"deny {one.asks[0]}")
    await waits(field, thread, one.turn + 2)
    return said(field, thread, one.turn + 1).strip()


async def known(field: Field, thread: int, turn: int, text: str) -> str:
    """What it says to a text after that turn: an agent that asks before it pushes waits, another
    one rests."""
    one = await field.until(thread, lambda o: o.turn >= turn and o.state in ("waiting", "idle"))
    return await (asked if one.state == "waiting" else answered)(field, thread, text)


async def in_turn(field: Field, thread: int) -> int:
    """The turn in the middle of which it stands: one that rests is given something long to say."""
    one = await head(field, thread)
    if one.state == "idle":
        await ordered(field, f"steer #{thread} {quoted(f'More. {SLOW}')}")
        one = await field.until(thread, lambda o: o.turn > one.turn and "w03" in o.line)
    assert one.in_turn, one
    return one.turn


async def handed(field: Field, thread: int, agent: str, account: str) -> float:
    """Seconds until another agent is at work in its own first turn."""
    turn, at = await in_turn(field, thread), time.perf_counter()
    await ordered(field, f"reassign #{thread} --agent {agent} --account {account} --now")
    one = await field.until(thread, lambda o: o.turn > turn)
    assert (one.agent, one.account) == (agent, account), of(field, thread, ReassignFailed)
    return time.perf_counter() - at


def killed(field: Field, thread: int, epoch: int) -> list[int]:
    """SIGKILL to every process of a thread's epoch; their numbers."""
    marks = field.home.marked().items()
    pids = [pid for pid, mark in marks if mark == f"CC_THREAD={thread}:{epoch}"]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return pids


async def git(folder: str | Path, *words: str) -> str:
    """What git says there."""
    argv = ("git", "-C", str(folder), *words)
    ran = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    told, _ = await ran.communicate()
    assert ran.returncode == 0, words
    return told.decode().strip()
