"""The shape of the battle with real Claude Code and Codex: split, reassign, verify, merge, land."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from battle import (
    answered,
    asked,
    begun,
    born,
    git,
    handed,
    head,
    killed,
    known,
    of,
    ordered,
    play,
    quoted,
    waits,
)
from field import AGENTS, Field

from commandcenter.core.events import (
    Landed,
    Merged,
    Reassigned,
    ReassignFailed,
    ReassignSettled,
    SplitMade,
    Verified,
)

pytestmark = pytest.mark.agents
SUCCESS = "grep -q '^part' *.txt"
"""Red before anyone has done a part; it names no file, see proving.py."""
PARTS = ("one", "two", "three")
PLAN = "".join(
    f"[[task]]\ntitle = 'Part {name}'\nbrief = 'Write it. {play(f'part-{name}')}'\n"
    f"files = ['{name}.txt']\nagent = '{agent}'\n"
    for name, agent in zip(PARTS, ("codex", "codex", "native"), strict=True)
)
WHICH = f"Which? {play('plum')}"
LATER = f"Which colour? {play('red')}"
HEARD = f"Who is through? {play('heard')}"


async def lead(field: Field) -> int:
    """A Claude thread of operation o in the middle of its turn."""
    await ordered(field, f"operation o --repo {field.repo} --success {quoted(SUCCESS)}")
    brief = quoted(f"Lead it: codeword=plum. {play('lead')}")
    options = "--op o --agent claude --account anthropic --profile clean"
    parent = await born(field, f"spawn {options} {brief}")
    await field.until(parent, lambda one: "w05" in one.line)
    return parent


async def test_a_claude_thread_is_split_over_codex_and_native_and_landed(
    field: Field, figure: Callable[[str], None]
) -> None:
    await begun(field)
    async with field.yes():
        parent = await lead(field)
        took = await ordered(field, f"split #{parent} --plan {quoted(PLAN)}")
        children = (await head(field, parent)).children
        await parts(field, parent, children)
        figure(f"split in three: {took:.2f} s")
        for child in children:
            await brought(field, child)
        figure(await landed(field, parent))
    await facts(field, parent, children)


async def parts(field: Field, parent: int, children: tuple[int, ...]) -> None:
    """Each does its part in its own worktree, while the parent waits."""
    assert len(children) == 3
    for child, name in zip(children, PARTS, strict=True):
        one = await field.idle(child)
        assert f"My part {name} is written." in field.text(child), one
    heads = (await field.home.world()).threads
    assert [heads[child].agent for child in children] == ["codex", "codex", "native"]
    assert len({heads[one].workspace for one in (parent, *children)}) == 4
    assert heads[parent].why == "waits for its children"
    assert await git(field.repo, "status", "--porcelain") == ""


async def brought(field: Field, child: int) -> None:
    """Looked at, green, and merged into its parent."""
    await ordered(field, f"verify #{child}")
    verdict = (await head(field, child)).verified
    assert verdict is not None
    assert verdict.green, verdict
    await ordered(field, f"seen #{child} --diff")
    await ordered(field, f"merge #{child}")
    one = await head(field, child)
    assert one.merging is not None
    assert one.merging.commit
    assert one.state == "ended", "it rests for good: nothing of it is left to do"


async def landed(field: Field, parent: int) -> str:
    """The parent goes on with the results, goes green into the operation, and that lands."""
    await ordered(field, f"resume #{parent}")
    await field.until(parent, lambda one: one.state == "idle" and not one.queue)
    assert "All is together." in field.text(parent)
    assert await answered(field, parent, WHICH) == "It was plum."
    assert await answered(field, parent, HEARD) == "It was two.", "what its children said"
    await ordered(field, f"verify #{parent}")
    await ordered(field, f"seen #{parent} --diff")
    merging = await ordered(field, f"merge #{parent}")
    landing = await ordered(field, f"land #{parent} --as merge")
    return f"merge with the success command {merging:.2f} s, land {landing:.2f} s"


async def facts(field: Field, parent: int, children: tuple[int, ...]) -> None:
    """On the person's branch, in their checkout and in the journal."""
    for name in PARTS:
        assert await git(field.repo, "show", f"main:{name}.txt") == f"part {name}"
        assert (field.repo / f"{name}.txt").read_text() == f"part {name}\n"
    assert await git(field.repo, "status", "--porcelain") == ""
    assert await git(field.repo, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    [made] = of(field, parent, SplitMade)
    assert (made.kind, made.children) == ("divide", children)
    for child in children:
        assert [one.verdict.result for one in of(field, child, Verified)] == ["pass"]
        assert [one.merging.into for one in of(field, child, Merged)] == [f"#{parent}"]
    assert [one.merging.into for one in of(field, parent, Merged)] == ["@op:o"]
    verdicts = [one.verdict for one in of(field, parent, Verified)]
    assert [one.result for one in verdicts] == ["pass", "pass"], "its files, and what was joined"
    [end] = of(field, parent, Landed)
    assert (end.landing.how, end.landing.where) == ("merge", "main")
    assert end.landing.commit == await git(field.repo, "rev-parse", "main")
    assert field.of_thread(parent) == []


CHAIN = (
    ("native", "anthropic"),
    ("native", "ollama"),
    ("codex", "responses"),
    ("claude", "anthropic"),
)


async def test_a_fact_told_at_the_start_is_known_by_the_last_of_five(
    field: Field, figure: Callable[[str], None]
) -> None:
    """Each is cut off in the middle of a turn: it waits for the player, or it speaks."""
    await begun(field)
    brief = quoted(f"Remember: codeword=plum. {play('push')}")
    thread = await born(field, f"spawn --repo {field.repo} --account chat {brief}")
    await waits(field, thread, 1)
    await asked(field, thread, f"And mind this: colour=red. {play('words')}")
    took = []
    for agent, account in CHAIN:
        took.append(f"{agent}/{account} {await handed(field, thread, agent, account):.1f} s")
        for text, said in ((WHICH, "It was plum."), (LATER, "It was red.")):
            turn = (await head(field, thread)).turn
            assert await known(field, thread, turn, text) == said, (agent, account)
        assert (await head(field, thread)).handing is None
    figure("from chat to " + ", ".join(took))
    assert of(field, thread, ReassignFailed) == []
    assert [one.new.agent for one in of(field, thread, Reassigned)] == [a for a, _ in CHAIN]
    assert len(of(field, thread, ReassignSettled)) == len(CHAIN)
    await only_its_own(field, thread)


@pytest.mark.parametrize(
    ("old", "new"), [("native", "claude"), ("native", "codex"), ("claude", "codex")]
)
async def test_a_new_agent_that_is_killed_leaves_the_old_one_working(
    field: Field, old: str, new: str, figure: Callable[[str], None]
) -> None:
    await begun(field)
    account = AGENTS.get(old, "chat")
    options = f"--agent {old} --account {account}" + (" --profile clean" if old in AGENTS else "")
    brief = quoted(f"Remember: codeword=plum. {play('slow')}")
    thread = await born(field, f"spawn --repo {field.repo} {options} {brief}")
    await waits(field, thread, 1)
    await ordered(field, f"reassign #{thread} --agent {new} --account {AGENTS[new]} --now")
    one = await field.until(thread, lambda one: "w03" in one.line and one.agent == new)
    assert one.handing is not None
    pids = killed(field, thread, one.epoch)
    assert pids, field.home.marked()
    at = time.perf_counter()
    await field.until(thread, lambda one: one.agent == old and one.handing is None)
    back = time.perf_counter() - at
    assert await known(field, thread, one.turn + 1, WHICH) == "It was plum."
    figure(f"{old} is back {back:.2f} s after the end of {len(pids)} processes of {new}")
    [failed] = of(field, thread, ReassignFailed)
    assert failed.step == "settle"
    assert failed.seat is not None
    assert (failed.seat.agent, failed.seat.account) == (old, account)
    assert of(field, thread, ReassignSettled) == []
    await only_its_own(field, thread)


async def test_an_agent_that_does_not_start_leaves_the_old_one_as_it_was(field: Field) -> None:
    await begun(field)
    theirs = Path(field.home.env["HOME"], ".codex", "config.toml")
    theirs.parent.mkdir()
    theirs.write_text("approval_policy = [\n")
    brief = quoted(f"Remember: codeword=plum. {play('push')}")
    thread = await born(field, f"spawn --repo {field.repo} --account chat {brief}")
    before = await waits(field, thread, 1)
    await ordered(field, f"reassign #{thread} --agent codex --account responses --now")
    await field.until(thread, lambda one: of(field, thread, ReassignFailed))
    one = await waits(field, thread, 1)
    [failed] = of(field, thread, ReassignFailed)
    assert (failed.step, failed.seat) == ("open", None)
    assert "config.toml" in failed.why
    assert "backtrace" not in failed.why, failed.why
    assert (one.agent, one.turn, one.handing) == ("native", before.turn, None)
    assert one.asks, "what it asked stands"
    assert await asked(field, thread, WHICH) == "It was plum."
    await only_its_own(field, thread)


async def only_its_own(field: Field, thread: int) -> None:
    """Of the agents that had the thread nothing lives but the one that has it now."""
    one = await head(field, thread)
    marks = {mark for mark in field.home.marked().values() if mark}
    own = set() if one.agent == "native" else {f"CC_THREAD={thread}:{one.epoch}"}
    assert marks == own, (marks, one.agent)
    assert field.home.orphans() == {}
