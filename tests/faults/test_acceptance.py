"""The acceptance line of the issue: 24 threads seen at work, paused, resumed, one killed twice."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import load_entry
from commandcenter.core.events import OrderGiven
from commandcenter.core.world import Head, World, live
from commandcenter.sparring.scenario import Scenario, load_scenario
from commandcenter.testing.playing import SLOW, STUCK, Home, script_of, to_their_end

THREADS = 24
SEEN_S = 20.0
LATE_S = 0.1
PAUSED_S = 1.0
SCENARIO = Path(__file__).parents[2] / "resources" / "scenarios" / "skirmish.toml"
Figure = Callable[[str], None]
Pairs = set[tuple[str, str]]


def working(scenario: Scenario) -> set[str]:
    """The scripts that mend something."""
    return {script.id for script in scenario.script if script.behaviour == "working"}


async def changed(workspace: str) -> bool:
    """Has a file of the worktree another content than in its base?"""
    argv = ("git", "-C", workspace, "status", "--porcelain")
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return bool(out.strip())


async def seen_at_work(home: Home, figure: Figure) -> None:
    """24 threads, four pairs of state and activity, and every working one has changed a file."""
    loop = asyncio.get_running_loop()
    begun, pairs, left = loop.time(), Pairs(), working(load_scenario(SCENARIO.read_bytes()))
    threads: list[dict[str, str]] = []
    while loop.time() - begun < SEEN_S and (left or len(pairs) < 4):
        threads = await home.json("threads")
        pairs |= {(one["state"], one["activity"]) for one in threads}
        for one in threads:
            if one["name"] in left and one["workspace"] and await changed(one["workspace"]):
                left.discard(one["name"])
    figure(f"{len(pairs)} pairs, all working ones changed a file in {loop.time() - begun:.1f} s")
    assert len(threads) == THREADS
    assert len(pairs) >= 4, pairs
    assert not left, f"no file changed within {SEEN_S} s"


async def paused_and_resumed(home: Home, figure: Figure) -> None:
    """No request begins later than 100 ms after the order's entry, until the resume."""
    order = (await home.order("pause @all", "--wait")).out.strip()
    world = await home.world()
    assert {head.state for head in live(world)} <= {"paused"}
    await asyncio.sleep(PAUSED_S)
    resumed = (await home.order("resume @all")).out.strip()
    given = {
        event.id: row.wall
        for row in home.rows()
        if row.kind == "OrderGiven" and isinstance(event := load_entry(row).event, OrderGiven)
    }
    since, until = given[order], given[resumed]
    begun = [one.begin.wall - since for one in home.sparring() if since < one.begin.wall < until]
    last = max(begun, default=0) / NS
    figure(f"last request {last * 1000:.0f} ms after the pause, then none for {PAUSED_S} s")
    assert last <= LATE_S


def whole(home: Home) -> dict[str, int]:
    """Requests that were answered whole, by script."""
    found: dict[str, int] = {}
    for one in home.sparring():
        if one.end is not None and one.end.whole:
            found[one.begin.script] = found.get(one.begin.script, 0) + 1
    return found


def victim(world: World) -> Head:
    """One that is live for long, in the middle of a tool call if there is one."""
    heads = [head for head in live(world) if script_of(head) in (*SLOW, *STUCK)]
    return max(heads, key=lambda head: (head.activity == "tool", head.id))


async def killed_twice(home: Home, fuse_s: float) -> None:
    """Kill, undo, kill: ended, killed; nothing of its tree lives; its workspace does."""
    world = await home.until(lambda w: victim(w).activity == "tool")
    head = victim(world)
    await home.order(f"kill #{head.id}", "--wait")
    assert (await home.world()).threads[head.id].state == "dying"
    await home.order("undo", "--wait")
    assert (await home.world()).threads[head.id].state not in ("dying", "ended")
    await home.order(f"kill #{head.id}", "--wait")
    await home.until(lambda w: w.threads[head.id].state == "ended", fuse_s + 2)
    [said] = [one for one in await home.json("threads") if one["id"] == head.id]
    assert (said["state"], said["outcome"]) == ("ended", "killed")
    trees = [mark for mark in home.marked().values() if mark.startswith(f"CC_THREAD={head.id}:")]
    assert trees == []
    assert Path(said["workspace"], ".git").exists()


async def accepted(home: Home, plain: Home, fuse_s: float, figure: Figure) -> None:
    """Both runs of the seed: this one with everything, the other without any pause."""
    await home.start()
    await seen_at_work(home, figure)
    await paused_and_resumed(home, figure)
    await killed_twice(home, fuse_s)
    slow = fuse_s > 5
    world = await to_their_end(home, slow=slow)
    await plain.start()
    await plain.until(lambda w: len(w.threads) == THREADS)
    await to_their_end(plain, slow=slow)
    ours, theirs = whole(home), whole(plain)
    alike = {script_of(head) for head in world.threads.values() if head.outcome == "done"}
    alike -= set(STUCK)
    assert len(alike) >= (20 if slow else 19), alike
    differ = {name: (ours[name], theirs[name]) for name in alike if ours[name] != theirs[name]}
    assert differ == {}
    figure(f"{len(alike)} threads made as many requests as without a pause: {sum(ours.values())}")
    assert "Traceback" not in home.complaints() + plain.complaints()


@pytest.mark.faults
async def test_acceptance_at_speed_8(home: Home, second: Home, figure: Figure) -> None:
    skirmish = ("--skirmish", "24", "--seed", "7")
    home.options = (*skirmish, "--speed", "8", "--set", "kill_fuse_s=4")
    second.options = (*skirmish, "--speed", "40")
    await accepted(home, second, 4.0, figure)


@pytest.mark.faults
async def test_acceptance_at_speed_1(home: Home, second: Home, figure: Figure) -> None:
    skirmish = ("--skirmish", "24", "--seed", "7")
    home.options = skirmish
    second.options = (*skirmish, "--speed", "4")
    await accepted(home, second, 10.0, figure)
