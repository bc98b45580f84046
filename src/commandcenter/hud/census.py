"""What the screen asks of all threads in every frame, counted by those that changed."""

from collections import Counter
from collections.abc import Iterable

from commandcenter.core.base import Record
from commandcenter.core.world import Head, World


class _Held(Record, frozen=True):
    """What one thread adds to the counts."""

    state: str
    waits: bool
    unmetered: bool
    account: str
    agent: str
    model: str


class Census:
    """Counts over all threads of a World; `hud.mirror` tells it who changed."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        """Threads by internal state."""
        self.waiting = 0
        """Running ones whose call waits for something."""
        self.unmetered = 0
        """Live ones that make their calls elsewhere."""
        self.accounts: Counter[str] = Counter()
        """Live threads by account."""
        self.agents: dict[str, Counter[str]] = {}
        """Account -> all its threads by agent, the ended ones too."""
        self.models: Counter[tuple[str, str, str]] = Counter()
        """All threads by account, agent and model."""
        self.dying: set[int] = set()
        """Threads whose fuse burns."""
        self._held: dict[int, _Held] = {}

    @classmethod
    def of(cls, world: World) -> "Census":
        """The whole World counted."""
        made = cls()
        made.update(world, world.threads)
        return made

    def update(self, world: World, threads: Iterable[int]) -> None:
        """Count these threads anew."""
        for thread in threads:
            head = world.threads.get(thread)
            old, new = self._held.get(thread), None if head is None else _held(head)
            if new == old:
                continue
            if old is not None:
                self._count(thread, old, -1)
                del self._held[thread]
            if new is not None:
                self._held[thread] = new
                self._count(thread, new, 1)

    def _count(self, thread: int, held: _Held, by: int) -> None:
        self.states[held.state] += by
        self.waiting += by * held.waits
        self.unmetered += by * held.unmetered
        if held.state != "ended":
            self.accounts[held.account] += by
        self.models[held.account, held.agent, held.model] += by
        self.agents.setdefault(held.account, Counter())[held.agent] += by
        if held.state == "dying":
            (self.dying.add if by > 0 else self.dying.discard)(thread)


def _held(head: Head) -> _Held:
    live = head.state != "ended"
    return _Held(
        head.state,
        head.state == "running" and bool(head.waits_for),
        live and not head.metered,
        head.account,
        head.agent,
        head.model,
    )
