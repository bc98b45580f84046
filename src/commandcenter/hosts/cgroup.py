"""Control groups (Linux, v2): the one way to freeze and kill that nothing escapes."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_MOVE = 'echo 0 >"$1" && shift && exec "$@"'


class Groups:
    """One group per session beneath `parent`, named `<thread>-<epoch>`."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent

    def entered(self, thread: int, epoch: int, argv: tuple[str, ...]) -> tuple[str, ...]:
        """`argv` behind a shell that first moves itself into the group: before the program
        runs, so no child of it is ever outside. Raises OSError: the group cannot be made."""
        group = self.parent / f"{thread}-{epoch}"
        group.mkdir(exist_ok=True)
        return ("/bin/sh", "-c", _MOVE, "sh", str(group / "cgroup.procs"), *argv)

    def freeze(self, thread: int, epoch: int, *, frozen: bool) -> bool:
        """Order the groups of a thread frozen or thawed; False when it has none."""
        groups = list(self._groups(thread, epoch))
        for group in groups:
            _write(group / "cgroup.freeze", "1" if frozen else "0")
        return bool(groups)

    def frozen(self, thread: int, epoch: int) -> bool:
        """Whether every process of the groups stands still; their state still reads S."""
        return all("frozen 1" in _read(g / "cgroup.events") for g in self._groups(thread, epoch))

    def kill(self, thread: int, epoch: int) -> None:
        """SIGKILL whatever is in the groups, frozen or not, and whatever it forks meanwhile."""
        for group in self._groups(thread, epoch):
            _write(group / "cgroup.kill", "1")

    def populated(self, thread: int, epoch: int) -> bool:
        """Whether anything lives in the groups or below them."""
        return any("populated 1" in _read(g / "cgroup.events") for g in self._groups(thread, epoch))

    def pids(self, thread: int, epoch: int) -> list[int]:
        """Every process of the groups."""
        return [
            int(line)
            for group in self._groups(thread, epoch)
            for below in (group, *_below(group))
            for line in _read(below / "cgroup.procs").split()
        ]

    def remove(self, thread: int, epoch: int) -> None:
        """Take away the groups that are empty."""
        for group in self._groups(thread, epoch):
            _prune(group)

    def all(self) -> list[tuple[int, int]]:
        """Thread and epoch of every group, those of an earlier engine too."""
        names = (p.name.split("-") for p in self.parent.glob("*-*") if p.is_dir())
        return [(int(n[0]), int(n[1])) for n in names if n[0].isdecimal() and n[1].isdecimal()]

    def close(self) -> None:
        """Take away what is empty, the parent last."""
        for thread, epoch in self.all():
            self.remove(thread, epoch)
        _prune(self.parent)

    def _groups(self, thread: int, epoch: int) -> Iterator[Path]:
        one = self.parent / f"{thread}-{epoch}"
        found = [one] if epoch else self.parent.glob(f"{thread}-*")
        return (path for path in found if path.is_dir())


def probe(home: str) -> Groups | None:
    """Groups beneath our own group, if this user may make, enter and kill them: tried with a
    real process. None elsewhere: macOS, cgroup v1, no delegation."""
    own = _own()
    if own is None:
        return None
    groups = Groups(own / f"cc-{home}")
    try:
        groups.parent.mkdir(exist_ok=True)
        argv = groups.entered(0, 0, ("/bin/sh", "-c", ":"))
        moved = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=2)
    except (OSError, subprocess.SubprocessError):
        _prune(groups.parent)
        return None
    usable = moved.returncode == 0 and (groups.parent / "cgroup.kill").exists()
    groups.remove(0, 0)
    if not usable:
        _prune(groups.parent)
    return groups if usable else None


def _own() -> Path | None:
    mounts = (line.split() for line in _read(Path("/proc/self/mountinfo")).splitlines())
    points = [Path(f[4]) for f in mounts if "cgroup2" in f[f.index("-") :]]
    lines = _read(Path("/proc/self/cgroup")).splitlines()
    inside = [line[3:] for line in lines if line.startswith("0::")]
    if not (points and inside):
        return None
    return points[0] / inside[0].lstrip("/")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENODEV):  # gone meanwhile
            raise


def _below(group: Path) -> Iterator[Path]:
    """The groups that a program made inside its own, parents first."""
    try:
        with os.scandir(group) as entries:
            folders = [group / e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return  # gone meanwhile
    for folder in folders:
        yield folder
        yield from _below(folder)


def _prune(group: Path) -> None:
    for path in (*reversed(list(_below(group))), group):
        try:
            path.rmdir()
        except OSError:
            continue  # not empty, or gone
