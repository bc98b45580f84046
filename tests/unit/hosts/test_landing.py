"""Landing on the person's branch, and only there, only forward."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.landing import Landed, Landing
from commandcenter.hosts.merging import Merging, Wanted
from commandcenter.hosts.pull_request import PullRequest, PullRequests
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.testing.desks import Desk, write

HIDDEN = "refs/commandcenter/landing/1"


class Result:
    """A thread's result: `a.txt` changed, `new/n.txt` new, `b.txt` gone."""

    def __init__(self, person: Desk, tree: Path, commit: str) -> None:
        self.person = person
        self.tree = tree
        self.commit = commit
        self.landing = Landing(person.host, asyncio.sleep)

    @classmethod
    async def made(cls, person: Desk) -> "Result":
        tree = await person.thread(1)
        write(tree / "a.txt", "the agent's\n")
        write(tree / "new/n.txt", "new\n")
        (tree / "b.txt").unlink()
        points = Checkpoints(person.host, asyncio.sleep)
        theirs = (await points.checkpoint(str(tree), 1, 1)).commit
        return cls(person, tree, await cls.joined(person, theirs))

    @classmethod
    async def joined(cls, person: Desk, theirs: str) -> str:
        merging = Merging(person.host, asyncio.sleep)
        wanted = Wanted(theirs, "Fix it\n\nThread: #1")
        return (await merging.join(str(person.repo), "main", wanted, HIDDEN)).commit

    async def land(self, branch: str = "main") -> Landed:
        return await self.landing.land_merge(str(self.person.repo), branch, self.commit)


@pytest.fixture
async def result(person: Desk) -> Result:
    return await Result.made(person)


async def test_joined_but_not_landed_touches_nothing(person: Desk) -> None:
    before = person.everything()
    result = await Result.made(person)
    assert person.everything() == before
    assert await person.git("rev-parse", HIDDEN) == result.commit


async def test_where_it_is_checked_out_the_files_go_with_it(result: Result) -> None:
    person = result.person
    old = await person.git("rev-parse", "main")
    hook = write(
        person.repo / ".git/hooks/post-merge", f"#!/bin/sh\ntouch {person.folder}/sprung\n"
    )
    hook.chmod(0o755)
    write(person.repo / "sub/c.txt", "the person is at it\n")
    write(person.repo / "theirs.txt", "untracked\n")
    landed = await result.land()
    assert landed == Landed("landed", old, result.commit, str(person.repo))
    assert (person.repo / "a.txt").read_text() == "the agent's\n"
    assert not (person.repo / "b.txt").exists()
    status = await person.git("status", "--porcelain")
    assert status == " M sub/c.txt\n?? theirs.txt"
    assert await person.git("rev-parse", "HEAD", "main") == f"{result.commit}\n{result.commit}"
    assert await person.git("log", "--format=%s|%an", "main") == "Fix it|P\none|P"
    assert not (person.folder / "sprung").exists()
    assert (await result.land()).how == "already"


@pytest.mark.parametrize("case", ["changed", "staged", "removed", "untracked", "ignored", "folder"])
async def test_changes_of_the_persons_in_the_way(result: Result, case: str) -> None:
    person = result.person
    path = {"untracked": "new/n.txt", "ignored": "new/n.txt", "folder": "new"}.get(case, "a.txt")
    if case == "removed":
        (person.repo / "a.txt").unlink()
    else:
        write(person.repo / path, "the person's\n")
    if case == "ignored":
        write(person.repo / ".git/info/exclude", "new\n")
    if case == "staged":
        await person.git("add", "a.txt")
        write(person.repo / "a.txt", (await person.git("show", "HEAD:a.txt")) + "\n")
    before = person.everything()
    landed = await result.land()
    assert (landed.how, landed.paths, landed.done) == ("dirty", (path,), False)
    assert landed.old == landed.new
    assert person.everything() == before


async def test_moved_meanwhile_is_joined_anew(result: Result) -> None:
    person = result.person
    write(person.repo / "sub/c.txt", "the person's\n")
    tip = await person.commit("two")
    landed = await result.land()
    assert (landed.how, landed.old, landed.new) == ("moved", tip, tip)
    result.commit = await Result.joined(person, result.commit)
    assert (await result.land()).how == "landed"
    assert (person.repo / "sub/c.txt").read_text() == "the person's\n"
    assert (person.repo / "a.txt").read_text() == "the agent's\n"


async def test_not_checked_out_only_the_ref_moves(result: Result) -> None:
    person = result.person
    await person.git("checkout", "-q", "-b", "other")
    write(person.repo / "a.txt", "dirty\n")
    before = hashlib.sha256((person.repo / ".git/index").read_bytes()).hexdigest()
    landed = await result.land()
    assert (landed.how, landed.place) == ("landed", "")
    assert await person.git("rev-parse", "main") == result.commit
    assert (person.repo / "a.txt").read_text() == "dirty\n"
    assert hashlib.sha256((person.repo / ".git/index").read_bytes()).hexdigest() == before


async def test_in_the_middle_of_something_of_theirs(result: Result) -> None:
    person = result.person
    await person.git("checkout", "-q", "-b", "side")
    write(person.repo / "a.txt", "side\n")
    await person.commit("side")
    await person.git("checkout", "-q", "main")
    write(person.repo / "a.txt", "main\n")
    await person.commit("main")
    result.commit = await person.git("rev-parse", "main")
    result.commit = await person.git("commit-tree", "main^{tree}", "-p", "main", "-m", "ahead")
    for command in ("merge", "rebase"):
        await person.git(command, "side", check=False)
        before = person.everything()
        assert (await result.land()).how == "busy", command
        assert person.everything() == before
        await person.git(command, "--abort")


async def test_no_such_branch_or_commit(result: Result) -> None:
    with pytest.raises(WorkspaceError, match="no branch nowhere"):
        await result.land("nowhere")
    result.commit = "f" * 40
    with pytest.raises(WorkspaceError):
        await result.land()


async def test_discard_keeps_it_on_a_hidden_ref(result: Result) -> None:
    person = result.person
    before = person.everything(result.tree)
    first = await result.landing.discard(str(result.tree), 1)
    assert person.everything(result.tree) == before
    assert await person.git("show", f"{first}:a.txt") == "the agent's"
    write(result.tree / "a.txt", "again\n")
    second = await result.landing.discard(str(result.tree), 1)
    assert await person.git("rev-parse", "refs/commandcenter/discarded/1") == second
    await person.git("merge-base", "--is-ancestor", first, second)


class Remote:
    """A bare repository as `origin`, and a `gh` that writes down what it was given."""

    def __init__(self, result: Result, bin_folder: Path) -> None:
        self.result = result
        self.bare = result.person.folder / "remote.git"
        self.bin = bin_folder
        self.asks = PullRequests(result.person.host, asyncio.sleep)

    async def start(self, script: str) -> None:
        person = self.result.person
        await person.git("init", "-q", "--bare", str(self.bare))
        await person.git("remote", "add", "origin", str(self.bare))
        await person.git("push", "-q", "origin", "main")
        self.gh(script)

    def gh(self, script: str) -> None:
        told = self.result.person.folder / "told"
        body = 'for a in "$@"; do case $a in --body-file=*) cat "${a#*=}" >> "$T";; esac; done'
        text = f'#!/bin/sh\nT={told}\nprintf "%s\\n" "$@" > "$T"\n{body}\n{script}\n'
        write(self.bin / "gh", text).chmod(0o755)

    async def ask(self, **more: str) -> object:
        wanted = {
            "branch": "cc/1-fix",
            "base": "main",
            "title": "Fix `it`; $(touch x)",
            "body": "B\n",
        }
        request = PullRequest(self.result.commit, **(wanted | more))
        return await self.asks.pull_request(str(self.result.person.repo), request)


@pytest.fixture
def remote(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remote:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Remote(result, tmp_path / "bin")


async def test_pull_request(remote: Remote) -> None:
    await remote.start("echo https://example.org/pull/7")
    person = remote.result.person
    before = person.everything()
    assert repr(await remote.ask()).startswith("Asked(address='https://example.org/pull/7'")
    assert await person.git("rev-parse", "cc/1-fix", folder=remote.bare) == remote.result.commit
    told = (person.folder / "told").read_text().splitlines()
    assert told[:3] == ["pr", "create", "--title=Fix `it`; $(touch x)"]
    assert told[-3:] == ["--base=main", "--head=cc/1-fix", "B"]
    assert person.everything() == before
    remote.gh("echo 'a pull request already exists: https://example.org/pull/7' >&2; exit 1")
    assert "new=False" in repr(await remote.ask())
    remote.gh("echo 'not logged in' >&2; exit 4")
    with pytest.raises(WorkspaceError, match="is pushed, but gh says: not logged in"):
        await remote.ask()


async def test_pull_request_that_cannot_be(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkspaceError, match="gh is not installed"):
        await remote.ask()
    remote.gh("exit 0")
    with pytest.raises(WorkspaceError, match="no remote"):
        await remote.ask()
    await remote.start("exit 0")
    person = remote.result.person
    other = await person.git("commit-tree", "main^{tree}", "-m", "apart")
    await person.git("push", "-q", "origin", f"{other}:refs/heads/cc/1-fix")
    with pytest.raises(WorkspaceError, match="other commits on cc/1-fix"):
        await remote.ask()
    assert await person.git("rev-parse", "cc/1-fix", folder=remote.bare) == other
    await person.git("remote", "set-url", "origin", "/nowhere/at/all")
    with pytest.raises(WorkspaceError, match="push to origin"):
        await remote.ask(branch="x")
