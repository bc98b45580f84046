"""Checkpoints and reverts, verdicts, merges into threads and operations, at real git."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core import events as ev
from commandcenter.core.reduce import apply
from commandcenter.core.world import World, dump
from commandcenter.engine.verifying import RUN_MARKS
from commandcenter.testing.engines import Bench

pytestmark = pytest.mark.slow
GREEN = "cat *.txt | grep -q hello"
"""It names no file: what it names would be taken from the parent's commit."""


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(tmp_path / "home")
    yield bench
    await bench.close()


def git(folder: str | Path, *words: str) -> str:
    ran = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=True)
    return ran.stdout.decode().strip()


def file(bench: Bench, thread: int, name: str = "readme.txt") -> Path:
    return Path(bench.head(thread).workspace, name)


async def operation(bench: Bench, success: str = GREEN) -> None:
    told = f"operation o --repo {bench.repo}" + (f' --success "{success}"' if success else "")
    ack = await bench.order(told)
    assert not ack.refused, ack.refused


async def spawn(bench: Bench, count: int = 1) -> list[int]:
    """Threads of operation o, idle after their first turn."""
    before = set(bench.engine.parts.world.threads)
    text = f'spawn --op o --account sparring-chat --count {count} "do it"'
    assert not (await bench.order(text)).refused
    made = sorted(set(bench.engine.parts.world.threads) - before)
    for thread in made:
        await bench.reaches(thread, "running")
        await bench.ended(thread)
        await bench.reaches(thread, "idle")
        await bench.order(f"seen #{thread} --diff")
    return made


async def given(bench: Bench, text: str, yes: bool = False) -> str:
    """The reason it was refused for, soon or late; empty = it was done."""
    ack = await bench.order(text, by="player", yes=yes)
    if ack.refused:
        return ack.refused[0].reason
    last = [e for e in await bench.events() if isinstance(e, ev.OrderRefused | ev.OrderDone)][-1]
    return str(last.reason["type"]) if isinstance(last, ev.OrderRefused) else ""


async def replays(bench: Bench) -> None:
    """The journal gives the same World."""
    entries = await bench.entries()
    world = World()
    for entry in entries:
        apply(world, entry)
    assert dump(world) == dump(bench.engine.parts.world)


async def ended_all(bench: Bench) -> None:
    """No process of a success command lives."""
    left = await bench.engine.parts.host.survivors()
    assert not [one for one in left if one.thread > RUN_MARKS]


# --- checkpoints ------------------------------------------------------------------------------


async def test_a_revert_puts_files_back_and_keeps_what_stood_there(bench: Bench) -> None:
    await operation(bench)
    [one] = await spawn(bench)
    file(bench, one).write_text("first\n")
    assert await given(bench, f"checkpoint #{one}") == ""
    file(bench, one).write_text("second\n")
    assert await given(bench, f"revert #{one} --to 1") == ""
    assert file(bench, one).read_text() == "first\n"
    head = bench.head(one)
    assert [mark.why for mark in head.checkpoints] == ["you", "revert"]
    assert head.put_back == (1, 2)
    assert await given(bench, "undo") == ""
    assert file(bench, one).read_text() == "second\n"
    assert bench.head(one).put_back == (0, 0)
    await replays(bench)


async def test_the_agent_is_told_once_with_its_next_words(bench: Bench) -> None:
    await operation(bench)
    [one] = await spawn(bench)
    file(bench, one).write_text("first\n")
    await given(bench, f"checkpoint #{one}")
    file(bench, one).write_text("second\n")
    await given(bench, f"revert #{one} --to 1")
    await given(bench, f'steer #{one} "go on"')
    told = await bench.prompted(2, one)
    assert told.startswith("The person has put your files back") and told.endswith("go on")
    await bench.ended(one)
    await given(bench, f'steer #{one} "more"')
    assert await bench.prompted(3, one) == "more"


async def test_a_running_thread_is_not_reverted(bench: Bench) -> None:
    [one] = await bench.spawn()
    await given(bench, f"checkpoint #{one}")
    assert await given(bench, f"revert #{one} --to 1") == "WorksStill"
    await given(bench, f"pause #{one}")
    assert await given(bench, f"revert #{one} --to 7") == "NoCheckpoint"


async def test_what_was_killed_is_a_checkpoint(bench: Bench) -> None:
    [one] = await bench.spawn()
    file(bench, one).write_text("unsaved\n")
    await given(bench, f"kill #{one} --now")
    await bench.until(lambda: bool(bench.head(one).disk))
    assert [mark.why for mark in bench.head(one).checkpoints] == ["kill"]
    Path(bench.head(one).workspace, "readme.txt").write_text("later\n")
    assert await given(bench, f"revert #{one} --to 1") == ""
    assert file(bench, one).read_text() == "unsaved\n"


# --- verdicts ---------------------------------------------------------------------------------


async def test_verify_says_what_the_command_says(bench: Bench) -> None:
    await operation(bench)
    [one] = await spawn(bench)
    assert await given(bench, f"verify #{one}") == ""
    verdict = bench.head(one).verified
    assert verdict is not None and verdict.green and verdict.command == GREEN
    assert bench.engine.parts.world.operations["o"].verified == verdict
    file(bench, one).write_text("broken\n")
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None and verdict.result == "fail" and verdict.exit == 1
    names = await bench.names(one)
    assert names.count("VerifyStarted") == names.count("Verified") == 2
    await replays(bench)


async def test_without_a_success_command_there_is_no_verdict(bench: Bench) -> None:
    [one] = await bench.spawn()
    assert await given(bench, f"verify #{one}") == "NoSuccessCommand"
    assert await given(bench, f"verify #{one} --stop") == "NoChange"


async def test_a_command_that_hangs_is_ended_at_its_limit(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", ("verify_limit_s=0.3",))
    await operation(bench, "sleep 600 & sleep 600")
    [one] = await spawn(bench)
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None and verdict.result == "error"
    assert "ended after 0.3 s" in verdict.line
    await ended_all(bench)
    await bench.close()


async def test_it_can_be_stopped_and_never_runs_twice_at_once(bench: Bench) -> None:
    await operation(bench, "sleep 600")
    [one] = await spawn(bench)
    running = asyncio.create_task(bench.order(f"verify #{one}"), name="verify")
    await bench.until(lambda: bool(bench.head(one).verifying))
    assert await given(bench, f"verify #{one}") == "NoChange"
    assert await given(bench, f"verify #{one} --stop") == ""
    await running
    verdict = bench.head(one).verified
    assert verdict is not None and verdict.result == "stopped"
    assert not bench.head(one).verifying
    await ended_all(bench)


async def test_two_run_at_once_and_no_more(bench: Bench) -> None:
    await operation(bench, "sleep 600")
    threads = await spawn(bench, 3)
    orders = [bench.order(f"verify #{one}") for one in threads]
    running = [asyncio.create_task(order, name="verify") for order in orders]
    runs = lambda: [t for t in threads if bench.head(t).verifying]  # noqa: E731 - asked again and again
    await bench.until(lambda: len(runs()) == 2)
    await asyncio.sleep(0.2)
    assert len(runs()) == 2
    for one in threads:
        await given(bench, f"verify #{one} --stop")
    await asyncio.gather(*running)


async def test_a_thread_that_changes_its_own_verifier_is_judged_by_the_parents(
    bench: Bench,
) -> None:
    (bench.repo / "check.sh").write_text("exit 1\n")
    git(bench.repo, "add", ".")
    git(bench.repo, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "check")
    await operation(bench, "sh check.sh")
    [one] = await spawn(bench)
    file(bench, one, "check.sh").write_text("exit 0\n")
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None and verdict.result == "fail" and verdict.tampered == ("check.sh",)
    assert "protected" in verdict.line


async def test_an_engine_lost_in_between_says_so(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench, "sleep 600")
    [one] = await spawn(bench)
    order = asyncio.create_task(bench.order(f"verify #{one}"), name="verify")
    await bench.until(lambda: bool(bench.head(one).verifying))
    await bench.crash()
    order.cancel()
    again = await Bench.open(tmp_path / "home")
    verdict = again.head(one).verified
    assert verdict is not None and verdict.line == "the engine was lost"
    assert not again.head(one).verifying
    await again.close()


# --- merges -----------------------------------------------------------------------------------


async def family(bench: Bench) -> tuple[int, int]:
    """A paused parent and its idle child, in operation o."""
    [parent] = await spawn(bench)
    plan = "[[task]]\ntitle = 'a'\n[[task]]\ntitle = 'b'\n"
    assert await given(bench, f'split #{parent} --plan "{plan}"') == ""
    child = bench.head(parent).children[0]
    await bench.reaches(child, "running")
    await bench.ended(child)
    await bench.reaches(child, "idle")
    return parent, child


async def test_a_child_is_merged_into_its_parents_files_and_back(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    assert await given(bench, f"merge #{child}") == "UnseenWork"
    assert await given(bench, f"merge #{child}", yes=True) == ""
    assert file(bench, parent, "new.txt").read_text() == "new\n"
    assert bench.state(child) == "ended" and bench.head(child).outcome == "merged"
    assert file(bench, child, "new.txt").exists()
    assert bench.head(parent).brought == (child,)
    await replays(bench)
    assert await given(bench, f"unmerge #{child}") == ""
    assert not file(bench, parent, "new.txt").exists()
    assert bench.head(child).merging is None and not bench.head(parent).brought
    await replays(bench)


async def test_a_merge_is_not_taken_back_over_later_work(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    await given(bench, f"merge #{child}", yes=True)
    file(bench, parent).write_text("later\n")
    assert await given(bench, f"unmerge #{child}") == "NotUndoable"
    assert file(bench, parent, "new.txt").exists()


async def test_a_conflict_changes_nothing_and_a_thread_can_mend_it(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child).write_text("hello of the child\n")
    file(bench, parent).write_text("hello of the parent\n")
    assert await given(bench, f"merge #{child}", yes=True) == "MergeConflict"
    assert file(bench, parent).read_text() == "hello of the parent\n"
    merging = bench.head(child).merging
    assert merging is not None and merging.conflicts == ("readme.txt",) and not merging.commit
    assert await given(bench, f"merge #{child} --mend") == ""
    mender = bench.head(parent).children[-1]
    await bench.reaches(mender, "running")
    assert bench.head(mender).kind == "conflict"
    text = file(bench, mender).read_text()
    assert "<<<<<<<" in text and "of the child" in text and "of the parent" in text
    assert "readme.txt" in bench.session(mender).prompts[0]
    file(bench, mender).write_text("hello of both\n")
    await bench.ended(mender)
    await bench.reaches(mender, "idle")
    assert await given(bench, f"merge #{mender}", yes=True) == ""
    assert file(bench, parent).read_text() == "hello of both\n"
    await replays(bench)


async def test_some_files_alone(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "a.txt").write_text("a\n")
    file(bench, child, "b.txt").write_text("b\n")
    assert await given(bench, f"merge #{child} --files a.txt", yes=True) == ""
    assert file(bench, parent, "a.txt").exists() and not file(bench, parent, "b.txt").exists()
    assert bench.state(child) == "idle"


async def test_only_green_results_reach_the_operation(bench: Bench) -> None:
    await operation(bench)
    one, two = await spawn(bench, 2)
    file(bench, one).write_text("broken\n")
    assert await given(bench, f"merge #{one}") == "VerifyFailed"
    assert "cc/integration" not in git(bench.repo, "branch", "--list", "cc/integration/*")
    assert bench.head(one).merging is None and bench.state(one) == "idle"
    file(bench, two).write_text("hello again\n")
    assert await given(bench, f"merge #{two}") == ""
    assert git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello again"
    assert git(bench.repo, "show", "main:readme.txt") == "hello"
    assert bench.state(two) == "ended"
    tip = git(bench.repo, "rev-parse", "cc/integration/o")
    verdict = bench.head(two).verified
    assert verdict is not None and verdict.commit == tip
    await replays(bench)
    assert await given(bench, "undo") == ""
    assert git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello"


async def test_without_a_success_command_a_second_press_is_wanted(bench: Bench) -> None:
    await operation(bench, "")
    [one] = await spawn(bench)
    file(bench, one).write_text("hello again\n")
    assert await given(bench, f"merge #{one}") == "LandAsked"
    assert await given(bench, f"merge #{one}", yes=True) == ""
    assert git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello again"


async def test_a_merge_into_a_thread_that_works_is_refused(bench: Bench) -> None:
    one, two = await bench.spawn(2)
    await bench.ended(one)
    await bench.reaches(one, "idle")
    assert await given(bench, f"merge #{one} --into #{two}", yes=True) == "WorksStill"
    assert await given(bench, f"merge #{two} --into #{one}", yes=True) == "WorksStill"
    assert await given(bench, f"merge #{one} --into #{one}", yes=True) == "TargetInvalid"
    assert await given(bench, f"merge #{one} --into #77", yes=True) == "TargetMissing"
    await given(bench, f"pause #{two}")
    assert await given(bench, f"merge #{one} --into #{two}", yes=True) == "NothingToMerge"
