"""One game of shaping: splits, forks, reassigns, merges and crashes on real worktrees, by moves.

All chance is in making the list of moves; playing it has none of its own. So what fails can be
played again with fewer moves.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from commandcenter.config.accounts import Account
from commandcenter.core import notation
from commandcenter.core.base import AgentFailed, OrderId
from commandcenter.core.events import ToolEnded, ToolStarted
from commandcenter.core.orders import Given
from commandcenter.core.world import Head, live
from commandcenter.engine.engine import Engine
from commandcenter.gate.base import CallCut, GateRefused
from commandcenter.hosts.base import Running, Spawn
from commandcenter.testing.engines import Bench
from commandcenter.testing.gate import request
from commandcenter.testing.puppets import PuppetSession

ORDERS_LEAST = 30
CROWD, BORN = 7, 14
"""So many threads live at once, and are born at all: more splits would only be slow."""
ROOT = 400_000
PLAN = "[[task]]\ntitle = 'a'\nshare = 3\n[[task]]\ntitle = 'b'\n"
SPLITS = ("split", "fork", "revive", "merge #{t} --mend")
ORDERS = (
    ('split #{t} --plan "{plan}"', 7),
    ("split #{t} --kind branch --into 2", 3),
    ("split #{t} --kind scout --into 2", 2),
    ("fork #{t}", 4),
    ("fork #{t} --at 1", 1),
    ("reassign #{t} --account b --now", 5),
    ("reassign #{t} --account a --now", 3),
    ("reassign #{t} --agent puppet --account a --now", 3),
    ("reassign #{t} --agent puppet --account b", 2),
    ("go-back #{t}", 3),
    ('hand-over #{t} "go on there"', 1),
    ("kill #{t} --now", 5),
    ("kill #{t}", 2),
    ("merge #{t}", 7),
    ("merge #{t} --into #{o}", 4),
    ("merge #{t} --into #{o} --files new1.txt", 2),
    ("merge #{t} --mend", 1),
    ("unmerge #{t}", 2),
    ("checkpoint #{t}", 2),
    ("revert #{t} --to {few}", 4),
    ("verify #{t}", 3),
    ("verify #{t} --stop", 1),
    ("land #{t} --as discard", 1),
    ("unland #{t}", 1),
    ("reclaim #{t} --name {name}", 2),
    ("pause #{t}", 5),
    ("resume #{t}", 9),
    ("freeze #{t}", 2),
    ("interrupt #{t}", 2),
    ("budget #{t} --tokens {n}", 3),
    ('steer #{t} "go left"', 2),
    ("revive #{t}", 2),
    ("undo", 8),
    ("redo", 3),
)


class Move(NamedTuple):
    """One thing that happens: an order (its words hold a blank or more) or the name of a doing.

    `a` chooses the thread, `b` another one, `n` is any number.
    """

    do: str
    a: int
    b: int
    n: int
    wait: bool


def moves(seed: int) -> list[Move]:
    """The moves of a seed; at least 30 of them are orders."""
    chance = random.Random(seed)
    made: list[Move] = []
    orders = 0
    while orders < ORDERS_LEAST:
        is_order = chance.random() < 0.55
        table = ORDERS if is_order else DOINGS
        [do] = chance.choices([one for one, _ in table], [weight for _, weight in table])
        numbers = [chance.randrange(1 << 20) for _ in range(3)]
        made.append(Move(do, *numbers, wait=chance.random() < 0.7))
        orders += is_order
    return made


class Game:
    """Plays moves on one home; `told` is what they came to."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.url = url
        self.told: list[str] = []
        self.faults: list[str] = []
        """Tasks of the engine that ended by an exception."""
        self.given = 0
        """Orders."""
        self.works_on: list[Running] = []
        self.bench: Bench

    async def open(self) -> None:
        """An engine on the home; the second one recovers."""
        quick = ("kill_fuse_s=0.02", "handoff_edit_s=0.05", "verify_limit_s=5")
        self.bench = await Bench.open(self.home, quick, self._prepare)

    def _prepare(self, engine: Engine) -> None:
        engine.parts.tasks.on_crash = lambda name, error: self.faults.append(f"{name}: {error!r}")
        for name, kind in (("a", "chat"), ("b", "anthropic")):
            account = Account(name, kind, self.url, model="sparring-small", practice=True)  # type: ignore[arg-type]  # two of the kinds
            engine.parts.accounts[name] = account

    async def begin(self) -> None:
        """Two threads of one operation in their first turn, one with a budget."""
        await self.open()
        await self.give(
            f'operation o --repo {self.bench.repo} --success "grep -q hello readme.txt"'
        )
        await self.give(f'spawn --op o --account a --tokens {ROOT} "do"')
        await self.give('spawn --op o --account a "do"')

    async def play(self, move: Move) -> None:
        """What it sets off may still be under way on return."""
        if " " in move.do or move.do in ("undo", "redo"):
            await self.order(move)
            return
        self.told.append(f"{move.do} {move.a}")
        doing = getattr(self, move.do, None)
        if doing is not None:
            await doing(move)
            return
        session = self.session(move)
        if session is not None:
            self.told[-1] = f"#{session.start.thread} {move.do}"
            ACTS[move.do](session, move.n)

    # --- orders -----------------------------------------------------------------------------

    def thread(self, a: int) -> Head:
        """Mostly one that lives."""
        world = self.bench.engine.parts.world
        living = live(world)
        pool = living if living and a % 8 else [*world.threads.values()]
        return pool[a // 8 % len(pool)]

    async def order(self, move: Move) -> None:
        """An order of the player; refused ones are part of the game."""
        head, other = self.thread(move.a), self.thread(move.b)
        do = move.do
        world = self.bench.engine.parts.world
        crowded = len(live(world)) >= CROWD or len(world.threads) >= BORN
        if crowded and do.startswith(SPLITS):
            do = "kill #{t} --now"
        words = do.format(
            t=head.id,
            o=other.id,
            n=1_000 + move.n % 100_000,
            few=1 + move.n % 4,
            plan=PLAN,
            name=f'"{head.name}"',
        )
        await self.give(words, wait=move.wait)

    async def give(self, words: str, wait: bool = True) -> None:
        """As the player gives it with the second press."""
        self.given += 1
        self.told.append(words)
        engine = self.bench.engine
        given = Given(OrderId(engine.parts.ids.fresh()), notation.parse(words), "player", True)
        ack = await engine.submit(given)
        if ack.refused:
            self.told[-1] += f"  [{ack.refused[0].reason}]"
        if wait:  # of several threads it may be refused for some
            await engine.carried_out(given.id)

    # --- what agents and the world do -------------------------------------------------------

    def session(self, move: Move) -> PuppetSession | None:
        """One that lives and goes, if it is for that."""
        living = [one for one in self.bench.driver.made if one.alive]
        if move.do in TURNS:
            living = [one for one in living if one.turn and one.level is None]
        return living[move.a % len(living)] if living else None

    async def crash(self, move: Move) -> None:
        """The engine is lost; another one begins."""
        await self.bench.crash()
        await self.open()

    async def stop(self, move: Move) -> None:
        """The engine is stopped; another one begins from its snapshot."""
        self.free()
        await self.bench.close()
        await self.open()

    async def spends(self, move: Move) -> None:
        """A model call, at the real gate."""
        heads = [h for h in live(self.bench.engine.parts.world) if h.state == "running"]
        heads = [h for h in heads if h.account == "a" and h.driver == "native"]
        if not heads:
            return
        head = heads[move.a % len(heads)]
        answer = self.bench.engine.parts.gate.call(head.id, head.epoch, request("x" * 400, 200))
        with contextlib.suppress(GateRefused, CallCut, TimeoutError):  # or its limit holds it
            async with asyncio.timeout(0.2), contextlib.aclosing(answer) as pieces:  # type: ignore[type-var]  # a generator
                async for _ in pieces:
                    pass

    async def works(self, move: Move) -> None:
        """A background process, as an agent may leave one."""
        session = self.session(move)
        if session is None or session.level is not None:
            return
        start = session.start
        env = {"PATH": os.environ.get("PATH", os.defpath)}
        argv = ("sleep", "1000")
        with contextlib.suppress(OSError):
            spawn = Spawn(argv, start.workspace, env, start.thread, start.epoch)
            self.works_on.append(await self.bench.engine.parts.host.spawn(spawn))

    async def will_not_open(self, move: Move) -> None:
        """The next session that is opened fails."""
        kinds = ("crashed", "timeout", "missing", "refused")
        self.bench.driver.fails.append(AgentFailed(kinds[move.n % len(kinds)]))  # type: ignore[arg-type]  # four of the kinds

    async def over(self) -> None:
        """All is closed."""
        self.free()
        await self.bench.close()
        for one in self.works_on:
            one.close()

    def free(self) -> None:
        """Nothing hangs or is held up by us any more."""
        self.bench.driver.fails.clear()
        for session in self.bench.driver.made:
            session.rests.set()


# --- what a session does ----------------------------------------------------------------------


def writes(session: PuppetSession, n: int) -> None:
    """A file of its worktree."""
    name = ("readme.txt", "new1.txt", "new2.txt")[n % 3]
    said = ("hello", "hello world", "hallo", "hello\nhello")[n // 3 % 4]
    with contextlib.suppress(OSError):  # the worktree was reclaimed
        Path(session.start.workspace, name).write_text(f"{said}\n")


def shows(session: PuppetSession, n: int) -> None:
    """A tool call from its beginning to its end."""
    effect = f"e{session.epoch}-{session.start.thread}-{n}"
    session.sink.emit(ToolStarted("c", "read", "read", "read", "{}", effect), session.turn)
    session.sink.emit(ToolEnded("c", effect, "ok", 1, ""), session.turn)


def ends(session: PuppetSession, n: int) -> None:
    session.say("done ")
    session.end()


def finishes(session: PuppetSession, n: int) -> None:
    session.say("done ")
    session.end("end", "finish")


def fails(session: PuppetSession, n: int) -> None:
    session.end(("error", "max_tokens", "refusal")[n % 3], error="no luck")


def crashes(session: PuppetSession, n: int) -> None:
    session.end("crashed", error="it fell over")


def rests_late(session: PuppetSession, n: int) -> None:
    session.rests.clear()


def rests(session: PuppetSession, n: int) -> None:
    session.rests.set()


ACTS: dict[str, Callable[[PuppetSession, int], None]] = {
    one.__name__: one for one in (writes, shows, ends, finishes, fails, crashes, rests_late, rests)
}
TURNS = frozenset({"writes", "shows", "ends", "finishes", "fails", "crashes"})
"""Only of a session in a turn that goes."""
DOINGS = (
    ("writes", 12),
    ("ends", 10),
    ("shows", 4),
    ("finishes", 2),
    ("fails", 2),
    ("crashes", 2),
    ("rests_late", 1),
    ("rests", 2),
    ("spends", 5),
    ("works", 2),
    ("will_not_open", 1),
    ("crash", 2),
    ("stop", 1),
)
