"""What an engine is started on: a home that is taken, newer, damaged or not the person's alone."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from commandcenter.config.folders import Folders
from commandcenter.testing.playing import Home, Said

Breakage = Callable[[Folders], object]


async def one_sentence(home: Home, *codes: int) -> Said:
    """An engine that does not start says why in one line."""
    said = await home.run("engine", limit_s=10.0)
    assert said.code in codes, said
    assert said.out == ""
    assert said.err.startswith("commandcenter: ")
    assert said.err.count("\n") == 1
    return said


async def test_a_second_engine_is_refused_and_the_first_named(home: Home) -> None:
    await home.start()
    said = await one_sentence(home, 3)
    assert f"(pid {home.pid})" in said.err
    assert (await home.json("status"))["pid"] == home.pid
    assert await home.stop() == 0
    await home.start()


async def test_a_lock_that_a_killed_engine_left_is_no_lock(home: Home) -> None:
    await home.start()
    await home.kill()
    assert (home.path / "engine.lock").read_text()
    await home.start()


async def test_a_journal_of_a_newer_version_is_refused_and_untouched(home: Home) -> None:
    await home.start()
    assert await home.stop() == 0
    place = home.path / "journal" / "0001.db"
    with closing(sqlite3.connect(place)) as conn:
        conn.execute("PRAGMA user_version = 99")
    before = files(home.path / "journal")
    said = await one_sentence(home, 3)
    assert "version 99" in said.err
    assert files(home.path / "journal") == before
    verified = await home.run("journal", "verify")
    assert verified.code == 5
    assert files(home.path / "journal") == before


def files(folder: Path) -> dict[str, str]:
    """Every file with its digest."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


BROKEN: dict[str, Breakage] = {
    "accounts": lambda home: write(home.config / "accounts.toml", "[accounts.x"),
    "account": lambda home: write(home.config / "accounts.toml", "[accounts.x]\nkind = 1"),
    "settings": lambda home: write(home.config / "settings.toml", "kill_fuse_s = 'soon'"),
    "unknown setting": lambda home: write(home.config / "settings.toml", "colour = 3"),
    "bytes": lambda home: write(home.config / "settings.toml", b"\xff\xfe"),
    "journal": lambda home: write(home.data / "journal" / "0001.db", "garbage"),
    "socket": lambda home: write(home.run / "engine.sock", "not a socket"),
    "open to all": lambda home: home.data.chmod(0o777),
    "open folder": lambda home: home.config.chmod(0o770),
    "a file": lambda home: write(home.state, ""),
}


def write(path: Path, content: str | bytes) -> None:
    """A file in a folder of ours."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("what", BROKEN)
async def test_a_home_that_cannot_be_used_is_named_in_one_sentence(home: Home, what: str) -> None:
    home.path.mkdir(mode=0o700)
    (home.path / "config").mkdir(mode=0o700)
    BROKEN[what](home.folders)
    said = await one_sentence(home, 2, 5)
    assert str(home.path) in said.err or str(home.folders.run) in said.err


async def test_a_port_that_is_taken_or_nonsense_is_replaced(home: Home) -> None:
    write_port(home, '"x"')
    await home.start()
    first = (await home.json("status"))["gate"]
    assert await home.stop() == 0
    await home.start()
    assert (await home.json("status"))["gate"] == first, "and kept from then on"


def write_port(home: Home, value: str) -> None:
    """What `<state>/state.toml` says of the gate's port."""
    home.path.mkdir(mode=0o700)
    write(home.path / "state" / "state.toml", f"gate_port = {value}\n")


async def git(folder: Path, *words: str) -> None:
    """Run git there."""
    argv = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder), *words]
    process = await asyncio.create_subprocess_exec(*argv, stdout=-3, stderr=-3)
    assert await process.wait() == 0, argv


async def repositories(folder: Path) -> dict[str, Path]:
    """One of each kind; only the dirty one has a commit."""
    made = {name: folder / name for name in ("none", "bare", "empty", "dirty")}
    for path in made.values():
        path.mkdir()
    await git(made["bare"], "init", "-q", "--bare")
    await git(made["empty"], "init", "-q")
    await git(made["dirty"], "init", "-q")
    (made["dirty"] / "a.txt").write_text("one\n")
    await git(made["dirty"], "add", ".")
    await git(made["dirty"], "commit", "-qm", "first")
    (made["dirty"] / "a.txt").write_text("two\n")
    (made["dirty"] / "new.txt").write_text("new\n")
    return made


async def test_only_a_repository_with_a_commit_takes_threads(home: Home, tmp_path: Path) -> None:
    made = await repositories(tmp_path)
    await home.start()
    brief = '--account sparring-chat "[[sparring script=working rate=0 ttft_ms=0]]"'
    for name in ("none", "bare", "empty"):
        said = await home.run("order", f"spawn --repo {made[name]} {brief}")
        assert said.code == 3, said
        assert "RepositoryUnusable" in said.err
        assert "; " in said.err, "and what mends it"
    await home.order(f"spawn --repo {made['dirty']} {brief}")
    await home.order(f"spawn --uncommitted --repo {made['dirty']} {brief}")
    world = await home.until(lambda w: [h.state for h in w.threads.values()] == ["ended"] * 2)
    assert [head.outcome for head in world.threads.values()] == ["done", "done"]
    seen = [Path(head.workspace, "a.txt").read_text() for head in world.threads.values()]
    assert seen == ["one\n", "two\n"]
    assert (made["dirty"] / "a.txt").read_text() == "two\n"
    assert sorted(p.name for p in made["dirty"].iterdir()) == [".git", "a.txt", "new.txt"]
