"""Worlds to look at: what a busy screen holds, without an engine."""

import math
import random
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.core.base import NS, Record
from commandcenter.core.events import Level, Severity
from commandcenter.core.world import (
    BIN_NS,
    AccountHead,
    Alert,
    Ask,
    Head,
    Limit,
    OpenCall,
    OperationHead,
    Spent,
    Tokens,
    World,
)

NOW = 1_764_937_867 * NS
"""The wall time at which the demo worlds stand (12:31:07 UTC)."""


class _Sector(Record, frozen=True):
    """An operation of the scene: one letter a thread for state, agent and model."""

    name: str
    states: str
    verbs: str
    agents: str
    models: str
    limit: Limit
    spent: str = "0"
    tokens: int = 0


_FIVE = (
    _Sector(
        "auth-refactor",
        "trrx rtrr dnxr rrrr rtxr rxxr",
        "fix port plan join doc fix eval scan fix test plan join "
        "doc doc eval scan fix fix port join doc test eval scan",
        "ccdc cccc ddcc cccc cccc doco",
        "OSSH HOSS MGSS HHSS HOSH KHSS",
        Limit(tokens=3_000_000),
        tokens=1_200_000,
    ),
    _Sector(
        "billing-api",
        "xxnr wdxd tkrd rxxr wxtx fxxd",
        "test eval fix fix port plan join doc test scan scan fix "
        "port plan join doc test eval scan fix eval plan join doc",
        "cddn dodo oocd dcoo dooc docn",
        "SMGH GKGL KMSG SSHK MSOG MMGM",
        Limit(usd=Decimal("3.00")),
        "2.43",
    ),
    _Sector(
        "docs & release",
        "txrr dptd xdxd xrtw rntd dddr",
        "plan join doc test doc scan fix port plan join doc test "
        "eval scan fix port plan doc plan test eval scan fix port",
        "dodo oodo cdcd codo cooc cooc",
        "KGGL KGLM LHGK SKLH HKSL HSLG",
        Limit(usd=Decimal("3.00")),
        "0.84",
    ),
    _Sector(
        "perf hunt",
        "trrptr txzdxx xxrrdr dtrtrt",
        "scan fix port plan join doc test eval plan fix port plan "
        "join doc test eval scan fix join plan join doc test eval",
        "ccccoc cdocdo cccccd dcoodo",
        "GSOSSS GSSKSM GSHSGK SSHLKL",
        Limit(tokens=3_000_000),
        tokens=1_400_000,
    ),
    _Sector(
        "research",
        "xtxwrw rxtrtr rnrrdr tpfdrr",
        "doc test eval scan fix port plan join doc eval eval scan "
        "fix plan plan join doc test eval scan scan port plan join",
        "ccodod ncoooc nnodno ooncnc",
        "SSLMGM HHKSGL HSSSLL KLHLSL",
        Limit(usd=Decimal("3.00")),
        "2.85",
    ),
)
_AGENTS = {
    "c": ("claude", "claude"),
    "d": ("codex", "codex"),
    "o": ("opencode", "opencode"),
    "n": ("native", "native"),
}
_MODELS = {
    "O": "claude-opus",
    "S": "claude-sonnet",
    "H": "claude-haiku",
    "G": "gpt-5",
    "M": "mini",
    "K": "kimi",
    "L": "local-qwen",
}
_LINES = {
    "r": (
        "tests for merge",
        "drafting summary",
        "patching parser.py",
        "writing retry loop",
        "porting to httpx",
    ),
    "t": ("plans split of 3", "compares diffs", "weighs two fixes", "reads spec \u00a74 again"),
    "x": (
        "npm run build",
        "rg session_id src",
        "edit budget.py",
        "pytest -q \u00b7 41 ok",
        "git diff --stat",
    ),
    "d": ("report ready", "3 findings", "merged #412", "3 merged"),
}
_LEVELS: tuple[Level, ...] = ("R2", "R3", "R2", "R1")
_ASKS = ("run migration?", "push to main?", "delete 14 files?", "which port range?")
_FAILS = ("tests red, 3 times", "gave up, 5 tries")
_WAITS = (
    "account opens 0:42",
    "supply 14 of 14",
    "starting",
    "opens in 0:42",
    "account opens 0:42",
)


def demo_world(operations: int = 5, threads: int = 24) -> World:
    """Up to 5 operations of up to 24 threads, in every state (the scene of `mock.png`)."""
    chance = random.Random(7)
    world = World(seq=1000, wall=NOW, start=1)
    world.accounts["sparring-chat"] = AccountHead("sparring-chat", calls=812)
    for index, sector in enumerate(_FIVE[:operations]):
        _fill(world, sector, index, threads, chance)
    _lineage(world)
    _groups(world)
    _alerts(world)
    world.day_spent = Spent(usd=Decimal("6.12"))
    world.day_limit = Limit(usd=Decimal("20.00"))
    for call in range(14):
        thread = call + 1
        world.calls[f"{call:032x}"] = OpenCall(
            f"{call:032x}", thread, "sparring-chat", "sparring-medium", 4000, None, 2000, NOW
        )
    world.last_thread = len(world.threads)
    return world


def plain_world(threads: int, operations: int) -> World:
    """Any number of threads, evenly over the operations: for layout and speed."""
    chance = random.Random(11)
    world = World(seq=1000, wall=NOW, start=1)
    codes = "trrxrxtrdnwpzf"
    for index in range(operations):
        name = f"operation-{index + 1:02d}"
        each = threads // operations
        ids = tuple(range(len(world.threads) + 1, len(world.threads) + each + 1))
        world.operations[name] = OperationHead(name, "/repo", order=index + 1, threads=ids)
        for thread in ids:
            code = codes[chance.randrange(len(codes))]
            look = ("c", "OSHGMKL"[thread % 7])
            world.threads[thread] = _head(thread, (f"t-{thread:04d}", name), code, look, chance)
            _ask(world, thread, code)
    world.last_thread = len(world.threads)
    return world


def _fill(world: World, sector: _Sector, index: int, count: int, chance: random.Random) -> None:
    first = len(world.threads) + 1
    ids = tuple(range(first, first + count))
    world.operations[sector.name] = OperationHead(
        sector.name,
        "/repo",
        success="pytest -q",
        limit=sector.limit,
        spent=Spent(usd=Decimal(sector.spent)),
        tokens=Tokens(input=sector.tokens),
        order=index + 1,
        threads=ids,
    )
    packed = [text.replace(" ", "") for text in (sector.states, sector.agents, sector.models)]
    verbs = sector.verbs.split()
    for slot, thread in enumerate(ids):
        code, agent, model = (text[slot] for text in packed)
        name = f"{verbs[slot]}-{chr(97 + index)}{slot + 1:02d}"
        world.threads[thread] = _head(thread, (name, sector.name), code, (agent, model), chance)
        _ask(world, thread, code)


def _head(
    thread: int, names: tuple[str, str], code: str, look: tuple[str, str], chance: random.Random
) -> Head:
    agent, driver = _AGENTS[look[0]]
    name, operation = names
    return Head(
        thread,
        name,
        operation,
        agent,
        driver,
        "sparring-chat",
        _MODELS[look[1]],
        "make it work",
        bins=_bins(code, chance),
        bin_at=NOW // BIN_NS,
        tokens=Tokens(input=chance.randrange(20_000, 900_000), output=12_000),
        spent=Spent(usd=Decimal(chance.randrange(4, 130)) / 100),
        limit=Limit(usd=Decimal("1.50")),
        context_used=chance.randrange(20_000, 150_000),
        context_size=200_000,
        created=NOW - 900 * NS,
        seen_at=NOW,
        workspace=f"/work/trees/{thread}",
        turn=3,
        **_state(thread, code, chance),
    )


def _state(thread: int, code: str, chance: random.Random) -> dict[str, Any]:
    moved = NOW - chance.randrange(30, 300) * NS
    running: dict[str, Any] = {"state": "running", "in_turn": True, "moved": moved}
    line = chance.choice(_LINES.get(code, _LINES["r"]))
    return {
        "r": running | {"activity": "generating", "line": line},
        "t": running | {"activity": "thinking", "line": line},
        "x": running | {"activity": "tool", "tool": line, "tool_since": NOW - 6 * NS},
        "w": running | {"waits_for": _WAITS[thread % len(_WAITS)], "line": line},
        "n": {"state": "waiting", "in_turn": True, "asks": (thread,), "moved": moved},
        "p": {"state": "paused", "hold": ("player",), "moved": NOW - 250 * NS, "line": line},
        "z": {"state": "frozen", "moved": NOW - 130 * NS, "line": line},
        "k": {"state": "dying", "fuse_ends": NOW + 7 * NS, "moved": NOW - 3 * NS},
        "d": {"state": "ended", "outcome": "done", "line": line, "ended": moved, "moved": moved},
        "f": {"state": "ended", "outcome": "failed", "why": _FAILS[thread % 2], "moved": moved},
    }[code]


def _bins(code: str, chance: random.Random) -> tuple[int, ...]:
    live = code in "rtx"
    phase, values = chance.uniform(0, 6), []
    for n in range(64):
        slow = math.sin(n / 5 + phase) + 0.6 * math.sin(n / 2.3 + 2 * phase)
        level = 60 + 15 * slow + chance.uniform(-16, 16)
        fade = 1.0 if live or n < 46 else max(0.0, 1 - (n - 46) / 6)
        values.append(max(round(level * fade), 0))
    return tuple(values)


def _ask(world: World, thread: int, code: str) -> None:
    if code != "n":
        return
    count = len(world.asks)
    level, line = _LEVELS[count % 4], _ASKS[count % len(_ASKS)]
    waited = (42, 130, 65, 20)[count % 4]
    world.asks[thread] = Ask(
        thread,
        thread,
        "tool",
        level,
        line,
        {},
        f"{thread:064x}",
        "ask",
        "",
        (),
        NOW - waited * NS,
        0,
    )


def _lineage(world: World) -> None:
    for parent, children in ((6, (10, 11)),):
        if all(thread in world.threads for thread in (parent, *children)):
            world.threads[parent] = replace(world.threads[parent], children=children)
            for child in children:
                world.threads[child] = replace(world.threads[child], parent=parent)


def _groups(world: World) -> None:
    sets = {1: (6, 7, 10, 11, 14, 15, 18, 19), 2: (32, *range(33, 46)), 3: tuple(range(77, 83))}
    sets |= {4: (108, *range(84, 105)), 5: (50, 51, 52)}
    for group, wanted in sets.items():
        members = tuple(thread for thread in wanted if thread in world.threads)
        if members:
            world.groups[group] = members
        for thread in members:
            head = world.threads[thread]
            world.threads[thread] = replace(head, groups=(*head.groups, group))


_ALERTS: tuple[tuple[str, Severity, str, str, int, int], ...] = (
    ("failed", "warn", "eval-b21 failed: tests red", "last change kept, worktree open", 45, 70),
    ("limit", "warn", "research is at 95 % of its budget", "Z raises it", 97, 72),
    ("done", "info", "join-d19 is done", "118 of 118 green, not yet looked at", 91, 130),
)


def _alerts(world: World) -> None:
    for key, severity, line, mend, thread, ago in _ALERTS:
        then, head = NOW - ago * NS, world.threads.get(thread)
        if head is not None:
            world.alerts[key] = Alert(
                key, severity, key, line, mend, head.operation, thread, then, then
            )
