"""Files beneath a workspace: real links, pipes, hard links and races."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from commandcenter.hosts import files as module
from commandcenter.hosts.files import Files, Listed
from commandcenter.hosts.grep import Grep, check_simple


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    root.mkdir()
    (root / "a.txt").write_text("one\ntwo\n")
    (root / "sub").mkdir()
    (root / "sub/b.txt").write_text("three\n")
    return root


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_read_write_edit(root: Path) -> None:
    files = Files(root)
    assert files.read("a.txt").text == "one\ntwo\n"
    assert files.read("./sub//../a.txt").digest == sha("one\ntwo\n")
    made = files.write("new/deep/c.txt", "x é")
    assert (made.old, made.new) == ("", sha("x é"))
    changed = files.write(str(root / "a.txt"), "other")
    assert (changed.old, changed.new) == (sha("one\ntwo\n"), sha("other"))
    assert files.edit("sub/b.txt", "thr", "f").new == sha("fee\n")
    assert sorted(os.listdir(root / "new/deep")) == ["c.txt"]


def test_edit_must_meet_exactly_one_place(root: Path) -> None:
    files = Files(root)
    for old in ("o", "missing", ""):
        with pytest.raises(ValueError, match="must be once"):
            files.edit("a.txt", old, "x")
    assert (root / "a.txt").read_text() == "one\ntwo\n"


def test_mode_is_kept_and_temp_files_go(root: Path) -> None:
    (root / "a.txt").chmod(0o755)
    Files(root).write("a.txt", "x")
    assert (root / "a.txt").stat().st_mode & 0o777 == 0o755
    os.mkdir(root / "folder")
    with pytest.raises(ValueError, match="folder"):
        Files(root).write("folder", "x")
    assert not [name for name in os.listdir(root) if name.startswith(".cc-")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", ValueError),
        ("a\0b", ValueError),
        ("x" * 5000, ValueError),
        ("x" * 300, ValueError),
        ("sub", ValueError),
        ("..", ValueError),
        ("../a", PermissionError),
        ("sub/../../a", PermissionError),
        ("none/../a.txt", FileNotFoundError),
        ("none", FileNotFoundError),
        ("/etc/passwd", PermissionError),
        ("~/.bashrc", FileNotFoundError),
        ("a.txt/x", PermissionError),
        (".env", PermissionError),
        ("sub/.ENV.local", PermissionError),
        ("prod.env", PermissionError),
        ("bad\udcff", FileNotFoundError),
    ],
)
def test_refused_reads(root: Path, path: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        Files(root).read(path)
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize(
    "path",
    [".git", ".git/hooks/x", ".GIT/config", "sub/.git/x", ".claude/settings.json", ".vscode/x",
     ".envrc", ".mcp.json", ".bashrc", ".g\u200cit/config", "config.worktree", ".commandcenter/x",
     "sub/.Idea/x"],
)  # fmt: skip
def test_refused_writes(root: Path, path: str) -> None:
    before = sorted(os.listdir(root))
    with pytest.raises(PermissionError):
        Files(root).write(path, "x")
    assert sorted(os.listdir(root)) == before


def test_near_misses_work(root: Path) -> None:
    files = Files(root)
    for path in (
        ".gitignore",
        "git",
        "..data",
        "environment.py",
        "my.envs",
        "na\u00efve \U0001f600",
    ):
        files.write(path, path)
        assert files.read(path).text == path


def test_links_pipes_and_second_names(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "secret").write_text("TOPSECRET")
    (root / "file").symlink_to(out / "secret")
    (root / "folder").symlink_to(out)
    (root / "dangling").symlink_to(out / "new")
    (root / "loop").symlink_to("loop")
    os.link(out / "secret", root / "hard")
    os.mkfifo(root / "pipe")
    files = Files(root)
    for path in ("file", "folder/secret", "dangling", "loop", "hard", "pipe", "folder/new"):
        with pytest.raises(PermissionError):
            files.read(path)
        with pytest.raises(PermissionError):
            files.write(path, "x")
        with pytest.raises(PermissionError):
            files.edit(path, "TOP", "x")
    assert os.listdir(out) == ["secret"]
    assert (out / "secret").read_text() == "TOPSECRET"
    with pytest.raises(PermissionError):
        files.list("folder")


def test_large_and_binary_files(root: Path) -> None:
    with open(root / "big", "wb") as file:
        file.truncate(10 << 30)
    (root / "binary").write_bytes(b"\xff\xfe\x00")
    for path in ("big", "binary"):
        with pytest.raises(ValueError, match=path):
            Files(root).read(path)
    with pytest.raises(ValueError, match="at most 16 MiB"):
        Files(root).write("new", "x" * (module.LIMIT_BYTES + 1))


def test_list(root: Path) -> None:
    (root / "link").symlink_to("a.txt")
    assert Files(root).list() == (
        Listed("a.txt", "file", 8),
        Listed("link", "link"),
        Listed("sub", "folder"),
    )
    assert Files(root).list("sub/") == (Listed("b.txt", "file", 6),)
    with pytest.raises(FileNotFoundError):
        Files(root).list("none")


def test_search(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git/x").write_text("two")
    (root / ".env").write_text("two")
    (root / "sub/binary").write_bytes(b"\0two")
    (root / "sub/c.py").write_text("def two():\n    pass\n" + "x" * 5000 + "two\n")
    (root / "link").symlink_to("/etc/passwd")
    found = Files(root).search("two")
    assert [(h.path, h.line) for h in found.hits] == [("a.txt", 2), ("sub/c.py", 1)]
    assert found.cut == ""
    assert [h.text for h in Files(root).search(r"def \w+\(", "sub", regex=True).hits] == [
        "def two():"
    ]
    assert [h.path for h in Files(root).search("two", "a.txt").hits] == ["a.txt"]
    with pytest.raises(PermissionError):
        Files(root).search("two", "link")


def test_search_ends_at_its_limits(root: Path) -> None:
    (root / "many").write_text("hit\n" * 1000)
    found = Files(root).search("hit")
    assert (len(found.hits), found.cut) == (200, "200 hits")


def test_search_stops_when_its_time_is_over(root: Path) -> None:
    with Grep("x", regex=False) as grep:
        grep._over.set()
        assert list(grep.lines(b"x\nx\n")) == []


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|b)*c", r"(a)\1", "a*b*c*", "(?=a)", "(?P<x>a)", "a?a?a?", "x" * 201, ""],
)
def test_costly_expressions_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"search|pattern"):
        Grep(pattern, regex=True)


@pytest.mark.parametrize(
    "pattern",
    [r"def \w+\(.*\)", "^import (os|re)$", "[*+?]{2}", r"a\*b\+\?", "a*?", "(?i)todo", "[]x]+"],
)
def test_simple_expressions_pass(pattern: str) -> None:
    check_simple(pattern)


def test_broken_expression() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        Grep("[", regex=True)


def test_flipped_link_never_leaks(root: Path, tmp_path: Path) -> None:
    """A link turned between check and use, some 2 000 times, and a folder beside it."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "f").write_text("TOPSECRET")
    (root / "real").mkdir()
    (root / "real/f").write_text("fine")
    over = threading.Event()

    def flip() -> None:
        while not over.is_set():
            for target in ("real", str(secret)):
                link = root / "next"
                link.symlink_to(target)
                link.rename(root / "flip")
            os.unlink(root / "flip")
            os.rename(root / "real", root / "flip")
            os.rename(root / "flip", root / "real")

    flipper = threading.Thread(target=flip)
    flipper.start()
    seen = set()
    try:
        for _ in range(2000):
            try:
                seen.add(Files(root).read("flip/f").text)
            except (PermissionError, FileNotFoundError):
                continue
    finally:
        over.set()
        flipper.join()
    assert seen <= {"fine"}


def test_folder_moved_out_during_a_write(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved exactly between the walk and the rename: found afterwards, and undone."""
    (root / "sub/old.txt").write_text("old")
    put = module._put

    def moved(folder: int, name: str, data: bytes, mode: int | None) -> None:
        monkeypatch.setattr(module, "_put", put)
        os.rename(root / "sub", tmp_path / "moved")
        put(folder, name, data, mode)

    monkeypatch.setattr(module, "_put", moved)
    with pytest.raises(PermissionError, match="moved out"):
        Files(root).write("sub/new.txt", "x")
    assert sorted(os.listdir(tmp_path / "moved")) == ["b.txt", "old.txt"]
    os.rename(tmp_path / "moved", root / "sub")
    monkeypatch.setattr(module, "_put", moved)
    with pytest.raises(PermissionError, match="moved out"):
        Files(root).write("sub/old.txt", "x")
    assert (tmp_path / "moved/old.txt").read_text() == "old"
