"""An engine lost in the middle of a merge or a landing: git says what happened."""

from pathlib import Path

import pytest

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import LandStarted, MergeStarted
from commandcenter.core.shaping import Landing, Merging
from commandcenter.engine.results import last_of
from commandcenter.testing.engines import Bench
from commandcenter.testing.results import family, file, git, given, idle, operation, replays

pytestmark = pytest.mark.slow


async def lost(bench: Bench, home: Path, thread: int, event: MergeStarted | LandStarted) -> Bench:
    """The engine is gone after this entry; another one recovers."""
    await bench.engine.parts.ledger.commit([Fact(event, Stamp(thread))])
    await bench.crash()
    return await Bench.open(home)


async def test_a_merge_that_was_not_begun_has_not_happened(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "new.txt").write_text("new\n")
    await given(bench, f"checkpoint #{parent}")
    await given(bench, f"checkpoint #{child}")
    before = bench.head(parent).checkpoints[-1].commit
    started = MergeStarted(Merging(f"#{parent}", before=before))
    again = await lost(bench, tmp_path / "home", child, started)
    assert again.head(child).merging is None
    assert not file(again, parent, "new.txt").exists()
    await again.close()


@pytest.mark.parametrize("whole", [True, False])
async def test_a_merge_in_the_middle_of_files_is_done_or_undone(
    tmp_path: Path, whole: bool
) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench)
    parent, child = await family(bench)
    file(bench, child, "one.txt").write_text("1\n")
    file(bench, child, "two.txt").write_text("2\n")
    await given(bench, f"checkpoint #{parent}")
    await given(bench, f"checkpoint #{child}")
    before = bench.head(parent).checkpoints[-1].commit
    file(bench, parent, "one.txt").write_text("1\n")
    if whole:
        file(bench, parent, "two.txt").write_text("2\n")
    started = MergeStarted(Merging(f"#{parent}", before=before))
    again = await lost(bench, tmp_path / "home", child, started)
    merging = again.head(child).merging
    assert (merging is not None and bool(merging.commit)) is whole
    assert file(again, parent, "one.txt").exists() is whole
    await replays(again)
    await again.close()


async def test_an_integration_that_was_moved_is_merged(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("hello again\n")
    await given(bench, f"merge #{one}")
    event = await last_of(bench.engine.parts, one, MergeStarted)
    assert event is not None
    again = await lost(bench, tmp_path / "home", one, event)
    merging = again.head(one).merging
    assert merging is not None
    assert merging.commit == await git(again.repo, "rev-parse", "cc/integration/o")
    await again.close()


@pytest.mark.parametrize("moved", [True, False])
async def test_a_landing_is_there_or_is_not(tmp_path: Path, moved: bool) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench)
    [one] = await idle(bench)
    await git(bench.repo, "commit", "--allow-empty", "-qm", "next")
    commit = await git(bench.repo, "rev-parse", "HEAD")
    if not moved:
        await git(bench.repo, "reset", "-q", "--hard", "HEAD~1")
    started = LandStarted(Landing("merge", commit, "main"))
    again = await lost(bench, tmp_path / "home", one, started)
    assert (again.head(one).landed is not None) is moved
    assert not again.head(one).landing
    await again.close()


async def test_a_discard_in_the_middle_is_put_back(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "one.txt").write_text("1\n")
    file(bench, one, "two.txt").write_text("2\n")
    await given(bench, f"checkpoint #{one}")
    commit = bench.head(one).checkpoints[-1].commit
    file(bench, one, "one.txt").unlink()
    started = LandStarted(Landing("discard", commit, "refs/x"))
    again = await lost(bench, tmp_path / "home", one, started)
    assert file(again, one, "one.txt").exists()
    assert again.head(one).landed is None
    assert not again.head(one).landing
    await again.close()
