"""Process trees that try to get away, and who of them still lives, by the environment mark."""

import asyncio
import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

TREE = "[[tree]]"
"""In a brief: the bench driver starts one of these for the thread."""
SIZE = 6
SCRIPT = (
    "sh",
    "-c",
    # a child, a child in a session of its own, a daemon by double fork, one deaf to SIGHUP
    "sleep 600 & setsid sleep 600 & (setsid sh -c 'sleep 600 & exec sleep 600' &) ;"
    " nohup sleep 600 >/dev/null 2>&1 & wait",
)
DEAD = b"ZXx"
STILL = b"TtZXx"
SETTLE_S = 10.0


def marked(home: str) -> dict[int, list[int]]:
    """Living processes by thread: every /proc/*/environ with CC_HOME=home. Our own scan, not the
    engine's."""
    found: dict[int, list[int]] = {}
    wanted = b"CC_HOME=" + home.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        environ = _read(f"/proc/{name}/environ").split(b"\0")
        if wanted in environ and state(int(name)) not in DEAD:
            threads = [e[10:].split(b":")[0] for e in environ if e.startswith(b"CC_THREAD=")]
            found.setdefault(int(threads[0]) if threads else 0, []).append(int(name))
    return found


def state(pid: int) -> bytes:
    """The letter of /proc/PID/stat; X when there is none."""
    text = _read(f"/proc/{pid}/stat")
    return text[text.rfind(b")") + 2 :][:1] or b"X"


def still(pid: int) -> bool:
    """Stopped by a signal, frozen with its control group (its state then reads S), or ended."""
    if state(pid) in STILL:
        return True
    for line in _read(f"/proc/{pid}/cgroup").decode().splitlines():
        if line.startswith("0::"):
            events = _read(f"{_groups()}{line[3:]}/cgroup.events")
            return b"frozen 1" in events
    return False


@functools.cache
def _groups() -> str:
    """Where control groups (v2) are mounted; empty = nowhere."""
    for line in _read("/proc/self/mountinfo").decode().splitlines():
        fields = line.split()
        if "cgroup2" in fields[fields.index("-") :]:
            return fields[4]
    return ""


def zombies_of(pid: int) -> int:
    """Ended children that the process has not waited for."""
    found = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            text = _read(f"/proc/{name}/stat")
            fields = text[text.rfind(b")") + 2 :].split()
            found += fields[:1] == [b"Z"] and int(fields[1]) == pid
    return found


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


async def grown(home: str, threads: Iterable[int], size: int) -> dict[int, list[int]]:
    """Wait until every thread's tree is `size` processes, twice the same: one that is just being
    forked has passing members. Raises TimeoutError after 10 s."""
    wanted = set(threads)
    before: dict[int, list[int]] = {}
    async with asyncio.timeout(SETTLE_S):
        while True:
            every = marked(home)
            found = {thread: sorted(every.get(thread, ())) for thread in wanted}
            if found == before and all(len(pids) == size for pids in found.values()):
                return found
            before = found
            await asyncio.sleep(0.05)


class Graves:
    """Tells when each of some processes ended, to the instant, by pidfd."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.ended: dict[int, int] = {}
        """pid -> wall ns at which it ended."""
        self._fds: dict[int, int] = {}
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        for pid in pids:
            self._watch(pid)

    def _watch(self, pid: int) -> None:
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self.ended[pid] = time.time_ns()
            return
        self._fds[pid] = fd
        self._loop.add_reader(fd, self._end, pid)

    def _end(self, pid: int) -> None:
        self.ended[pid] = time.time_ns()
        fd = self._fds.pop(pid)
        self._loop.remove_reader(fd)
        os.close(fd)
        self._changed.set()

    async def all(self, limit_s: float) -> bool:
        """Wait until all have ended; False when some live after `limit_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while self._fds:
                    self._changed.clear()
                    await self._changed.wait()
        return not self._fds

    def close(self) -> None:
        """Give up watching."""
        for pid in list(self._fds):
            fd = self._fds.pop(pid)
            self._loop.remove_reader(fd)
            os.close(fd)


async def stopped(pids: Iterable[int], limit_s: float) -> int:
    """Wait until all stand still or have ended; wall ns at that moment. Raises TimeoutError."""
    left = list(pids)
    async with asyncio.timeout(limit_s):
        while True:
            left = [pid for pid in left if not still(pid)]
            if not left:
                return time.time_ns()
            await asyncio.sleep(0.0005)


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal each; those that have ended are left out."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def planted(mark: str, number: int) -> tuple[asyncio.subprocess.Process, list[int]]:
    """An equal tree of our own, for a floor: its root, and all of its processes."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "CC_HOME": mark, "CC_THREAD": f"{number}:1"}
    pipe = asyncio.subprocess.DEVNULL
    root = await asyncio.create_subprocess_exec(
        *SCRIPT, stdin=pipe, stdout=pipe, stderr=pipe, env=env, start_new_session=True
    )
    return root, (await grown(mark, [number], SIZE))[number]
