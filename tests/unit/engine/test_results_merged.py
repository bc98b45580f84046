"""Merges into threads and operations, conflicts, and what is taken back, at real git."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.testing.engines import Bench
from commandcenter.testing.results import (
    family,
    file,
    git,
    given,
    idle,
    operation,
    replays,
)

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(tmp_path / "home")
    yield bench
    await bench.close()


async def test_a_child_is_merged_into_its_parents_files_and_back(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    assert await given(bench, f"merge #{child}") == "UnseenWork"
    assert await given(bench, f"merge #{child}", yes=True) == ""
    assert file(bench, parent, "new.txt").read_text() == "new\n"
    assert bench.state(child) == "ended"
    assert bench.head(child).outcome == "merged"
    assert file(bench, child, "new.txt").exists()
    assert bench.head(parent).brought == (child,)
    await replays(bench)
    assert await given(bench, f"unmerge #{child}") == ""
    assert not file(bench, parent, "new.txt").exists()
    assert bench.head(child).merging is None
    assert bench.head(child).outcome == "done", "nothing says merged that is not"
    assert not bench.head(parent).brought
    await replays(bench)
    assert await given(bench, f"merge #{child}", yes=True) == ""
    assert bench.head(child).outcome == "merged"
    await replays(bench)
    assert file(bench, parent, "new.txt").exists(), "taken back once, it can be merged again"


async def test_after_a_revert_behind_a_merge_it_can_be_merged_again(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    await given(bench, f"merge #{child}", yes=True)
    before = bench.head(parent).checkpoints[-1].number
    assert await given(bench, f"revert #{parent} --to {before}") == ""
    assert not file(bench, parent, "new.txt").exists()
    assert await given(bench, f"merge #{child}", yes=True) == ""
    assert file(bench, parent, "new.txt").exists()


async def test_after_a_discard_behind_a_merge_it_can_be_merged_again(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    await given(bench, f"merge #{child}", yes=True)
    assert await given(bench, f"land #{parent} --as discard", yes=True) == ""
    assert not file(bench, parent, "new.txt").exists()
    assert await given(bench, f"merge #{child}", yes=True) == ""
    assert file(bench, parent, "new.txt").exists()


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
    assert merging is not None
    assert merging.conflicts == ("readme.txt",)
    assert not merging.commit
    assert await given(bench, f"merge #{child} --mend") == ""
    mender = bench.head(parent).children[-1]
    await bench.reaches(mender, "running")
    assert bench.head(mender).kind == "conflict"
    text = file(bench, mender).read_text()
    assert "<<<<<<<" in text
    assert "of the child" in text
    assert "of the parent" in text
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
    assert file(bench, parent, "a.txt").exists()
    assert not file(bench, parent, "b.txt").exists()
    assert bench.state(child) == "idle"


async def test_only_green_results_reach_the_operation(bench: Bench) -> None:
    await operation(bench)
    one, two = await idle(bench, 2)
    file(bench, one).write_text("broken\n")
    assert await given(bench, f"merge #{one}") == "VerifyFailed"
    assert "cc/integration" not in await git(bench.repo, "branch", "--list", "cc/integration/*")
    assert bench.head(one).merging is None
    assert bench.state(one) == "idle"
    file(bench, two).write_text("hello again\n")
    assert await given(bench, f"merge #{two}") == ""
    assert await git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello again"
    assert await git(bench.repo, "show", "main:readme.txt") == "hello"
    assert bench.state(two) == "ended"
    tip = await git(bench.repo, "rev-parse", "cc/integration/o")
    verdict = bench.head(two).verified
    assert verdict is not None
    assert verdict.commit == tip
    await replays(bench)
    assert await given(bench, "undo") == ""
    assert await git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello"
    assert await given(bench, "redo") == ""
    assert await git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello again"


async def test_without_a_success_command_a_second_press_is_wanted(bench: Bench) -> None:
    await operation(bench, "")
    [one] = await idle(bench)
    file(bench, one).write_text("hello again\n")
    assert await given(bench, f"merge #{one}") == "LandAsked"
    assert await given(bench, f"merge #{one}", yes=True) == ""
    assert await git(bench.repo, "show", "cc/integration/o:readme.txt") == "hello again"


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


async def test_nothing_moves_while_its_success_command_runs(bench: Bench) -> None:
    await operation(bench, "sleep 600")
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    running = asyncio.create_task(bench.order(f"verify #{one}"), name="verify")
    await bench.until(lambda: bool(bench.head(one).verifying))
    assert await given(bench, f"merge #{one}", yes=True) == "TargetInvalid"
    await given(bench, f"verify #{one} --stop")
    await running
    merging = asyncio.create_task(given(bench, f"merge #{one}"), name="merge")
    await bench.until(lambda: bool(bench.head(one).verifying))
    await given(bench, f"verify #{one} --stop")
    assert await merging == "VerifyFailed"
    assert bench.state(one) == "idle"
    assert bench.head(one).merging is None


async def test_names_that_are_no_text_do_not_stop_a_conflict_halfway(bench: Bench) -> None:
    name = os.fsdecode(b'caf\xe9\n"x.txt')
    (bench.repo / name).write_text("a\n")
    await git(bench.repo, "add", ".")
    await git(bench.repo, "commit", "-qm", "odd")
    await operation(bench)
    parent, child = await family(bench)
    file(bench, parent, name).write_text("parent\n")
    file(bench, child, name).write_text("child\n")
    assert await given(bench, f"merge #{child}", yes=True) == "MergeConflict"
    merging = bench.head(child).merging
    assert merging is not None
    assert merging.conflicts == ('caf\ufffd\n"x.txt',)
    (bench.repo / name).write_text("person\n")
    await git(bench.repo, "commit", "-qam", "theirs")
    assert await given(bench, f"land #{child} --as merge", yes=True) == "MergeConflict"
    assert not bench.head(child).landing
    await replays(bench)


async def test_files_that_were_asked_for_come_all_or_none(bench: Bench) -> None:
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "a.txt").write_text("a\n")
    assert (
        await given(bench, f"merge #{child} --files a.txt,typo.txt", yes=True) == "WorkspaceFailed"
    )
    assert not file(bench, parent, "a.txt").exists()
    assert bench.head(child).merging is None
    assert await given(bench, f"merge #{child} --files a.txt", yes=True) == ""
