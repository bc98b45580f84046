"""What children begin with: their parent's files as they stood, its conversation in some form."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from commandcenter.core.base import AgentFailed
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised, CheckpointMade, Forked
from commandcenter.engine.checkpointing import checkpoint
from commandcenter.testing.engines import Bench, refusal

PLAN = "[[task]]\ntitle = 'a'\n[[task]]\ntitle = 'b'\n"


async def begun(bench: Bench, options: str = "") -> Path:
    """A parent in its first turn; its worktree."""
    await bench.spawn(1, options)
    await bench.until(lambda: bench.head(1).turn == 1)
    return Path(bench.head(1).workspace)


async def test_children_begin_from_what_was_not_committed(in_git: Bench) -> None:
    tree = await begun(in_git)
    (tree / "readme.txt").write_text("half done\n")
    (tree / "new.txt").write_text("new\n")
    ack = await in_git.order(f'split #1 --plan "{PLAN}"', by="player")
    assert not ack.refused, ack.refused
    for child in (2, 3):
        await in_git.until(lambda c=child: in_git.head(c).turn == 1)  # type: ignore[misc]  # bound at definition
        own = Path(in_git.head(child).workspace)
        assert own != tree
        assert (own / "readme.txt").read_text() == "half done\n"
        assert (own / "new.txt").read_text() == "new\n"
        assert in_git.head(child).start == in_git.head(1).checkpoints[0].commit
    assert (tree / "readme.txt").read_text() == "half done\n"
    text = await in_git.engine.parts.workspaces.diff(in_git.head(2).workspace, in_git.head(2).base)
    assert text == "", "it has changed nothing yet"


async def test_a_fork_at_a_turn_has_the_files_of_that_turn(in_git: Bench) -> None:
    tree = await begun(in_git)
    (tree / "readme.txt").write_text("first\n")
    await in_git.ended()
    await checkpoint(in_git.engine, 1, "you")
    await in_git.order('steer #1 "go on"')
    await in_git.until(lambda: in_git.head(1).turn == 2)
    (tree / "readme.txt").write_text("second\n")
    await in_git.order("fork #1 --at 1")
    await in_git.reaches(2, "idle")
    assert (Path(in_git.head(2).workspace) / "readme.txt").read_text() == "first\n"
    assert [m.text for m in in_git.session(2).start.seed] == ["do it"]
    await in_git.order("fork #1")
    await in_git.reaches(3, "idle")
    assert (Path(in_git.head(3).workspace) / "readme.txt").read_text() == "second\n"
    assert [m.text for m in in_git.session(3).start.seed] == ["do it", "go on"]
    assert in_git.state(1) == "running"
    made = [e.mark.why for e in await in_git.events(1) if isinstance(e, CheckpointMade)]
    assert made == ["you", "fork"]


async def test_an_agent_of_another_kind_is_told_by_a_digest(bench: Bench) -> None:
    await begun(bench)
    ack = await bench.order(
        f'split #1 --plan "{PLAN}" --agent native,puppet --account sparring-chat,sparring-anthropic'
    )
    assert not ack.refused, ack.refused
    await bench.until(lambda: bench.head(2).turn == 1 and bench.head(3).turn == 1)
    assert [bench.head(n).forked for n in (2, 3)] == ["native", "digest"]
    start = bench.session(3).start
    assert "quoted data from thread" in start.handoff
    assert start.seed == ()
    assert start.fork is None


async def test_a_foreign_session_is_copied_while_its_parent_rests(bench: Bench) -> None:
    await begun(bench, "--agent puppet --account sparring-anthropic")
    heads = bench.engine.parts.world.threads
    bench.engine.parts.world.threads[1] = _can_fork(heads[1], "any")
    holds: list[set[str]] = []
    opened = bench.driver.open

    async def looked(start, sink):  # type: ignore[no-untyped-def]  # stands for the driver's own
        if start.fork is not None:
            holds.append(set(bench.engine.parts.gate._threads.of(1).holds))
        return await opened(start, sink)

    bench.driver.open = looked  # type: ignore[method-assign]  # only looks
    await bench.order(f'split #1 --plan "{PLAN}"')
    await bench.until(lambda: bench.head(2).turn == 1 and bench.head(3).turn == 1)
    origin = bench.session(2).start.fork
    assert origin is not None
    assert (origin.ref.session, origin.at) == ("session-1", 0)
    assert all("epoch" in held for held in holds)
    assert bench.engine.parts.gate._threads.of(1).holds == {"player"}
    assert [e.kind for e in await bench.events(2) if isinstance(e, Forked)] == ["native"]


async def test_a_session_that_cannot_be_copied_after_all_is_told_in_words(bench: Bench) -> None:
    await begun(bench, "--agent puppet --account sparring-anthropic")
    heads = bench.engine.parts.world.threads
    bench.engine.parts.world.threads[1] = _can_fork(heads[1], "end")
    bench.driver.fails.append(AgentFailed("unsupported", "not that one"))
    await bench.order("split #1 --kind branch --into 2")
    await bench.until(lambda: bench.head(2).turn == 1 and bench.head(3).turn == 1)
    forms = sorted(bench.head(n).forked for n in (2, 3))
    assert forms == ["digest", "native"]


def _can_fork(head, word):  # type: ignore[no-untyped-def]  # a Head with one capability more
    return replace(head, caps={**head.caps, "fork": word})


async def test_scouts_are_cheap_and_told_in_short(bench: Bench) -> None:
    await begun(bench)
    ack = await bench.order("split #1 --kind scout --into 3")
    assert not ack.refused, ack.refused
    await bench.until(lambda: all(bench.head(n).turn == 1 for n in (2, 3, 4)))
    assert {bench.head(n).model for n in (2, 3, 4)} == {"sparring-small"}
    assert {bench.head(n).forked for n in (2, 3, 4)} == {"digest"}
    assert "Read only" in bench.session(2).prompts[0]
    for n in (2, 3, 4):
        bench.session(n).say("FEASIBLE: yes, small\nWHERE: a.py:3\nCOST: 40k tokens\nRISKS: none")
        bench.session(n).end("end", "finish")
        await bench.reaches(n, "ended")
    await bench.order("resume #1")
    told = await bench.prompted(2, 1)
    assert told.count("feasible: yes small") == 3


async def test_a_split_that_fails_leaves_the_parent_running(in_git: Bench) -> None:
    tree = await begun(in_git)
    await asyncio.to_thread((tree / ".git").rename, tree / "gone")
    ack = await in_git.order(f'split #1 --plan "{PLAN}"')
    assert not ack.refused
    await in_git.reaches(1, "running")
    assert list(in_git.engine.parts.world.threads) == [1]
    assert "OrderRefused" in await in_git.names()
    await asyncio.to_thread((tree / "gone").rename, tree / ".git")


async def test_what_an_operation_wants_is_told_to_everyone(bench: Bench) -> None:
    await bench.order(
        f"operation op --repo {bench.repo} --goal faster --success true --accept slower"
        ' --never "line count" --ladder sparring --protect "tests,*.md"'
    )
    operation = bench.engine.parts.world.operations["op"]
    assert operation.protect == ("tests", "*.md")
    assert operation.ladder == "sparring"
    for options in ("--account sparring-chat", "--agent puppet --account sparring-anthropic"):
        await bench.order(f'spawn --op op {options} "do it"')
    await bench.until(lambda: all(bench.head(n).turn == 1 for n in (1, 2)))
    system = bench.session(1).start.system
    first = bench.session(2).prompts[0]
    for told in ("faster", "Never optimise for: line count", "Acceptable trade-offs: slower"):
        assert told in system
        assert told in first
    assert bench.session(1).prompts == ["do it"]


async def test_the_last_grant_comes_once_with_a_step_down(bench: Bench) -> None:
    await begun(bench, "--tokens 100 --model sparring-large")
    await bench.order("budget #1 --tokens 100 --at-limit downgrade")
    reached = Fact(AlertRaised("budget:#1", "danger", "budget", "reached"), Stamp(1))
    await bench.engine.parts.ledger.commit([reached])
    await bench.until(lambda: bench.head(1).limit.tokens == 120)
    await bench.until(lambda: bench.head(1).model == "sparring-medium")
    assert bench.head(1).limit.at_limit == "pause"
    await bench.until(lambda: bench.head(1).ladder == "sparring")
    await bench.engine.parts.ledger.commit([reached])
    await asyncio.sleep(0.05)
    assert bench.head(1).limit.tokens == 120


async def test_an_operation_that_cannot_be_is_refused(in_git: Bench) -> None:
    for options, reason in (
        ("--base nowhere", "RepositoryUnusable"),
        ("--ladder nowhere", "TargetInvalid"),
        ("--protect ../x", "TargetInvalid"),
    ):
        ack = await in_git.order(f"operation op --repo {in_git.repo} {options}")
        assert refusal(ack) == reason, options
    ack = await in_git.order(f"operation op --repo {in_git.repo} --base main~0")
    assert not ack.refused
