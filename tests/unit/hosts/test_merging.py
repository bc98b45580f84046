"""Merges without a checkout: integration branches, threads' files, parts, conflicts."""

import asyncio
import os
from pathlib import Path

import pytest

from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.landing import Landing
from commandcenter.hosts.merging import Merging, Wanted
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.testing.desks import Desk, files, write


def changed(folder: Path, name: str, line: int, text: str) -> None:
    """One line of a file is another."""
    path = folder / name
    lines = path.read_text().splitlines(keepends=True)
    lines[line - 1] = f"{text}\n"
    path.write_text("".join(lines))


class Field:
    """Two threads with a change each; the person's checkout is not clean."""

    def __init__(self, person: Desk) -> None:
        self.person = person
        self.merging = Merging(person.host, asyncio.sleep)
        self.points = Checkpoints(person.host, asyncio.sleep)
        self.numbers = 0

    async def point(self, thread: int, tree: Path) -> str:
        self.numbers += 1
        return (await self.points.checkpoint(str(tree), thread, self.numbers)).commit

    async def integrate(self, commit: str, *only: str) -> str:
        wanted = Wanted(commit, "merge", only)
        done = await self.merging.commit_merge(str(self.person.repo), "op", "main", wanted)
        assert done.branch == "cc/integration/op"
        return done.commit


@pytest.fixture
def field(person: Desk) -> Field:
    write(person.repo / "a.txt", "the person is at it\n")
    return Field(person)


async def test_preview_changes_nothing_and_counts(field: Field) -> None:
    person = field.person
    tree = await person.thread(1)
    changed(tree, "a.txt", 1, "one")
    write(tree / "new.txt", "1\n2\n")
    theirs = await field.point(1, tree)
    before = person.everything()
    seen = await field.merging.preview(str(person.repo), "main", theirs)
    assert seen.conflicts == ()
    assert {(f.path, f.added, f.removed) for f in seen.files} == {
        ("a.txt", 1, 1),
        ("new.txt", 2, 0),
    }
    assert person.everything() == before


async def test_integration_branch_begins_at_the_base_and_gathers(field: Field) -> None:
    person = field.person
    one, two = await person.thread(1), await person.thread(2)
    changed(one, "a.txt", 1, "one")
    changed(two, "a.txt", 9, "two")
    before = person.everything()
    first = await field.integrate(await field.point(1, one))
    second = await field.integrate(await field.point(2, two))
    assert person.everything() == before
    assert await person.git("rev-parse", "cc/integration/op") == second
    assert await person.git("rev-parse", f"{second}^") == first
    text = await person.git("show", f"{second}:a.txt")
    assert text.splitlines()[0] == "one"
    assert text.splitlines()[-1] == "two"
    log = await person.git("log", "--format=%s", second)
    assert log.split("\n") == ["merge", "merge", "one"], "our checkpoints are not in the history"


async def test_the_same_thread_again_is_no_conflict_with_itself(field: Field) -> None:
    tree = await field.person.thread(1)
    changed(tree, "a.txt", 1, "first")
    one = await field.integrate(await field.point(1, tree))
    changed(tree, "a.txt", 1, "second")
    two = await field.integrate(await field.point(1, tree))
    assert one != two
    assert (await field.person.git("show", f"{two}:a.txt")).startswith("second\n")
    assert await field.integrate(await field.point(1, tree)) == two


async def test_commits_of_the_agents_own_are_kept(field: Field) -> None:
    person = field.person
    tree = await person.thread(1)
    changed(tree, "a.txt", 1, "committed")
    own = await person.commit("by the agent", tree)
    changed(tree, "b.txt", 1, "uncommitted")
    commit = await field.integrate(await field.point(1, tree))
    assert await person.git("rev-parse", f"{commit}^2") == own
    assert "uncommitted" in await person.git("show", f"{commit}:b.txt")
    assert "checkpoint" not in await person.git("log", "--format=%s", commit)


async def test_by_file(field: Field) -> None:
    person = field.person
    tree = await person.thread(1)
    changed(tree, "a.txt", 1, "a")
    (tree / "b.txt").unlink()
    write(tree / "dir/x", "x\n")
    write(tree / "dir/[y]*", "y\n")
    theirs = await field.point(1, tree)
    seen = await field.merging.preview(str(person.repo), "main", theirs, ("dir", "b.txt", "no"))
    assert [f.path for f in seen.files] == ["b.txt", "dir/[y]*", "dir/x"]
    assert seen.unknown == ("no",)
    commit = await field.integrate(theirs, "dir/[y]*", "b.txt")
    listed = await person.git("ls-tree", "-r", "--name-only", commit)
    assert listed.split("\n") == [".gitignore", "a.txt", "dir/[y]*", "sub/c.txt"]
    whole = await field.integrate(theirs)
    assert (await person.git("show", f"{whole}:a.txt")).startswith("a\n")


async def test_conflicts_are_data_with_their_texts(field: Field) -> None:
    person = field.person
    one, two = await person.thread(1), await person.thread(2)
    changed(one, "a.txt", 1, "one")
    (one / "b.txt").unlink()
    changed(two, "a.txt", 1, "two")
    changed(two, "b.txt", 1, "two")
    first = await field.integrate(await field.point(1, one))
    wanted = Wanted(await field.point(2, two), "m")
    done = await field.merging.commit_merge(str(person.repo), "op", "main", wanted)
    assert (done.commit, done.before) == ("", first)
    assert await person.git("rev-parse", "cc/integration/op") == first
    assert {c.path: c.kind for c in done.preview.clashes} == {
        "a.txt": "content",
        "b.txt": "modify/delete",
    }
    texts = await field.merging.texts(str(person.repo), done.preview, "a.txt")
    assert texts.base is not None
    assert texts.marked is not None
    assert texts.base.startswith("a.txt 1\n")
    assert (texts.ours or "").startswith("one\n")
    assert (texts.theirs or "").startswith("two\n")
    assert "<<<<<<<" in texts.marked
    gone = await field.merging.texts(str(person.repo), done.preview, "b.txt")
    assert gone.ours is None
    start = await field.merging.conflict_base(
        str(person.repo), done.preview, "refs/commandcenter/c"
    )
    solver = await person.thread(3, start)
    assert "<<<<<<<" in (solver / "a.txt").read_text()
    write(solver / "a.txt", "both\n")
    solved = await field.integrate(await field.point(3, solver))
    assert await person.git("show", f"{solved}:a.txt") == "both"
    assert "solved" not in await person.git("log", "--format=%s", solved)
    assert await field.integrate(await field.point(2, two)) == solved, "it is in there"


async def test_into_another_thread(field: Field) -> None:
    person = field.person
    parent = await person.thread(1)
    head = person.base
    changed(parent, "a.txt", 1, "parent, uncommitted")
    start = await field.point(1, parent)
    child = await person.thread(2, start)
    changed(child, "a.txt", 1, "child")
    write(child / "c/new.txt", "new\n")
    (child / "b.txt").unlink()
    changed(parent, "a.txt", 9, "parent goes on")
    write(parent / "ignored", "kept\n")
    before = files(parent)
    theirs = await field.point(2, child)
    done = await field.merging.into_thread(str(parent), 1, Wanted(theirs, "from #2"))
    assert done.commit
    assert (parent / "a.txt").read_text().startswith("child\n")
    assert (parent / "a.txt").read_text().endswith("parent goes on\n")
    assert (parent / "c/new.txt").exists()
    assert not (parent / "b.txt").exists()
    assert (parent / "ignored").exists()
    assert await person.git("rev-parse", "HEAD", folder=parent) == head
    changed(child, "a.txt", 1, "child again")
    again = await field.merging.into_thread(
        str(parent), 1, Wanted(await field.point(2, child), "from #2")
    )
    assert again.preview.conflicts == ()
    assert (parent / "a.txt").read_text().startswith("child again\n")
    await field.points.restore(str(parent), done.before, "refs/commandcenter/kept/1")
    assert files(parent) == before


async def test_into_a_thread_with_conflicts_or_in_the_way(field: Field) -> None:
    person = field.person
    one, two = await person.thread(1), await person.thread(2)
    changed(one, "a.txt", 1, "one")
    changed(two, "a.txt", 1, "two")
    before = files(one)
    wanted = Wanted(await field.point(2, two), "from #2")
    done = await field.merging.into_thread(str(one), 1, wanted)
    assert (done.commit, done.preview.conflicts, files(one)) == ("", ("a.txt",), before)
    changed(two, "a.txt", 1, "a.txt 1")
    write(two / "ignored", "x\n")
    await person.git("add", "-f", "ignored", folder=two)
    write(one / "ignored", "mine\n")
    done = await field.merging.into_thread(str(one), 1, Wanted(await field.point(2, two), "m"))
    assert (done.commit, done.blocked) == ("", ("ignored",))
    assert (one / "ignored").read_text() == "mine\n"
    with pytest.raises(WorkspaceError):
        await field.merging.into_thread(str(person.repo), 1, wanted)


async def test_merge_drivers_of_the_repository_are_not_run(field: Field, tmp_path: Path) -> None:
    person = field.person
    trap = tmp_path / "sprung"
    await person.git("config", "merge.evil.driver", f"touch {trap}")
    write(person.repo / ".gitattributes", "*.txt merge=evil\nsub/c.txt merge=union\n")
    await person.commit("attributes")
    write(person.repo / ".git/info/attributes", "b.txt merge=evil\n")
    one, two = await person.thread(1), await person.thread(2)
    for name in ("b.txt", "sub/c.txt"):
        changed(one, name, 1, "one")
        changed(two, name, 9, "two")
    changed(two, "sub/c.txt", 1, "two")
    await field.integrate(await field.point(1, one))
    commit = await field.integrate(await field.point(2, two))
    assert not trap.exists()
    text = await person.git("show", f"{commit}:b.txt")
    assert text.startswith("one\n")
    assert text.endswith("two")
    assert (await person.git("show", f"{commit}:sub/c.txt")).startswith("one\ntwo\n")


async def test_unknown_commits_and_strangers_are_refused(field: Field) -> None:
    repo = str(field.person.repo)
    with pytest.raises(WorkspaceError):
        await field.merging.preview(repo, "main", "nothing")
    await field.person.git("checkout", "-q", "--orphan", "apart")
    await field.person.commit("apart")
    with pytest.raises(WorkspaceError, match=r"in common|unrelated"):
        await field.merging.preview(repo, "main", "apart")
    await field.person.git("checkout", "-q", "-b", "cc/integration/op")
    with pytest.raises(WorkspaceError, match="checked out"):
        await field.merging.commit_merge(repo, "op", "main", Wanted("main", "m"))


async def test_eight_at_once_onto_one_branch(field: Field) -> None:
    trees = [await field.person.thread(number) for number in range(1, 9)]
    for line, tree in enumerate(trees, 1):
        write(tree / f"of-{line}.txt", "x\n")
    points = [await field.point(number, tree) for number, tree in enumerate(trees, 1)]
    await asyncio.gather(*(field.integrate(point) for point in points))
    listed = await field.person.git("ls-tree", "--name-only", "cc/integration/op")
    assert listed.count("of-") == 8


async def test_commits_on_a_state_of_ours_leave_no_trace_of_it(field: Field) -> None:
    person = field.person
    parent = await person.thread(1)
    changed(parent, "a.txt", 1, "parent")
    child = await person.thread(2, await field.point(1, parent))
    changed(child, "a.txt", 2, "child")
    await person.commit("by the child", child)
    commit = await field.integrate(await field.point(2, child))
    assert await person.git("log", "--format=%s", commit) == "merge\none"
    assert (await person.git("show", f"{commit}:a.txt")).startswith("parent\nchild\n")
    changed(parent, "a.txt", 7, "parent again")
    both = await field.integrate(await field.point(1, parent))
    text = await person.git("show", f"{both}:a.txt")
    assert text.startswith("parent\nchild\n")
    assert "\nparent again\n" in text


async def test_what_a_filter_has_not_seen_is_not_stored(field: Field) -> None:
    person = field.person
    write(person.repo / ".gitattributes", "*.big filter=upper\n")
    await person.commit("attributes")
    await person.git("config", "filter.upper.clean", "tr a-z A-Z")
    tree = await person.thread(1)
    write(tree / "x.big", "raw\n")
    with pytest.raises(WorkspaceError, match=r"x\.big goes through a filter"):
        await field.integrate(await field.point(1, tree))
    os.utime(tree / "x.big", (1, 1))  # else git cannot tell it from one written just after
    await person.commit("by the agent's git", tree)
    commit = await field.integrate(await field.point(1, tree))
    assert await person.git("show", f"{commit}:x.big") == "RAW"
    landing = Landing(person.host, asyncio.sleep)
    landed = await landing.land_merge(str(person.repo), "main", commit)
    assert (landed.how, landed.paths) == ("filtered", ("x.big",))
    assert not (person.repo / "x.big").exists()
