"""CPU seconds of our processes and of everybody else's, between two moments."""

import contextlib
import os
import time
from collections.abc import Mapping

import msgspec
import psutil

from commandcenter.bench.measure import Window


class Sample(msgspec.Struct, frozen=True):
    """One moment: wall seconds, busy CPU seconds of the machine, CPU seconds by process label."""

    at: float
    busy: float
    cpu: dict[str, float]


class Meter:
    """Looks at the labelled processes with all below them; the bench itself is `bench`."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self.roots = dict(roots)
        self._begun = sample(self.roots)

    def begin(self) -> None:
        """From now on."""
        self._begun = sample(self.roots)

    def end(self, name: str, sent: float | None = None) -> Window:
        """What was used since `begin`."""
        return between(name, self._begun, sample(self.roots), sent)


def sample(roots: Mapping[str, int]) -> Sample:
    """How it stands now. A process that is gone counts with those who waited for it."""
    seen: set[int] = set()
    cpu = {label: _tree(pid, seen) for label, pid in roots.items()}
    cpu["bench"] = _tree(os.getpid(), seen)
    times = psutil.cpu_times()
    busy = times.user + times.system + times.nice + getattr(times, "steal", 0.0)
    return Sample(time.perf_counter(), busy, cpu)


def between(name: str, begin: Sample, end: Sample, sent: float | None) -> Window:
    """The span of two samples; strangers = cores that neither we nor idleness account for."""
    seconds = max(end.at - begin.at, 1e-9)
    cpu = {label: max(0.0, used - begin.cpu.get(label, 0.0)) for label, used in end.cpu.items()}
    strangers = max(0.0, end.busy - begin.busy - sum(cpu.values())) / seconds
    return Window(
        name=name,
        seconds=round(seconds, 3),
        cpu={label: round(used, 2) for label, used in cpu.items()},
        strangers=round(strangers, 3),
        load_average=round(psutil.getloadavg()[0], 2),
        sent=None if sent is None else round(sent, 4),
    )


def share(window: Window, label: str = "engine") -> float:
    """Percent of one core that a process with its children used."""
    return 100 * window.cpu[label] / window.seconds


def rss(pid: int) -> int:
    """Resident bytes of one process; 0 when it is gone."""
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _tree(pid: int, seen: set[int]) -> float:
    """CPU seconds of a process, of all below it not seen yet, and of those it waited for."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for process in family:
        if process.pid in seen:
            continue
        seen.add(process.pid)
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
