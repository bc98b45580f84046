"""Who is told outside the window, and what: needs you for long, failed, done, windows (screen 10).

Pure: the screen shows desktop notices with it, the engine runs the person's own command with it.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from commandcenter.core.base import NS, Record
from commandcenter.core.text import line
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud import words
from commandcenter.hud.attention import queue
from commandcenter.hud.seen import face, seen
from commandcenter.hud.windows import closed, label, name

Kind = Literal["needs", "failed", "done", "window_empty", "window_open", "many"]
SAID = 200
FOLD = 5
THREAD_NS = 60 * NS
_DENY_ONLY = frozenset({"R3", "R4"})
_KEYS = 10_000


class Told(Record, frozen=True):
    """One notice: a title, what it is about, and the shell lines that answer it."""

    kind: Kind
    title: str
    text: str
    thread: int = 0
    name: str = ""
    operation: str = ""
    level: str = ""
    waited_s: int = 0
    answers: tuple[str, ...] = ()
    count: int = 1
    """Over 1: so many notices folded into this one."""

    def body(self) -> str:
        """All of it but the title as plain text, one fact a line."""
        where = f"in {self.operation}" if self.operation else ""
        return "\n".join(part for part in (self.text, where, *self.answers) if part)


class Notifier:
    """Remembers what was told: nothing twice, at most one a thread and minute."""

    def __init__(self, redact: Callable[[str], str] = lambda text: text) -> None:
        self._redact = redact
        self._told: dict[str, int] = {}
        self._threads: dict[int, int] = {}
        self._shut: dict[str, str] | None = None

    def start(self, world: World, now: int) -> None:
        """What has ended and what is closed at wall `now` (ns) is no news; open needs are."""
        self._shut = _shut(world, now)
        self._told = {key: now for key, _ in self._ends(world, now)}

    def due(self, world: World, now: int, after_s: float) -> tuple[Told, ...]:
        """What is to be told at wall `now` (ns); more than five become one.

        A thread that was told of within the minute is told of later, if it is still so.
        """
        if self._shut is None:
            self.start(world, now)
        fresh = []
        for key, told in self._news(world, now, after_s):
            known = key in self._told or self._recent(told.thread, now)
            if known or _quiet(world, told, key.startswith("ask "), now):
                continue
            self._told[key] = now
            if told.thread:
                self._threads[told.thread] = now
            fresh.append(told)
        if len(self._told) > _KEYS:
            self._told = dict(list(self._told.items())[_KEYS // 2 :])
        return _folded(fresh)

    def _recent(self, thread: int, now: int) -> bool:
        last = self._threads.get(thread)
        return bool(thread) and last is not None and now - last < THREAD_NS

    def _news(self, world: World, now: int, after_s: float) -> Iterator[tuple[str, Told]]:
        yield from self._asks(world, now, after_s)
        yield from self._needs(world, now, after_s)
        yield from self._ends(world, now)
        yield from self._windows(world, now)

    def _asks(self, world: World, now: int, after_s: float) -> Iterator[tuple[str, Told]]:
        for case in queue(world):
            head = world.threads.get(case.ask.thread)
            waited = words.since(case.ask.since, now)
            if case.ask.deferred > now:
                continue
            if head is not None and waited >= after_s:
                text = f"asks {self._quoted(case.ask.line)} · waited {words.age(waited)}"
                level = case.ask.level if case.ask.kind == "tool" else ""
                told = self._of("needs", head, "needs you", f"{text}{level and f' · {level}'}")
                yield (
                    f"ask {case.ask.id} {case.ask.digest}",
                    _answered(told, level, int(waited), answers(case.ask)),
                )

    def _needs(self, world: World, now: int, after_s: float) -> Iterator[tuple[str, Told]]:
        for head in world.threads.values():
            if head.asks or seen(head, world.accounts.get(head.account)) != "needs you":
                continue
            waited = words.since(head.moved, now)
            if waited >= after_s:
                text = f"{self._quoted(face(head, world, now).line)} · waited {words.age(waited)}"
                told = self._of("needs", head, "needs you", text)
                yield f"needs {head.id} {head.moved}", _answered(told, "", int(waited), ())

    def _ends(self, world: World, now: int) -> Iterator[tuple[str, Told]]:
        for head in world.threads.values():
            state = seen(head, world.accounts.get(head.account))
            if state == "failed":
                told = self._of("failed", head, "failed", self._quoted(head.why or head.line))
            elif state == "done" and head.outcome != "killed":
                text = self._quoted(head.line.removeprefix("finish ") or head.outcome)
                told = self._of("done", head, "is done", text)
            else:
                continue
            yield f"end {head.id} {head.state} {head.moved}", told

    def _windows(self, world: World, now: int) -> Iterator[tuple[str, Told]]:
        shut, before = _shut(world, now), self._shut or {}
        for key, said in shut.items():
            if key not in before:
                yield f"shut {key} {now}", Told("window_empty", f"{said} is empty", _HELD)
        for key, said in before.items():
            if key not in shut:
                yield f"open {key} {now}", Told("window_open", f"{said} is open again", _GOES_ON)
        self._shut = shut

    def _of(self, kind: Kind, head: Head, title: str, text: str) -> Told:
        who = line(self._redact(head.name), 60)
        return Told(kind, f"{who} {title}", text, head.id, who, line(head.operation, 60))

    def _quoted(self, text: str) -> str:
        return f"\u201c{line(self._redact(text), SAID)}\u201d" if text else ""


_HELD = "its threads are held and go on by themselves at the reset"
_GOES_ON = "its threads go on by themselves"


def _quiet(world: World, told: Told, asks: bool, now: int) -> bool:
    """Has the player put the alert about this very need out of sight and sound?"""
    if told.kind not in ("needs", "failed") or not told.thread:
        return False
    return any(
        alert.thread == told.thread
        and alert.snoozed > now
        and (alert.category == "approval") == asks
        for alert in world.alerts.values()
    )


def answers(ask: Ask) -> tuple[str, ...]:
    """The shell lines that answer: R3 and R4 are allowed at the screen alone."""
    if ask.kind == "question":
        return (f"commandcenter order 'approve {ask.id} \"your answer\"'",)
    deny = f"commandcenter order 'deny {ask.id}'"
    if ask.level in _DENY_ONLY:
        return (deny,)
    return (f"commandcenter order 'approve {ask.id}'", deny)


def _answered(told: Told, level: str, waited_s: int, lines: tuple[str, ...]) -> Told:
    return Told(
        told.kind,
        told.title,
        told.text,
        told.thread,
        told.name,
        told.operation,
        level,
        waited_s,
        lines,
    )


def _shut(world: World, now: int) -> dict[str, str]:
    """The closed windows: key -> `CLAUDE 5 h`."""
    return {
        f"{account.id} {window.minutes}": label(name(world, account), window)
        for account in world.accounts.values()
        for window in account.windows
        if closed(account, window, now)
    }


def _folded(found: list[Told]) -> tuple[Told, ...]:
    if len(found) <= FOLD:
        return tuple(found)
    kinds = {told.kind: sum(other.kind == told.kind for other in found) for told in found}
    parts = {"needs": "need you", "failed": "failed", "done": "are done"}
    said = " · ".join(f"{count} {parts.get(kind, kind)}" for kind, count in kinds.items())
    names = ", ".join(told.name for told in found if told.name)
    return (Told("many", said, line(names, SAID), count=len(found)),)
