"""One seeded game: random orders, agents' doings and crashes on a whole engine with puppets."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from commandcenter.core import notation
from commandcenter.core.base import AgentFailed, OrderId
from commandcenter.core.orders import Given
from commandcenter.core.world import live
from commandcenter.engine.engine import Engine
from commandcenter.testing.engines import Bench
from commandcenter.testing.puppets import PuppetSession

FEWEST = 3
"""So many threads live; where one ends another begins."""
ORDERS = (
    ("pause #{t}", 6),
    ("resume #{t}", 10),
    ("freeze #{t}", 5),
    ("interrupt #{t}", 4),
    ("kill #{t}", 3),
    ("kill #{t} --now", 1),
    ("undo", 6),
    ("redo", 2),
    ('steer #{t} "go left"', 3),
    ('steer #{t} "go right" --now', 2),
    ("pause-all", 2),
    ("resume-all", 3),
    ("freeze-spending", 2),
    ("resume-spending", 3),
    ("budget #{t} --tokens {n}", 1),
    ("rename #{t} n{n}", 1),
    ("group #{t} --set 3", 1),
    ("model #{t} --to sparring-large", 1),
    ("revive #{t}", 2),
    ("reassign #{t} --account {account} --now", 4),
    ("reassign #{t} --agent puppet --account sparring-anthropic --now", 3),
    ("reassign #{t} --account {account}", 2),
    ("hand-over #{t}", 3),
    ("go-back #{t}", 2),
    ("approve {ask} --danger", 5),
    ("deny {ask}", 3),
)


class Game:
    """Plays on one home until told to end; `told` is what was done, for a failing seed."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.chance = random.Random(seed)
        self.told: list[str] = []
        self.faults: list[str] = []
        """Tasks of the engine that ended by an exception."""
        self.bench: Bench

    async def open(self) -> None:
        """An engine on the home; the second one recovers."""
        self.bench = await Bench.open(
            self.home, ("kill_fuse_s=0.02", "handoff_edit_s=0.02"), self._prepare, flat=True
        )

    def _prepare(self, engine: Engine) -> None:
        engine.parts.tasks.on_crash = lambda name, error: self.faults.append(f"{name}: {error!r}")

    async def begin(self) -> None:
        """The first threads."""
        await self.open()
        for _ in range(FEWEST):
            await self.spawn()

    async def spawn(self) -> None:
        """One thread more."""
        await self.give(f'spawn --repo {self.home} --account sparring-chat "do"')

    async def step(self) -> None:
        """One thing happens; what it sets off may still be under way on return."""
        doings: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.order, 60),
            (self.act, 40),
            (self.restart, 2),
        ]
        [do] = self.chance.choices([d for d, _ in doings], [w for _, w in doings])
        await do()

    async def order(self) -> None:
        """A random order of the player, often while the one before is still being carried out."""
        [text] = self.chance.choices([o for o, _ in ORDERS], [w for _, w in ORDERS])
        world = self.bench.engine.parts.world
        if len(live(world)) < FEWEST:
            await self.spawn()
            return
        ask = self.chance.choice([*world.asks, 1])
        thread = self.chance.choice([*world.threads][-2 * FEWEST :])
        account = self.chance.choice(("sparring-chat", "sparring-anthropic", "sparring-ollama"))
        n = self.chance.randint(1, 9_999)
        words = text.format(t=thread, n=n, ask=ask, account=account)
        await self.give(words, wait=self.chance.random() < 0.5)

    async def give(self, words: str, wait: bool = True) -> None:
        """An order; refused ones are part of the game."""
        self.told.append(words)
        engine = self.bench.engine
        given = Given(OrderId(engine.parts.ids.fresh()), notation.parse(words), "player", True)
        await engine.submit(given)
        if wait:
            await engine.carried_out(given.id)

    async def act(self) -> None:
        """An agent does something."""
        living = [session for session in self.bench.driver.made if session.alive]
        if not living:
            return
        session = self.chance.choice(living)
        doings = [d for d in DOINGS if session.turn or d in ALWAYS]
        doing = self.chance.choice(doings)
        self.told.append(f"#{session.start.thread} {doing.__name__}")
        doing(session, self)

    async def restart(self) -> None:
        """The engine crashes, or is stopped, and another one begins."""
        if self.chance.random() < 0.7:
            self.told.append("crash")
            await self.bench.crash()
        else:
            self.told.append("stop")
            self.free()
            await self.bench.close()
        await self.open()

    def free(self) -> None:
        """Nothing hangs or is held up by us any more."""
        self.bench.driver.ready.set()
        for session in self.bench.driver.made:
            session.rests.set()
            session.hangs.clear()


Doing = Callable[[PuppetSession, Game], None]


def says(session: PuppetSession, game: Game) -> None:
    session.say("a word ")


def asks(session: PuppetSession, game: Game) -> None:
    commands = ("git push origin main", "git status --short", "git push --force", "pip install x")
    session.run(game.chance.choice(commands), f"k{game.chance.randint(1, 3)}")


def wonders(session: PuppetSession, game: Game) -> None:
    session.question("which way?")


def ends(session: PuppetSession, game: Game) -> None:
    session.end()


def finishes(session: PuppetSession, game: Game) -> None:
    session.end("end", "finish")


def fails(session: PuppetSession, game: Game) -> None:
    session.end(game.chance.choice(("error", "max_tokens", "refusal")), error="no luck")


def crashes(session: PuppetSession, game: Game) -> None:
    session.end("crashed", error="it fell over")


def is_cut(session: PuppetSession, game: Game) -> None:
    session.end("cancelled", game.chance.choice(("spend_freeze", "kill", "journal")))


def speaks_twice(session: PuppetSession, game: Game) -> None:
    turn = session.turn
    session.end()
    session.turn = turn
    session.end()


def rests_late(session: PuppetSession, game: Game) -> None:
    session.rests.clear()


def rests(session: PuppetSession, game: Game) -> None:
    session.rests.set()


def will_hang(session: PuppetSession, game: Game) -> None:
    session.hangs.add(game.chance.choice(("stop", "go", "interrupt", "answer", "kill")))


def will_not_open(session: PuppetSession, game: Game) -> None:
    kinds = ("crashed", "timeout", "missing")
    game.bench.driver.fails.append(AgentFailed(game.chance.choice(kinds)))  # type: ignore[arg-type]  # three of the kinds


def opens_late(session: PuppetSession, game: Game) -> None:
    game.bench.driver.ready.clear()


def opens(session: PuppetSession, game: Game) -> None:
    game.bench.driver.ready.set()


DOINGS: tuple[Doing, ...] = (
    says,
    asks,
    asks,
    asks,
    wonders,
    ends,
    ends,
    finishes,
    fails,
    crashes,
    is_cut,
    speaks_twice,
    rests_late,
    rests,
    will_hang,
    will_not_open,
    opens_late,
    opens,
)
ALWAYS: tuple[Doing, ...] = (rests_late, rests, will_not_open, opens_late, opens)
