"""What must hold for each agent that a person already pays for; judged by sparring's log."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from field import AGENTS, ANSWER_S, Field

from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled, Forked, ToolEnded, TurnEnded
from commandcenter.core.world import Head
from commandcenter.testing.playing import KEY

pytestmark = pytest.mark.agents
FREEZE_S = 20.0
ENDS = "Four steps done."
LONG = " ".join(f"w{n:02d}" for n in range(1, 61)) + " end."
CALLS = 5
"""Of the script `steps`: four tools and the end."""


NAMES = (
    "step", "freeze", "interrupt", "interrupt_kills_tools", "steer", "fork", "resume", "set_model",
    "asks", "usage", "routed", "turns", "images", "commands", "subagents", "by_hand", "compact",
)  # fmt: skip
EXPECTED = {
    "claude": "hook tree yes yes queue any resume now some turn seen exact yes yes yes yes yes",
    "codex": "ask tree yes no inject any resume turn all turn seen exact yes no yes yes no",
    "opencode": "ask tree yes yes queue end resume now all turn yes exact yes yes no yes yes",
}
"""The table of agents.md 2; a session that declares less fails."""


@pytest.fixture(params=AGENTS)
def agent(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def cell(record_property: Callable[[str, object], None], agent: str) -> Callable[..., None]:
    """Names the row of the matrix, and what stands in it if not yes."""

    def put(row: str, said: str = "") -> None:
        record_property("row", row)
        record_property("agent", agent)
        record_property("cell", said)

    return put


def same_requests(field: Field, script: str, count: int) -> None:
    """As many as an unpaused run makes, none of them twice."""
    found = field.requests(script)
    assert len(found) == count, [
        (one.begin.position, one.begin.wall // 10**6, one.end and (one.end.whole, one.end.cut))
        for one in found
    ]
    assert len({one.begin.fingerprint for one in found}) == count


async def ended_well(field: Field, thread: int, text: str) -> Head:
    head = await field.idle(thread)
    assert text in field.text(thread), (head, field.text(thread))
    return head


async def test_spawn(field: Field, agent: str, cell: Any) -> None:
    cell("spawn")
    await field.start()
    thread = await field.spawn(agent, "work")
    async with field.yes():
        head = await ended_well(field, thread, "All done.")
    assert (head.routed, head.metered) == ("yes", True)
    assert head.agent_version
    assert head.agent_session
    assert head.caps == dict(zip(NAMES, EXPECTED[agent].split(), strict=True))
    assert (field.home.folders.data / "worktrees" / "1" / "n" / "a.txt").read_text() == (
        "alpha\nbeta\n"
    )
    tools = [e.status for e in field.events(thread) if isinstance(e, ToolEnded)]
    assert tools == ["ok", "ok", "ok"]
    no_key(field, thread)


def no_key(field: Field, thread: int) -> None:
    """The provider's key is in no process of the agent, no file of ours, no word of the engine."""
    pids = field.of_thread(thread)
    assert pids
    for pid in pids:
        seen = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert KEY.encode() not in seen
    assert not field.files_with(KEY.encode())
    assert KEY not in field.home.complaints()


async def test_stream(field: Field, agent: str, cell: Any) -> None:
    cell("stream")
    await field.start()
    thread = await field.spawn(agent, "words")
    await field.idle(thread)
    assert field.text(thread) == "Grüße: a tab\tend, Δ😀 and `code`."
    [ended] = [e for e in field.events(thread) if isinstance(e, TurnEnded)]
    assert ended.stop == "end"


async def test_approve(field: Field, agent: str, cell: Any) -> None:
    cell("approve")
    await field.start()
    thread = await field.spawn(agent, "ask")
    ask = await field.asked()
    made = field.home.folders.data / "worktrees" / "1" / "made.txt"
    await asyncio.sleep(1.0)
    assert not made.exists()
    await field.order(f"approve {ask} --danger")
    await ended_well(field, thread, "I am through.")
    assert made.exists()


async def test_deny(field: Field, agent: str, cell: Any) -> None:
    cell("deny")
    await field.start()
    thread = await field.spawn(agent, "ask")
    ask = await field.asked()
    await field.order(f'deny {ask} "not here"')
    await field.idle(thread)
    assert not (field.home.folders.data / "worktrees" / "1" / "made.txt").exists()
    statuses = [e.status for e in field.events(thread) if isinstance(e, ToolEnded)]
    assert "ok" not in statuses


async def test_pause_110_s(field: Field, agent: str, cell: Any) -> None:
    cell("pause 110 s", await paused_for(field, agent, 110.0))


async def test_pause_10_min(field: Field, agent: str, cell: Any) -> None:
    cell("pause 10 min", await paused_for(field, agent, float(os.environ.get("LONG_S", "600"))))


async def paused_for(field: Field, agent: str, seconds: float) -> str:
    """Paused behind its second call, then resumed; the rung it rested on."""
    await field.start()
    thread = await field.spawn(agent, "steps")
    async with field.yes():
        await field.asked_models("steps", 2)
        await field.home.order(f"pause #{thread}")
        head = await field.until(thread, lambda head: head.state == "paused")
        at_rest = len(field.requests("steps"))
        await asyncio.sleep(seconds)
        assert len(field.requests("steps")) == at_rest
        rung = (await field.home.world()).threads[thread].rung
        await field.order(f"resume #{thread}")
        await ended_well(field, thread, ENDS)
    same_requests(field, "steps", CALLS)
    return f"yes, rung {head.rung}" if head.rung == rung else f"yes, rung {head.rung} then {rung}"


async def test_resume(field: Field, agent: str, cell: Any) -> None:
    cell("resume")
    await field.start()
    thread = await field.spawn(agent, "steps")
    async with field.yes():
        for calls in (1, 3):
            await field.asked_models("steps", calls)
            await field.home.order(f"pause #{thread}")
            await field.until(thread, lambda head: head.state in ("paused", "idle"))
            if (await field.home.world()).threads[thread].state == "paused":
                await field.order(f"resume #{thread}")
        await ended_well(field, thread, ENDS)
    same_requests(field, "steps", CALLS)


async def test_freeze_20_s(field: Field, agent: str, cell: Any) -> None:
    cell("freeze 20 s")
    await field.start()
    thread = await field.spawn(agent, "long")
    await field.until(thread, lambda head: "w05" in head.line)
    await field.order(f"freeze #{thread}")
    await asyncio.sleep(0.5)
    said = len(field.text(thread))
    await asyncio.sleep(FREEZE_S)
    assert len(field.text(thread)) == said
    await field.order(f"resume #{thread}")
    await field.idle(thread)
    assert field.text(thread) == LONG
    same_requests(field, "long", 1)


async def test_steer(field: Field, agent: str, cell: Any) -> None:
    cell("steer", "yes, after the turn")
    await field.start()
    thread = await field.spawn(agent, "long")
    await field.until(thread, lambda head: "w03" in head.line)
    await field.order(f'steer #{thread} "And now: [[sparring script=words seed=3]]"')
    await field.until(thread, lambda head: head.turn == 2)
    await ended_well(field, thread, "Grüße")
    assert LONG in field.text(thread)


async def test_interrupt(field: Field, agent: str, cell: Any) -> None:
    cell("interrupt")
    await field.start()
    thread = await field.spawn(agent, "long")
    await field.until(thread, lambda head: "w05" in head.line)
    await field.order(f"interrupt #{thread}")
    await field.until(thread, lambda head: head.state == "idle", 6.0)
    [ended] = [e for e in field.events(thread) if isinstance(e, TurnEnded)]
    assert (ended.stop, ended.cause) == ("cancelled", "player")
    [request] = field.requests("long")
    assert request.end is not None
    assert not request.end.whole, "the provider's answer was ended too"
    await field.order(f'steer #{thread} "Again: [[sparring script=words seed=3]]"')
    await ended_well(field, thread, "Grüße")


async def test_kill_tree(field: Field, agent: str, cell: Any) -> None:
    cell("kill tree")
    await field.start()
    thread = await field.spawn(agent, "escape")
    async with field.yes():
        here = field.home.folders.data / "worktrees" / "1" / "here.txt"
        async with asyncio.timeout(ANSWER_S):
            while not here.exists():
                await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    assert len(field.of_thread(thread)) >= 3
    await field.order(f"kill #{thread} --now")
    assert field.of_thread(thread) == []


async def test_model_change_live(field: Field, agent: str, cell: Any) -> None:
    cell("model change live")
    await field.start()
    thread = await field.spawn(agent, "steps")
    await field.asked_models("steps", 1)
    await field.order(f"model #{thread} --to sparring-large")
    async with field.yes():
        await ended_well(field, thread, ENDS)
    models = [one.begin.model for one in field.requests("steps")]
    assert models == ["sparring-medium"] + ["sparring-large"] * (CALLS - 1)


async def test_budget_stop(field: Field, agent: str, cell: Any) -> None:
    cell("budget stop")
    await field.start()
    thread = await field.spawn(agent, "steps", "--profile clean --tokens 16000")
    async with field.yes():
        head = await field.until(thread, lambda head: "budget" in head.hold)
        held = len(field.requests())
        await asyncio.sleep(3.0)
        assert len(field.requests()) == held
        limit = 16_000
        assert head.tokens.total <= limit, "nothing was sent beyond it"
        await field.order(f"budget #{thread} --tokens 900000")
        await ended_well(field, thread, ENDS)
    same_requests(field, "steps", CALLS)


async def test_exact_metering(field: Field, agent: str, cell: Any) -> None:
    """Side requests and a cancelled turn included."""
    await field.start()
    thread = await field.spawn(agent, "work")
    async with field.yes():
        await field.idle(thread)
    await field.order(f'steer #{thread} "Now [[sparring script=long seed=3]]"')
    await field.until(thread, lambda head: "w05" in head.line)
    await field.order(f"interrupt #{thread}")
    await field.until(thread, lambda head: head.state == "idle" and not head.calls_open)
    rows = [e for e in field.events(thread) if isinstance(e, CallSettled)]
    wire = [one.end.usage for one in field.all() if one.end and one.end.usage]
    exact = [e.usage for e in rows if e.usage.counts == "exact"]
    assert len(rows) == len(wire)
    assert all(usage in wire for usage in exact)
    assert len(exact) >= len(rows) - 1, "only the cut answer is estimated"
    head = (await field.home.world()).threads[thread]
    assert head.tokens.calls == len(rows)
    sides = sum(e.side for e in rows)
    cell("exact metering", f"yes, {sides} side" if sides else "yes")
    _near(sum(e.usage.output for e in rows), wire)


def _near(output: int, wire: list[Usage]) -> None:
    """The cut answer is an estimate, the sum near."""
    truly = sum(usage.output for usage in wire)
    assert abs(output - truly) <= max(30, 0.2 * truly)


async def test_hibernate_and_wake(field: Field, agent: str, cell: Any) -> None:
    await field.start()
    thread = await field.spawn(agent, "work")
    async with field.yes():
        head = await ended_well(field, thread, "All done.")
    head = await field.until(thread, lambda head: head.rss, 15.0)
    cell("hibernate and wake", f"yes; {head.rss / 1e6:.0f} MB before")
    await field.order(f"hibernate #{thread}")
    assert field.of_thread(thread) == []
    before = len(field.text(thread))
    await field.order(f'steer #{thread} "Then [[sparring script=words seed=3]]"')
    await field.until(thread, lambda head: head.turn == 2)
    await field.idle(thread)
    assert field.text(thread)[before:].startswith("Grüße"), "nothing is replayed"
    assert head.agent_session == (await field.home.world()).threads[thread].agent_session


async def test_fork(field: Field, agent: str, cell: Any) -> None:
    """At the end and, from there, at a turn: the child goes on in a worktree of its own."""
    await field.start()
    parent = await field.spawn(agent, "words")
    await field.idle(parent)
    for turn, told in ((2, "codeword=plum"), (3, "colour=red")):
        await field.order(f'steer #{parent} "{told} [[sparring script=words seed=3]]"')
        await field.until(parent, lambda head, turn=turn: head.turn == turn)
        await field.idle(parent)
    kinds = []
    for at, colour in ((3, "red"), (2, "nothing")):
        known = set((await field.home.world()).threads)
        await field.order(f"fork #{parent} --at {at}")
        world = await field.home.until(lambda w, known=known: set(w.threads) - known, ANSWER_S)
        child = max(world.threads)
        await field.idle(child)
        await knows(field, child, "plum", "plum")
        await knows(field, child, "red", colour)
        [forked] = [e for e in field.events(child) if isinstance(e, Forked)]
        assert (forked.parent, forked.at) == (parent, at)
        assert (await field.home.world()).threads[child].workspace.endswith(f"/{child}")
        kinds.append(forked.kind)
    await knows(field, parent, "red", "red")
    assert kinds[0] == "native"
    cell("fork", "yes" if kinds[1] == "native" else f"yes, before the end by {kinds[1]}")


async def knows(field: Field, thread: int, script: str, word: str) -> None:
    """Asked for it, the model finds this in its conversation."""
    turn = (await field.home.world()).threads[thread].turn
    before = len(field.text(thread))
    await field.order(f'steer #{thread} "Which? [[sparring script={script} seed=3]]"')
    await field.until(thread, lambda head: head.turn > turn)
    await field.idle(thread)
    assert f"It was {word}." in field.text(thread)[before:]


async def test_after_kill_of_the_agent(field: Field, agent: str, cell: Any) -> None:
    cell("after kill -9 of the agent")
    await field.start()
    thread = await field.spawn(agent, "steps")
    async with field.yes():
        await field.asked_models("steps", 2)
        pids = field.of_thread(thread)
        os.kill(min(pids), signal.SIGKILL)
        head = await field.until(thread, lambda head: head.epoch == 2)
        head = await field.until(thread, lambda head: head.state == "idle")
        head = await ended_well(field, thread, "done")
    assert head.epoch == 2
    ends = [e.stop for e in field.events(thread) if isinstance(e, TurnEnded)]
    assert ends == ["crashed", "end"]


async def test_after_kill_of_the_engine(field: Field, agent: str, cell: Any) -> None:
    cell("after kill -9 of the engine")
    await field.start()
    thread = await field.spawn(agent, "steps")
    async with field.yes():
        await field.asked_models("steps", 2)
        await field.home.kill()
        await field.home.start()
        head = await field.until(thread, lambda head: head.epoch == 2)
        if "unknown" in {e.status for e in field.events(thread) if isinstance(e, ToolEnded)}:
            await field.until(thread, lambda head: head.state == "paused")
            await field.order(f"resume #{thread}")
        head = await field.until(thread, lambda head: head.state == "idle")
        await ended_well(field, thread, "done")
    assert re.search("crashed", str(field.events(thread)))
    assert field.home.orphans() == {}
    assert head.epoch == 2
