"""A World made by hand: as many threads as wanted, in every state, and what moves in it."""

from decimal import Decimal

from commandcenter.core.base import NS
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.core.events import HeadMoved
from commandcenter.core.states import State
from commandcenter.core.world import BIN_NS, AccountHead, Head, Limit, OperationHead, Spent, World

STATES: tuple[State, ...] = (
    "running",
    "running",
    "running",
    "running",
    "running",
    "running",
    "idle",
    "paused",
    "frozen",
    "ended",
)
"""Of ten threads."""
VERBS = ("fix", "port", "plan", "join", "doc", "test", "eval", "scan")
LIMIT = Limit(usd=Decimal("1.50"))


def crowd(count: int, operations: int, wall: int) -> World:
    """`count` threads, dealt out to operations; at wall `wall` (ns)."""
    world = World(seq=1, wall=wall, last_thread=count)
    world.accounts["bench"] = AccountHead("bench")
    names = [f"operation-{number:02d}" for number in range(operations)]
    members: dict[str, list[int]] = {name: [] for name in names}
    for thread in range(1, count + 1):
        name = names[(thread - 1) * operations // count]
        members[name].append(thread)
        world.threads[thread] = _head(thread, name, wall)
    for order, name in enumerate(names):
        threads = tuple(members[name])
        world.operations[name] = OperationHead(name, "/repo", order=order, threads=threads)
    return world


def _head(thread: int, operation: str, wall: int) -> Head:
    state = STATES[thread % len(STATES)]
    return Head(
        thread,
        f"{VERBS[thread % len(VERBS)]}-{thread:04d}",
        operation,
        "native",
        "native",
        "bench",
        ("qwen", "claude-opus", "gpt-mini")[thread % 3],
        "look at old parts of the code",
        state=state,
        outcome="done" if state == "ended" else "",
        activity=("generating", "thinking", "tool")[thread % 3] if state == "running" else "",
        line=f"looks at part {thread}",
        bins=tuple((thread * 7 + n * n) % 90 for n in range(64)),
        bin_at=wall // BIN_NS,
        spent=Spent(usd=Decimal(thread % 150) / 100),
        limit=LIMIT,
        context_used=(thread * 997) % 200_000,
        context_size=200_000,
        moved=wall - thread * NS,
    )


def moved(threads: range | list[int], number: int, seq: int, wall: int) -> list[Row]:
    """Each of these says something new and gets tokens: entries from `seq` on."""
    return [
        Row(
            seq + place,
            wall,
            thread,
            1,
            HeadMoved.__name__,
            payload(
                HeadMoved(f"reads part {number} of {thread}", 20 + number % 7, 1_000 + number),
                Stamp(thread, 1),
                0.0,
            ),
        )
        for place, thread in enumerate(threads)
    ]
