"""Checkpoints, and the way back, in real worktrees."""

import asyncio
from pathlib import Path

import pytest

from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.testing.desks import Desk, files, write

KEEP = "refs/commandcenter/kept/1"


async def test_a_checkpoint_holds_all_but_ignored_and_moves_nothing(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    write(tree / "a.txt", "changed\n")
    write(tree / "new/n.txt", "new\n")
    write(tree / "ignored", "secret\n")
    (tree / "b.txt").unlink()
    await person.git("add", "a.txt", folder=tree)
    before, own = person.everything(tree), person.everything()
    index = (person.repo / ".git/worktrees/1/index").read_bytes()
    made = await points.checkpoint(str(tree), 1, 1, "first")
    assert (person.everything(tree), person.everything()) == (before, own)
    assert (person.repo / ".git/worktrees/1/index").read_bytes() == index
    assert made.changed
    assert await person.git("rev-parse", "refs/commandcenter/checkpoints/1/1") == made.commit
    assert await person.git("rev-parse", f"{made.commit}^") == person.base
    listed = await person.git("ls-tree", "-r", "--name-only", made.commit)
    assert listed.split() == [".gitignore", "a.txt", "new/n.txt", "sub/c.txt"]
    assert (await points.checkpoint(str(tree), 1, 2, "again")).commit == made.commit


async def test_of_a_clean_worktree_it_is_head(person: Desk) -> None:
    tree = await person.thread(1)
    made = await Checkpoints(person.host, asyncio.sleep).checkpoint(str(tree), 1, 1)
    assert (made.commit, made.changed) == (person.base, False)


async def test_restore_is_exact_and_keeps_what_stood_before(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    write(tree / "a.txt", "at one\n")
    write(tree / "n.txt", "n\n")
    write(tree / "ignored", "mine\n")
    then = files(tree)
    one = await points.checkpoint(str(tree), 1, 1)
    await person.commit("by the agent", tree)
    later = await person.git("rev-parse", "HEAD", folder=tree)
    write(tree / "b.txt", "at two\n")
    write(tree / "deep/er/x.txt", "x\n")
    (tree / "n.txt").unlink()
    write(tree / "staged.txt", "only staged\n")
    await person.git("add", "staged.txt", folder=tree)
    (tree / "staged.txt").unlink()
    now = files(tree)
    back = await points.restore(str(tree), one.commit, KEEP)
    assert files(tree) == then
    assert not (tree / "deep").exists()
    assert (back.head, back.branch) == (person.base, "cc/1-work")
    assert await person.git("rev-parse", "HEAD", folder=tree) == person.base
    assert await person.git("status", "--porcelain", folder=tree) == " M a.txt\n?? n.txt"
    assert await person.git("rev-parse", KEEP) == back.kept
    await person.git("merge-base", "--is-ancestor", later, KEEP)
    staged = await person.git("rev-list", "--all", "--full-history", "--", "staged.txt")
    assert await person.git("show", f"{staged.split()[-1]}:staged.txt") == "only staged"
    again = await points.restore(str(tree), back.kept, KEEP)
    assert files(tree) == now
    assert again.head == later
    await person.git("merge-base", "--is-ancestor", back.kept, KEEP)


async def test_restore_to_a_commit_of_the_agents_own(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    write(tree / "a.txt", "one\n")
    first = await person.commit("first", tree)
    write(tree / "a.txt", "two\n")
    await person.commit("second", tree)
    back = await points.restore(str(tree), first, KEEP)
    assert back.head == first
    assert await person.git("status", "--porcelain", folder=tree) == ""


async def test_ignored_files_in_the_way_are_kept(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    write(tree / "build/out.txt", "tracked\n")
    write(tree / "ignored.d/x", "tracked too\n")
    await person.git("add", "-f", "build/out.txt", "ignored.d/x", folder=tree)
    one = await points.checkpoint(str(tree), 1, 1)
    await person.git("rm", "-rq", "--cached", "build", "ignored.d", folder=tree)
    write(tree / "build/out.txt", "the agent's\n")
    (tree / "ignored.d/x").unlink()
    (tree / "ignored.d").rmdir()
    write(tree / "ignored.d", "a file now\n")
    back = await points.restore(str(tree), one.commit, KEEP)
    assert (tree / "build/out.txt").read_text() == "tracked\n"
    assert (tree / "ignored.d/x").read_text() == "tracked too\n"
    assert await person.git("show", f"{back.kept}:build/out.txt") == "the agent's"
    assert await person.git("show", f"{back.kept}:ignored.d") == "a file now"


async def test_half_done_merge_and_rebase_are_over(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    one = await points.checkpoint(str(tree), 1, 1)
    write(tree / "a.txt", "theirs\n")
    theirs = await person.commit("theirs", tree)
    await person.git("reset", "-q", "--hard", person.base, folder=tree)
    write(tree / "a.txt", "ours\n")
    await person.commit("ours", tree)
    for command in (("merge", theirs), ("rebase", theirs)):
        await person.git(*command, folder=tree, check=False)
        assert "<<<<" in (tree / "a.txt").read_text()
        back = await points.restore(str(tree), one.commit, KEEP, "cc/1-work")
        assert back.branch == "cc/1-work"
        assert "<<<<" in await person.git("show", f"{back.kept}:a.txt")
        assert "nothing to commit" in await person.git("status", folder=tree)
        assert "rebase" not in await person.git("status", folder=tree)
        await points.restore(str(tree), back.kept, KEEP)


async def test_a_branch_of_the_persons_never_moves(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    one = await points.checkpoint(str(tree), 1, 1)
    await person.git("checkout", "-q", "-b", "theirs", folder=tree)
    write(tree / "a.txt", "x\n")
    tip = await person.commit("on theirs", tree)
    back = await points.restore(str(tree), one.commit, KEEP)
    assert (back.branch, back.head) == ("", person.base)
    assert await person.git("rev-parse", "theirs") == tip
    with pytest.raises(WorkspaceError):
        await points.restore(str(person.repo), person.base, KEEP)


async def test_a_worktree_that_lost_its_git_is_not_the_repository_around_it(person: Desk) -> None:
    inside = person.repo / "inside"
    inside.mkdir()
    points = Checkpoints(person.host, asyncio.sleep)
    for act in (points.checkpoint(str(inside), 1, 1), points.restore(str(inside), "HEAD", KEEP)):
        with pytest.raises(WorkspaceError, match="no worktree any more"):
            await act


async def test_a_repository_without_a_commit_inside_is_named(person: Desk) -> None:
    tree = await person.thread(1)
    await person.git("init", "-q", str(tree / "nested"))
    write(tree / "a.txt", "changed\n")
    made = await Checkpoints(person.host, asyncio.sleep).checkpoint(str(tree), 1, 1)
    assert made.changed
    assert any("nested" in line for line in made.left_out)


async def test_since(person: Desk) -> None:
    tree = await person.thread(1)
    points = Checkpoints(person.host, asyncio.sleep)
    write(tree / "a.txt", "one\n")
    one = await points.checkpoint(str(tree), 1, 1)
    write(tree / "a.txt", "one\ntwo\n")
    write(tree / "sp ace\té.txt", "1\n2\n")
    (tree / "b.txt").unlink()
    (tree / "bin").write_bytes(b"\0\1")
    seen = await points.since(str(tree), one.commit)
    facts = {f.path: (f.added, f.removed, f.how, f.binary) for f in seen.files}
    assert facts == {
        "a.txt": (1, 0, "changed", False),
        "b.txt": (0, 9, "removed", False),
        "bin": (0, 0, "added", True),
        "sp ace\té.txt": (2, 0, "added", False),
    }
    assert (seen.added, seen.removed) == (3, 9)
    assert "+two" in seen.text
    assert (await points.since(str(tree), one.commit, limit=50)).text.endswith(
        "[cut at 50 bytes]\n"
    )


async def test_a_child_starts_from_what_its_parent_has_not_committed(person: Desk) -> None:
    tree = await person.thread(1)
    write(tree / "a.txt", "uncommitted\n")
    write(tree / "new.txt", "new\n")
    made = await Checkpoints(person.host, asyncio.sleep).checkpoint(str(tree), 1, 1)
    child: Path = await person.thread(2, made.commit)
    assert files(child) == files(tree)
    assert await person.git("rev-parse", "HEAD", folder=child) == made.commit
    assert await person.git("status", "--porcelain", folder=child) == ""
