"""Landings four ways, discarded work that comes back, worktrees that go, at real git."""

import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core.events import OrderRefused
from commandcenter.testing.engines import Bench
from commandcenter.testing.results import file, git, given, idle, operation, replays

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(tmp_path / "home")
    yield bench
    await bench.close()


async def test_a_green_result_lands_on_the_branch_and_in_its_checkout(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    assert await given(bench, f"land #{one} --as merge") == "NotVerified"
    await given(bench, f"verify #{one}")
    assert await given(bench, f"land #{one} --as merge") == ""
    assert (bench.repo / "new.txt").read_text() == "new\n"
    assert await git(bench.repo, "status", "--porcelain") == ""
    written = await git(bench.repo, "log", "-1", "--format=%B", "main")
    assert "Verified: `cat *.txt | grep -q hello` is green" in written
    assert f"Commandcenter-Thread: #{one}" in written
    landed = bench.head(one).landed
    assert landed is not None
    assert landed.where == "main"
    assert landed.commit
    assert await given(bench, f"land #{one} --as merge") == "NothingToMerge"
    await replays(bench)


async def test_a_verdict_of_other_files_counts_for_nothing(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    await given(bench, f"verify #{one}")
    file(bench, one, "new.txt").write_text("new\n")
    assert await given(bench, f"land #{one} --as merge") == "NotVerified"
    assert await given(bench, f"land #{one} --as merge", yes=True) == ""
    assert "Not verified as it stands" in await git(bench.repo, "log", "-1", "--format=%B")


async def test_a_conflicts_marks_do_not_land_unasked(bench: Bench) -> None:
    await operation(bench, success="true")
    [one] = await idle(bench)
    file(bench, one).write_text("<<<<<<< ours\nhello\n=======\nhi\n>>>>>>> theirs\n")
    await given(bench, f"verify #{one}")
    assert await given(bench, f"land #{one} --as merge") == "LandAsked"
    refused = [e for e in await bench.events() if isinstance(e, OrderRefused)][-1]
    assert "a conflict's marks stand in readme.txt" in str(refused.reason)
    file(bench, one).write_text("hello and hi\n")
    await given(bench, f"verify #{one}")
    assert await given(bench, f"land #{one} --as merge") == ""


async def test_changes_of_the_persons_in_the_way_stop_it(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("hello of the thread\n")
    (bench.repo / "readme.txt").write_text("hello of the person\n")
    assert await given(bench, f"land #{one} --as merge", yes=True) == "BranchMoved"
    assert (bench.repo / "readme.txt").read_text() == "hello of the person\n"
    assert await git(bench.repo, "log", "-1", "--format=%s") == "first"
    assert not bench.head(one).landing
    await git(bench.repo, "commit", "-qam", "theirs")
    assert await given(bench, f"land #{one} --as merge", yes=True) == "MergeConflict"
    assert not bench.head(one).landing
    assert bench.head(one).landed is None


async def test_a_branch_that_went_on_is_joined(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    (bench.repo / "theirs.txt").write_text("theirs\n")
    await git(bench.repo, "add", ".")
    await git(bench.repo, "commit", "-qm", "theirs")
    assert await given(bench, f"land #{one} --as merge", yes=True) == ""
    assert (bench.repo / "new.txt").exists()
    assert (bench.repo / "theirs.txt").exists()


async def test_what_was_merged_into_its_operation_lands_with_the_rest(bench: Bench) -> None:
    await operation(bench)
    one, two = await idle(bench, 2)
    file(bench, one, "one.txt").write_text("1\n")
    file(bench, two, "two.txt").write_text("2\n")
    assert await given(bench, f"merge #{one}") == ""
    assert await given(bench, f"merge #{two}") == ""
    assert await given(bench, f"land #{two} --as merge") == ""
    assert (bench.repo / "one.txt").exists()
    assert (bench.repo / "two.txt").exists()


async def test_sent_back_it_is_the_agents_next_words(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    assert await given(bench, f"land #{one} --as back") == "TargetInvalid"
    assert await given(bench, f'land #{one} --as back "a.py:3: too long"') == ""
    assert await bench.prompted(2, one) == "a.py:3: too long"
    await given(bench, f'land #{one} --as back "and more"')
    assert [queued.note for queued in bench.head(one).queue] == ["and more"]
    assert await given(bench, "undo") == ""
    assert not bench.head(one).queue


async def test_sent_back_a_thread_that_has_ended_is_revived(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    await given(bench, f"kill #{one} --now")
    assert await given(bench, f'land #{one} --as back "once more"') == ""
    born = bench.head(one).children[-1]
    await bench.reaches(born, "running")
    assert [queued.note for queued in bench.head(born).queue] == ["once more"]


async def test_what_is_discarded_comes_back(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("changed\n")
    file(bench, one, "new.txt").write_text("new\n")
    assert await given(bench, f"land #{one} --as discard") == "LandAsked"
    assert await given(bench, f"land #{one} --as discard", yes=True) == ""
    assert file(bench, one).read_text() == "hello\n"
    assert not file(bench, one, "new.txt").exists()
    kept = await git(bench.repo, "show", f"refs/commandcenter/discarded/{one}:new.txt")
    assert kept == "new"
    await replays(bench)
    assert await given(bench, "undo") == ""
    assert file(bench, one).read_text() == "changed\n"
    assert file(bench, one, "new.txt").exists()
    assert bench.head(one).landed is None
    assert bench.head(one).put_back == (0, 0)
    assert await given(bench, "redo") == ""
    assert file(bench, one).read_text() == "hello\n"
    assert await given(bench, "undo") == ""
    assert file(bench, one).read_text() == "changed\n"
    await replays(bench)


# --- a pull request ---------------------------------------------------------------------------


async def test_without_gh_there_is_no_pull_request(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await operation(bench)
    [one] = await idle(bench)
    programs = Path("/usr/bin/git").parent
    only = bench.repo.parent / "bin"
    only.mkdir()
    (only / "git").symlink_to(programs / "git")
    monkeypatch.setenv("PATH", str(only))
    assert await given(bench, f"land #{one} --as pr") == "ToolMissing"


async def test_a_pull_request_is_always_asked_and_pushed_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gh(bench.repo.parent / "bin", monkeypatch)
    remote = bench.repo.parent / "remote.git"
    await git(bench.repo, "init", "-q", "--bare", str(remote))
    await git(bench.repo, "remote", "add", "origin", str(remote))
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    await given(bench, f"verify #{one}")
    ack = await bench.order(f'land #{one} --as pr "A title\n\nand why"', by="player")
    assert "to origin" in ack.refused[0].text
    assert '"A title"' in ack.refused[0].text
    assert await given(bench, f'land #{one} --as pr "A title\n\nand why"', yes=True) == ""
    landed = bench.head(one).landed
    assert landed is not None
    assert landed.where == "https://example.test/pull/1"
    pushed = bench.head(one).branch
    assert await git(remote, "show", f"{pushed}:new.txt") == "new"
    asked = (bench.repo.parent / "bin" / "asked").read_text()
    assert "--title=A title" in asked
    assert f"--head={pushed}" in asked
    assert (bench.repo / "new.txt").exists() is False
    await replays(bench)


def _gh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the person's gh."""
    folder.mkdir()
    program = folder / "gh"
    program.write_text(f'#!/bin/sh\necho "$@" > {folder}/asked\necho https://example.test/pull/1\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


# --- worktrees that go ------------------------------------------------------------------------


async def test_a_worktree_goes_only_by_name_and_nothing_is_lost(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    name, folder = bench.head(one).name, bench.head(one).workspace
    file(bench, one, "new.txt").write_text("new\n")
    assert await given(bench, f"reclaim #{one} --name {name}") == "TargetInvalid"
    await given(bench, f"kill #{one} --now")
    await bench.until(lambda: bench.head(one).disk > 0)
    assert await given(bench, f"reclaim #{one}") == "NameNotTyped"
    assert await given(bench, f"reclaim #{one} --name {name}") == ""
    assert not Path(folder).exists()
    assert not bench.head(one).workspace
    assert await git(bench.repo, "show", f"{bench.head(one).kept_ref}:new.txt") == "new"
    await replays(bench)


async def test_a_worktree_that_a_revived_thread_works_in_stays(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    await given(bench, f"kill #{one} --now")
    await given(bench, f"revive #{one}")
    named = f"reclaim #{one} --name {bench.head(one).name}"
    assert await given(bench, named) == "SharedWorktree"


# --- what must not be lost, nor be said to have landed ----------------------------------------


async def why(bench: Bench, text: str) -> str:
    """What the refusal said of an order given with its doubt answered."""
    ack = await bench.order(text, by="player", yes=True)
    ends = [one.event for one in await bench.entries()]
    said = [one.reason for one in ends if isinstance(one, OrderRefused) and one.id == ack.id]
    return " ".join(str(part) for part in said[0].values()) if said else ""


async def _vendored(bench: Bench) -> tuple[int, Path]:
    """A thread that has put a repository of its own in the place of a folder."""
    (bench.repo / "dep").mkdir()
    (bench.repo / "dep" / "a.txt").write_text("as it was\n")
    await git(bench.repo, "add", ".")
    await git(bench.repo, "commit", "-qm", "vendored")
    await operation(bench)
    [one] = await idle(bench)
    inside = file(bench, one, "dep")
    await git(inside.parent, "init", "-q", "dep")
    (inside / "a.txt").write_text("cloned\n")
    await git(inside, "add", ".")
    await git(inside, "commit", "-qm", "inside")
    return one, inside


async def test_a_repository_inside_is_not_written_over(bench: Bench) -> None:
    one, inside = await _vendored(bench)
    await git(inside.parent, "rm", "-rq", "--cached", "dep")
    await git(inside.parent, "add", "dep")
    await git(inside.parent, "commit", "-qm", "a submodule now")
    (inside / "a.txt").write_text("nowhere else\n")
    assert "cannot be kept" in await why(bench, f"land #{one} --as discard")
    assert (inside / "a.txt").read_text() == "nowhere else\n"
    assert bench.head(one).landed is None
    assert not bench.head(one).landing
    await replays(bench)


async def test_files_of_a_repository_inside_that_are_tracked_come_back(bench: Bench) -> None:
    one, inside = await _vendored(bench)
    (inside / "a.txt").write_text("nowhere else\n")
    (inside / "b.txt").write_text("new\n")
    assert await given(bench, f"land #{one} --as discard", yes=True) == ""
    assert (inside / "a.txt").read_text() == "as it was\n"
    assert await given(bench, "undo") == ""
    assert (inside / "a.txt").read_text() == "nowhere else\n"
    assert (inside / "b.txt").read_text() == "new\n"


async def test_a_clone_inside_does_not_land_as_a_number(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    inside = file(bench, one, "dep")
    await git(inside.parent, "init", "-q", "dep")
    file(bench, one, "dep/a.txt").write_text("a\n")
    await git(inside, "add", ".")
    await git(inside, "commit", "-qm", "inside")
    assert "repository of its own" in await why(bench, f"land #{one} --as merge")
    assert "repository of its own" in await why(bench, f"merge #{one}")
    shutil.rmtree(inside / ".git")
    assert await given(bench, f"land #{one} --as merge", yes=True) == ""
    assert (bench.repo / "dep" / "a.txt").read_text() == "a\n"


async def test_merge_options_of_the_persons_do_not_make_it_a_half_landing(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    await git(bench.repo, "config", "branch.main.mergeOptions", "--squash --no-commit")
    assert await given(bench, f"land #{one} --as merge", yes=True) == ""
    landed = bench.head(one).landed
    assert landed is not None
    assert await git(bench.repo, "rev-parse", "main") == landed.commit
    assert await git(bench.repo, "status", "--porcelain") == ""


async def test_files_that_git_was_told_not_to_look_at_are_named(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("hello of the thread\n")
    (bench.repo / "readme.txt").write_text("settings of mine\n")
    await git(bench.repo, "update-index", "--skip-worktree", "readme.txt")
    assert "stand in the way: readme.txt" in await why(bench, f"land #{one} --as merge")
    assert (bench.repo / "readme.txt").read_text() == "settings of mine\n"
    assert not bench.head(one).landing


async def test_a_lock_of_another_git_is_named_with_what_mends_it(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "new.txt").write_text("new\n")
    lock = bench.repo / ".git" / "index.lock"
    lock.touch()
    said = await why(bench, f"land #{one} --as merge")
    assert str(lock) in said
    assert "or remove that file" in said
    lock.unlink()
    assert await given(bench, f"land #{one} --as merge", yes=True) == ""


async def test_filters_of_attributes_in_folders_count(bench: Bench) -> None:
    (bench.repo / "art").mkdir()
    (bench.repo / "art" / ".gitattributes").write_text("*.bin filter=lfs\n")
    (bench.repo / "art" / "x.bin").write_text("pointer\n")
    await git(bench.repo, "add", ".")
    await git(bench.repo, "commit", "-qm", "art")
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one, "art/x.bin").write_text("raw\n")
    assert "art/x.bin goes through a filter" in await why(bench, f"land #{one} --as merge")
    assert (bench.repo / "art" / "x.bin").read_text() == "pointer\n"
