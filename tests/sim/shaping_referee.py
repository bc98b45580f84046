"""What must hold of splits, hand-overs and merges: one session in a worktree, budgets that are
neither made nor lost, no orphans, a journal that replays."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from referee import Referee, at_rest, crowd, unlike_world

from commandcenter.core.base import Record
from commandcenter.core.codec import Entry, Row, load_entry
from commandcenter.core.events import (
    LimitCarved,
    LimitReturned,
    LimitSet,
    MergeStarted,
    OrderRefused,
    ThreadCreated,
)
from commandcenter.core.reduce import fold
from commandcenter.core.world import Head, World, dump, live, load
from commandcenter.engine.carving import CARVED, heir_of, is_over
from commandcenter.engine.engine import Engine
from commandcenter.engine.runner import Runner
from commandcenter.testing.engines import Bench
from commandcenter.testing.puppets import PuppetSession

KEPT = 6
"""So many Worlds of a game are folded on from, at its end."""


class Purse(Record, frozen=True):
    """What the books say of a thread's token limit."""

    tokens: int | None = None
    parent: int = 0
    kind: str = ""
    carved: int = 0
    """How often it was given a share."""
    returned: int = 0


class Books:
    """Token limits by the journal's own words, without the reducer."""

    def __init__(self) -> None:
        self.purses: defaultdict[int, Purse] = defaultdict(Purse)
        self.ordered = 0
        """The sum of all limits, as orders alone have made it."""

    def row(self, entry: Entry) -> None:
        """One entry."""
        event, thread = entry.event, entry.stamp.thread
        match event:
            case ThreadCreated():
                self.purses[thread] = Purse(parent=event.parent, kind=event.kind)
            case LimitSet(scope, _, tokens) if scope.startswith("#"):
                purse = self.purses[int(scope[1:])]
                self.ordered += (tokens or 0) - (purse.tokens or 0)
                self._put(int(scope[1:]), tokens=tokens)
            case LimitCarved(child, _, tokens) if tokens is not None:
                self._carved(thread, child, tokens)
            case LimitReturned(child, _, tokens):
                self._returned(thread, child, tokens)
            case _:
                pass

    def _carved(self, parent: int, child: int, tokens: int) -> None:
        giver, taker = self.purses[parent], self.purses[child]
        where = f"{tokens} of #{parent} for #{child}"
        assert taker.parent == parent, where
        assert taker.kind in CARVED, where
        assert not taker.carved, f"carved twice: {where}"
        assert tokens >= 0, where
        assert giver.tokens is not None, where
        assert giver.tokens >= tokens, f"more than it has: {where}"
        self._put(parent, tokens=giver.tokens - tokens)
        self._put(child, tokens=tokens, carved=1)

    def _returned(self, heir: int, child: int, tokens: int | None) -> None:
        giver, taker = self.purses[child], self.purses[heir]
        where = f"{tokens} of #{child} to #{heir}"
        assert heir in self.ancestors(child), where
        assert not giver.returned, f"returned twice: {where}"
        self._put(child, returned=1)
        if tokens is None:
            return
        assert tokens >= 0, where
        if giver.tokens is not None:
            assert giver.tokens >= tokens, f"more than it has: {where}"
            self._put(child, tokens=giver.tokens - tokens)
        if taker.tokens is not None:
            self._put(heir, tokens=taker.tokens + tokens)
        elif giver.tokens is not None:
            self.ordered -= tokens  # whoever has no limit has no purse to put it in

    def _put(self, thread: int, **what: int | None) -> None:
        old = self.purses[thread]
        fields = {name: getattr(old, name) for name in old.__struct_fields__}
        self.purses[thread] = Purse(**(fields | what))

    def ancestors(self, thread: int) -> list[int]:
        """Parents and theirs."""
        found = []
        while thread := self.purses[thread].parent:
            found.append(thread)
        return found

    def odd(self, world: World) -> Iterator[str]:
        """What World says otherwise."""
        for head in world.threads.values():
            if head.limit.tokens != self.purses[head.id].tokens:
                yield f"#{head.id} has {head.limit.tokens}, the books {self.purses[head.id].tokens}"


class ShapingReferee(Referee):
    """Reads every row once, and looks at git and the processes."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.worlds: list[tuple[int, bytes]] = []
        self.merging: set[int] = set()
        """Threads whose merge has begun and is not told the end of."""

    def row(self, row: Row) -> None:
        """One entry."""
        super().row(row)
        entry = load_entry(row)
        self.books.row(entry)
        event = entry.event
        if isinstance(event, OrderRefused):
            assert event.reason["type"] != "OrderFailed", event.text
        if isinstance(event, MergeStarted):
            self.merging.add(row.thread)
        elif row.kind in ("Merged", "Unmerged", "ConflictFound"):
            self.merging.discard(row.thread)

    def judge(self, bench: Bench, *, quiet: bool) -> None:
        """World, gate, runners, sessions and books agree; `quiet` = nothing is under way."""
        engine = bench.engine
        problems = [*shared(bench)]
        if quiet:
            same = dump(self.world) == dump(engine.parts.world)
            problems += [] if same else [*unlike(self.world, engine.parts.world)]
            problems += self.books.odd(self.world)
            problems += purses_at_rest(engine)
            problems += left_alone(bench)
            problems += [f"#{one}: its merge has no end" for one in self.merging]
            for runner in engine.runners.values():
                problems += runner_at_rest(bench, engine, runner)
            self.worlds.append((self.seq, dump(self.world)))
        total = sum(purse.tokens or 0 for purse in self.books.purses.values())
        if total != self.books.ordered:
            problems.append(f"{total} tokens are in all purses, {self.books.ordered} were given")
        assert not problems, problems

    async def replay(self, bench: Bench) -> None:
        """From nothing, from a snapshot and from Worlds on the way: the same World."""
        parts = bench.engine.parts
        last = dump(parts.world)
        taken = self.worlds[:: max(1, len(self.worlds) // KEPT)]
        starts = [(0, dump(World())), *taken]
        snapshot = await parts.reader.snapshot()
        if snapshot is not None and snapshot.state:
            starts.append((snapshot.seq, snapshot.state))
        for since, state in starts:
            world = load(state)
            fold(world, await parts.reader.rows(since, 1_000_000))
            assert dump(world) == last, f"folded from {since} on: {[*unlike(world, parts.world)]}"


def unlike(one: World, other: World) -> Iterator[str]:
    """Where two Worlds differ."""
    for name in one.__struct_fields__:
        if name == "threads":
            for number, head in one.threads.items():
                yield from _differing(head, other.threads.get(number))
        elif getattr(one, name) != getattr(other, name):
            yield f"{name}: {getattr(one, name)} is not {getattr(other, name)}"


def _differing(one: Head, other: Head | None) -> Iterator[str]:
    for name in one.__struct_fields__:
        mine, theirs = getattr(one, name), getattr(other, name, None)
        if mine != theirs:
            yield f"#{one.id}.{name}: {mine} is not {theirs}"


# --- sessions ---------------------------------------------------------------------------------


def shared(bench: Bench) -> Iterator[str]:
    """Worktrees in which more than one session could act."""
    places: dict[str, list[PuppetSession]] = {}
    for session in bench.driver.made:
        if session.alive:
            places.setdefault(session.start.workspace, []).append(session)
    for place, living in places.items():
        if len(living) > 1:
            yield from _crowded(place, living)
    homes: dict[str, int] = {}
    for head in live(bench.engine.parts.world):
        if head.workspace and head.workspace in homes:
            yield f"#{head.id} and #{homes[head.workspace]} live in {head.workspace}"
        homes[head.workspace] = head.id


def _crowded(place: str, living: list[PuppetSession]) -> Iterator[str]:
    """Only who is to follow may be beside one that is stopped, and it was told nothing yet."""
    if len({session.start.thread for session in living}) > 1:
        yield f"{place} has sessions of {sorted(session.start.thread for session in living)}"
    *older, newest = sorted(living, key=lambda session: session.epoch)
    if newest.prompts:
        yield f"#{newest.start.thread} was told something while {len(older)} others live"
    yield from (
        f"#{one.start.thread} goes while {newest.epoch} is there" for one in older if not one.level
    )


def left_alone(bench: Bench) -> Iterator[str]:
    """Sessions that go on though their thread has ended."""
    heads = bench.engine.parts.world.threads
    for session in bench.driver.made:
        if session.alive and heads[session.start.thread].state == "ended":
            yield f"#{session.start.thread} ended, a session of it lives"


def runner_at_rest(bench: Bench, engine: Engine, runner: Runner) -> Iterator[str]:
    """Of one runner: World, gate, lease and session agree."""
    who = f"#{runner.thread} {runner.state}"
    living = [s for s in bench.driver.made if s.start.thread == runner.thread and s.alive]
    yield from (f"{who}: {one}" for one in at_rest(engine, runner))
    yield from (f"{who}: {one}" for one in unlike_world(engine, runner))
    yield from crowd(runner, living, True)
    if runner.session is not None and runner.lease.epoch != runner.epoch:
        yield f"{who}: the lease is of {runner.lease.epoch}, its session of {runner.epoch}"
    if living and runner.session is None:
        yield f"{who}: a session of it lives that nobody has"
    if (runner.handover is not None) != (runner.head.handing is not None):
        yield f"{who}: handed over? {runner.handover} {runner.head.handing}"


# --- budgets ----------------------------------------------------------------------------------


def purses_at_rest(engine: Engine) -> Iterator[str]:
    """Whoever is over owes nothing, and the gate leaves what World leaves."""
    world, gate = engine.parts.world, engine.parts.gate
    for head in world.threads.values():
        if head.carved is not None and is_over(head) and heir_of(world, head):
            yield f"#{head.id} is over and keeps {head.carved}"
        limit = head.limit.tokens
        if limit is not None and head.state != "ended":
            left = max(0, limit - head.tokens.total)
            if gate.free(head.id).tokens != left:
                yield f"#{head.id} has {left} left, the gate says {gate.free(head.id).tokens}"


# --- worktrees and processes ------------------------------------------------------------------


async def orphans(bench: Bench) -> list[str]:
    """Worktrees of git that no thread has, and those of threads that are not there."""
    argv = ("git", "-C", str(bench.repo), "worktree", "list", "--porcelain")
    ran = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    said, _ = await ran.communicate()
    lines = said.decode().splitlines()
    trees = {line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")}
    trees.discard(str(bench.repo.resolve()))
    heads = bench.engine.parts.world.threads.values()
    known = {head.workspace for head in heads if head.workspace}
    found = [f"nobody has {tree}" for tree in sorted(trees - known)]
    found += [f"#{h.id} has {h.workspace}, which git has not" for h in heads
              if h.workspace and h.workspace not in trees]  # fmt: skip
    places = bench.engine.parts.folders.data / "worktrees"
    found += [f"{one} is left" for one in _folders(places) if str(one) not in known]
    return found


def _folders(place: Path) -> list[Path]:
    return sorted(place.resolve().iterdir()) if place.is_dir() else []


async def strays(bench: Bench) -> list[str]:
    """Processes with our mark."""
    left = await bench.engine.parts.host.survivors()
    return [f"process {one}" for one in left]
