"""What a copy of a session must be, whichever agent it is of (agents.md 12: 24, 25, 42)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from commandcenter.core.codec import Entry, Stamp
from commandcenter.core.conversation import Message
from commandcenter.core.events import TextAdded, ToolStarted, TurnMarked
from commandcenter.drivers.base import Driver, Origin, Session
from commandcenter.hosts.local import LocalHost
from commandcenter.rules.handing import history
from commandcenter.sparring.record import Logged
from commandcenter.testing.gate import GateKit
from commandcenter.testing.scenarios import script
from commandcenter.testing.sessions import Heard

KNOWS = "\n".join(
    (
        script("plum", r"recall = 'codeword=(\w+)'", said="It was {recall}."),
        script("red", r"recall = 'colour=(\w+)'", said="It was {recall}."),
    )
)
"""Scripts that say what the conversation holds."""


class Opens(Protocol):
    """A kit's way to a session."""

    def __call__(self, heard: Heard, thread: int = 1, **more: Any) -> Awaitable[Session]:
        """A session ready for a prompt; `more` of its start."""
        ...


class Kit(Protocol):
    """What all kits of drivers have."""

    gate: GateKit
    host: LocalHost

    @property
    def driver(self) -> Driver:
        """What opens its sessions."""
        ...

    def requests(self) -> list[Logged]:
        """What sparring says it was asked."""
        ...


@dataclass
class Forks:
    """One parent and its copies; `env` of a thread's launch, `end_s` a turn may take."""

    kit: Kit
    opens: Opens
    env: Callable[[int], dict[str, str]] = lambda thread: {}
    end_s: float = 5.0

    async def told(self, session: Session, heard: Heard, turn: int, text: str) -> str:
        """What is said in a turn."""
        before = len(heard.text)
        await session.prompt(turn, text)
        ended = await heard.end(turn, self.end_s)
        assert ended.stop == "end", ended
        return heard.text[before:].strip()

    async def parent(self, heard: Heard) -> Session:
        """Two turns: the first names a word, the second a colour."""
        session = await self.opens(heard)
        await self.told(session, heard, 1, f"Remember: codeword=plum. {play('words')}")
        await self.told(session, heard, 2, f"And: colour=red. {play('words')}")
        return session

    async def copy(self, parent: Session, said: Heard, heard: Heard, at: int) -> Session:
        """As the engine makes it."""
        if parent.ref.driver == "native":
            seed: tuple[Message, ...] = history(entries(said), at)
            return await self.opens(heard, 2, seed=seed)
        marks = [e.mark for turn, e in said.told if isinstance(e, TurnMarked) and turn == (at or 1)]
        assert marks or parent.caps.fork != "any", "each turn is marked"
        mark = marks[-1] if marks else "turn"
        origin = Origin(parent.ref, at, mark if at else "", env=self.env(1))
        return await self.opens(heard, 2, fork=origin)

    async def at_end(self) -> None:
        """24: it knows all, tells nothing twice; both go on, and neither hears of the other."""
        said, heard = Heard(), Heard()
        parent = await self.parent(said)
        child = await self.copy(parent, said, heard, 0)
        assert not heard.of(TextAdded)
        assert not heard.of(ToolStarted)
        assert child.ref != parent.ref
        assert await self.told(child, heard, 1, f"Which? {play('plum')}") == "It was plum."
        assert await self.told(child, heard, 2, f"Which? {play('red')}") == "It was red."
        assert await self.told(parent, said, 3, f"Which? {play('red')}") == "It was red."

    async def at_turn(self) -> None:
        """25: it knows what was said up to there, and nothing of what came after."""
        said, heard = Heard(), Heard()
        parent = await self.parent(said)
        child = await self.copy(parent, said, heard, 1)
        assert not heard.of(TextAdded)
        assert await self.told(child, heard, 1, f"Which? {play('plum')}") == "It was plum."
        assert await self.told(child, heard, 2, f"Which? {play('red')}") == "It was nothing."
        assert await self.told(parent, said, 3, f"Which? {play('red')}") == "It was red."

    async def old_epoch(self) -> None:
        """42: once another epoch has the gate, the older one gets no answer."""
        said, heard = Heard(), Heard()
        old = await self.parent(said)
        self.kit.gate.gate.close(1, 1)
        new = await self.opens(heard, 1, epoch=2, **self._past(said, old))
        asked = len(self.kit.requests())
        await old.prompt(3, f"Which? {play('red')}")
        ended = await said.end(3, self.end_s)
        assert ended.stop != "end"
        assert len(self.kit.requests()) == asked, "none of its calls reaches a provider"
        await old.kill()
        assert await self.told(new, heard, 4, f"Which? {play('plum')}") == "It was plum."

    def _past(self, said: Heard, old: Session) -> dict[str, Any]:
        if old.ref.driver == "native":
            return {"history": said.history}
        return {"fork": Origin(old.ref, env=self.env(1))}

    async def handed(self) -> None:
        """A quoted text stands before the first prompt, and before no other."""
        heard = Heard()
        session = await self.opens(heard, handoff="Quoted: codeword=plum.")
        assert await self.told(session, heard, 1, f"Which? {play('plum')}") == "It was plum."
        assert await self.told(session, heard, 2, f"Which? {play('plum')}") == "It was plum."


def play(name: str) -> str:
    """The directive of a script."""
    return f"[[sparring script={name} seed=3]]"


def entries(heard: Heard) -> list[Entry]:
    """What the journal would have."""
    return [
        Entry(n, n, float(n), Stamp(1, 1, turn), event)
        for n, (turn, event) in enumerate(heard.told, 1)
    ]
