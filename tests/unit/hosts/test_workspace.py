"""Worktrees in real repositories; the person's checkout stays byte for byte as it is."""

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commandcenter.hosts.base import home_mark
from commandcenter.hosts.git import Git
from commandcenter.hosts.local import LocalHost
from commandcenter.hosts.snapshot import make_repository
from commandcenter.hosts.workspace import Changed, WorkspaceError, Workspaces, WorkspaceSpec, slug


class Desk:
    """A person's repository, and our worktrees beside it."""

    def __init__(self, folder: Path, host: LocalHost) -> None:
        self.repo = folder / "person"
        self.data = folder / "data" / "worktrees"
        self.host = host
        self.waits: list[float] = []
        self.spaces = Workspaces(host, self.data, self.sleep)
        self.repo.mkdir()
        self.git("init", "-q", "-b", "main")
        for name in ("a.txt", "b.txt", "sub/c.txt"):
            self.write(name, f"{name}\n")
        self.write(".gitignore", "ignored\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "one")

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def write(self, name: str, text: str) -> Path:
        path = self.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def git(self, *args: str, folder: Path | None = None) -> str:
        who = ("-c", "user.name=P", "-c", "user.email=p@example.org")
        argv = ("git", *who, "-C", str(folder or self.repo), *args)
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def spec(self, thread: int = 1, **more: object) -> WorkspaceSpec:
        return WorkspaceSpec(str(self.repo), thread, "fix it", **more)  # type: ignore[arg-type] # fields by name

    def everything(self) -> str:
        """One hash over the person's files, index, HEAD, configuration and own branches."""
        whole = hashlib.sha256()
        skipped = {"objects", "worktrees", "logs", "cc", "commandcenter"}
        for folder, names, files in os.walk(self.repo):
            names[:] = sorted(n for n in names if n not in skipped)
            for name in sorted(files):
                path = Path(folder, name)
                stat = path.stat()
                whole.update(f"{path} {stat.st_mode} {stat.st_mtime_ns}".encode())
                whole.update(path.read_bytes())
        return whole.hexdigest()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    host = LocalHost(home_mark(tmp_path))
    yield Desk(tmp_path, host)
    await host.close()


async def test_worktree_on_its_branch_with_progress(desk: Desk) -> None:
    before, stages = desk.everything(), []
    made = await desk.spaces.ensure(desk.spec(), stages.append)
    assert made.path == str(desk.data.resolve() / "1")
    assert made.branch == "cc/1-fix-it"
    assert made.base == desk.git("rev-parse", "HEAD")
    assert (Path(made.path) / "sub/c.txt").read_text() == "sub/c.txt\n"
    assert stages[-1] == "workspace: checking out"
    assert len(stages) == 3
    assert desk.everything() == before


async def test_ensure_again_finds_it_with_its_work(desk: Desk) -> None:
    made = await desk.spaces.ensure(desk.spec())
    (Path(made.path) / "a.txt").write_text("work\n")
    desk.write("d.txt", "d")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "two")
    assert await desk.spaces.ensure(desk.spec()) == made
    assert (Path(made.path) / "a.txt").read_text() == "work\n"


async def test_folder_taken_away_or_half_made_is_made_anew(desk: Desk) -> None:
    made = await desk.spaces.ensure(desk.spec())
    desk.git("commit", "-q", "--allow-empty", "-m", "by the agent", folder=Path(made.path))
    commit = desk.git("rev-parse", "HEAD", folder=Path(made.path))
    shutil.rmtree(made.path)
    again = await desk.spaces.ensure(desk.spec())
    assert (again.path, again.branch) == (made.path, made.branch)
    assert desk.git("rev-parse", "HEAD", folder=Path(made.path)) == commit
    (desk.repo / ".git/worktrees/1/locked").write_text("initializing")
    (Path(made.path) / "a.txt").unlink()
    assert (await desk.spaces.ensure(desk.spec())).path == made.path
    assert (Path(made.path) / "a.txt").exists()


@pytest.mark.parametrize("cut", ["branch", "head", "commondir", "index.lock", ".git"])
async def test_one_broken_off_half_way_is_made_anew(desk: Desk, cut: str) -> None:
    made = await desk.spaces.ensure(desk.spec())
    admin, path = desk.repo / ".git/worktrees/1", Path(made.path)
    (admin / "locked").write_text("initializing")
    if cut == "branch":
        (admin / "HEAD").write_text("0" * 40 + "\n")
        (admin / "HEAD.lock").touch()
    elif cut == "head":
        (admin / "HEAD").unlink()
    elif cut == "commondir":
        (admin / "commondir").unlink()
    elif cut == "index.lock":
        (admin / cut).touch()
    else:
        (path / cut).unlink()
    (path / "a.txt").unlink()
    assert await desk.spaces.ensure(desk.spec()) == made
    assert (path / "a.txt").exists()
    assert [one.name for one in desk.data.iterdir()] == ["1"]
    assert [one.name for one in admin.parent.iterdir()] == ["1"]


async def test_names_of_another_home_are_left_alone(desk: Desk, tmp_path: Path) -> None:
    theirs = await Workspaces(desk.host, tmp_path / "other", desk.sleep).ensure(desk.spec())
    (desk.data / "2").mkdir(parents=True)
    made = await desk.spaces.ensure(desk.spec())
    assert (Path(made.path).name, made.branch) == ("1-2", "cc/1-fix-it-2")
    assert await desk.spaces.ensure(desk.spec()) == made
    assert theirs.branch == "cc/1-fix-it"
    assert Path((await desk.spaces.ensure(desk.spec(2))).path).name == "2-2"


async def test_uncommitted_state_is_the_base_and_nothing_is_touched(desk: Desk) -> None:
    desk.write("a.txt", "staged\n")
    desk.git("add", "a.txt")
    desk.write("a.txt", "staged and changed\n")
    desk.write("new.txt", "new\n")
    desk.write("ignored", "secret\n")
    (desk.repo / "b.txt").unlink()
    before = desk.everything()
    made = await desk.spaces.ensure(desk.spec(3, uncommitted=True))
    assert desk.everything() == before
    folder = Path(made.path)
    assert (folder / "a.txt").read_text() == "staged and changed\n"
    assert (folder / "new.txt").read_text() == "new\n"
    assert not (folder / "b.txt").exists()
    assert not (folder / "ignored").exists()
    assert desk.git("rev-parse", "refs/commandcenter/base/3") == made.base
    assert desk.git("rev-parse", f"{made.base}^") == desk.git("rev-parse", "HEAD")
    twin = await desk.spaces.ensure(desk.spec(4, uncommitted=True))
    assert twin.base == made.base
    desk.git("status")


async def test_uncommitted_of_a_clean_repository_is_head(desk: Desk) -> None:
    made = await desk.spaces.ensure(desk.spec(uncommitted=True))
    assert made.base == desk.git("rev-parse", "HEAD")


async def test_base_by_name(desk: Desk) -> None:
    desk.git("tag", "old")
    desk.git("commit", "-q", "--allow-empty", "-m", "two")
    assert (await desk.spaces.ensure(desk.spec(base="old"))).base == desk.git("rev-parse", "old")
    for bad in ("nothing", "--help", "old; id"):
        with pytest.raises(WorkspaceError) as caught:
            await desk.spaces.ensure(desk.spec(2, base=bad))
        assert caught.value.kind == "repository"


async def test_diff_and_count_hold_new_changed_removed_and_committed(desk: Desk) -> None:
    made = await desk.spaces.ensure(desk.spec())
    folder = Path(made.path)
    assert await desk.spaces.changed(made.path, made.base) == Changed()
    assert await desk.spaces.diff(made.path, made.base) == ""
    (folder / "a.txt").write_text("a.txt\nmore\n")
    desk.git("commit", "-qam", "by the agent", folder=folder)
    (folder / "sub/c.txt").write_text("changed\n")
    (folder / "b.txt").unlink()
    (folder / "new.txt").write_text("1\n2\n")
    (folder / "ignored").write_text("x\n")
    status = desk.git("status", "--porcelain", folder=folder)
    text = await desk.spaces.diff(made.path, made.base)
    for line in ("+more", "-sub/c.txt", "+changed", "deleted file", "+++ b/new.txt", "+2"):
        assert line in text.splitlines() or any(line in entry for entry in text.splitlines())
    assert "ignored" not in text
    assert await desk.spaces.changed(made.path, made.base) == Changed(4, 4, 2)
    assert desk.git("status", "--porcelain", folder=folder) == status
    cut = await desk.spaces.diff(made.path, made.base, limit=100)
    assert cut.endswith("[cut at 100 bytes]\n")
    with pytest.raises(WorkspaceError):
        await desk.spaces.diff(made.path, "0" * 40)


async def test_inspect(desk: Desk) -> None:
    desk.write("a.txt", "changed")
    desk.write("new file", "")
    seen = await desk.spaces.inspect(str(desk.repo / "sub"))
    assert seen.root == str(desk.repo.resolve())
    assert (seen.branch, seen.dirty, seen.commits) == ("main", 2, 1)
    assert seen.head == desk.git("rev-parse", "HEAD")
    desk.git("checkout", "-q", "--detach")
    assert (await desk.spaces.inspect(str(desk.repo))).branch == ""


async def test_unusable_repositories_say_why_and_what_to_do(desk: Desk, tmp_path: Path) -> None:
    def made(name: str, *args: str) -> str:
        subprocess.run(["git", "init", "-q", *args, str(tmp_path / name)], check=True)
        return str(tmp_path / name)

    (tmp_path / "plain").mkdir()
    cases = {
        str(tmp_path / "plain"): "no git repository",
        made("bare", "--bare"): "bare",
        made("empty"): "no commit",
        str(tmp_path / "nowhere"): "no such folder",
        str(desk.repo / "a.txt"): "no such folder",
    }
    for folder, why in cases.items():
        for call in (desk.spaces.inspect(folder), desk.spaces.ensure(WorkspaceSpec(folder, 1))):
            with pytest.raises(WorkspaceError) as caught:
                await call
            assert why in caught.value.why
            assert caught.value.kind == "repository"
            assert caught.value.remedy


async def test_git_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkspaceError) as caught:
        await desk.spaces.inspect(str(desk.repo))
    assert caught.value.remedy == "install git"


async def test_nothing_of_the_repository_is_run(desk: Desk, tmp_path: Path) -> None:
    """Hooks, filters, file watchers, external diffs, text converters of a hostile repository."""
    trap = tmp_path / "sprung"
    spring = f"touch {trap} && cat"
    hook = desk.repo / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    desk.write(".gitattributes", "*.txt filter=evil diff=evil\n")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "attributes")
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
                "diff.evil.command", "diff.evil.textconv", "core.fsmonitor", "diff.external",
                "filter.Odd Name=x.clean", "core.pager"):  # fmt: skip
        desk.git("config", key, spring)
    desk.git("config", "filter.evil.required", "true")
    desk.write("a.txt", "changed\n")
    made = await desk.spaces.ensure(desk.spec(uncommitted=True))
    (Path(made.path) / "a.txt").write_text("again\n")
    (Path(made.path) / "new.txt").write_text("new\n")
    assert "+again" in await desk.spaces.diff(made.path, made.base)
    await desk.spaces.changed(made.path, made.base)
    await desk.spaces.inspect(str(desk.repo))
    assert not trap.exists()


async def test_persons_ignore_file_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "global").write_text(".DS_Store\n")
    (tmp_path / ".gitconfig").write_text("[core]\n\texcludesFile = ~/global\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    desk.write(".DS_Store", "x")
    assert (await desk.spaces.inspect(str(desk.repo))).dirty == 0


async def test_lock_of_another_process_is_waited_for(desk: Desk) -> None:
    git = Git(desk.host, desk.sleep, str(desk.repo))
    lock = desk.repo / ".git/refs/heads/x.lock"
    lock.write_text("")
    head = desk.git("rev-parse", "HEAD")
    ran = await git.ran("update-ref", "refs/heads/x", head)
    assert (ran.code != 0, desk.waits) == (True, [1.0] * 4)

    async def freed(seconds: float) -> None:
        lock.unlink()

    git.sleep = freed
    assert (await git.ran("update-ref", "refs/heads/x", head)).code == 0


async def test_eight_at_once_and_at_most_four_made(desk: Desk) -> None:
    stages: dict[int, list[str]] = {i: [] for i in range(1, 9)}
    made = await asyncio.gather(
        *(desk.spaces.ensure(desk.spec(i), stages[i].append) for i in stages)
    )
    assert len({m.path for m in made}) == 8
    assert all((Path(m.path) / "a.txt").exists() for m in made)


async def test_submodules_stay_empty_and_are_named(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    desk.git("init", "-q", folder=other)
    desk.git("commit", "-q", "--allow-empty", "-m", "one", folder=other)
    desk.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "inner")
    desk.git("commit", "-qm", "with a submodule")
    made = await desk.spaces.ensure(desk.spec())
    assert made.empty == ("inner",)
    assert list((Path(made.path) / "inner").iterdir()) == []


async def test_sample_repository_has_the_same_commit_everywhere(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "sample"
    source.mkdir()
    (source / "run.py").write_text("print(1)\n")
    git = Git(desk.host, desk.sleep, "/")
    first = await make_repository(git, source, tmp_path / "one")
    assert first == await make_repository(git, source, tmp_path / "two")
    assert first == GOLDEN
    assert (await desk.spaces.inspect(str(tmp_path / "one"))).branch == "main"


GOLDEN = "13afa0de37186ae3900a258be90c1abeaf4b2183"


def test_slugs() -> None:
    assert slug("Fix: the FAILING test!") == "fix-the-failing-test"
    assert slug("../../é") == "work"
    assert len(slug("a b" * 100)) <= 40


class Locking(Workspaces):
    """While the files are written another git holds the lock of the new branch."""

    async def _register(self, git: Git, *words: str) -> None:
        await super()._register(git, *words)
        if words[:2] == ("worktree", "add"):
            common = await git.text("rev-parse", "--path-format=absolute", "--git-common-dir")
            Path(common.strip(), "refs/heads/cc/1-fix-it.lock").touch()


async def test_writing_the_files_locks_no_branch(desk: Desk) -> None:
    made = await Locking(desk.host, desk.data, desk.sleep).ensure(desk.spec())
    assert (Path(made.path) / "sub/c.txt").read_text() == "sub/c.txt\n"
    assert desk.git("status", "--porcelain", folder=Path(made.path)) == ""
