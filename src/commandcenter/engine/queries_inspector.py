"""What the inspector asks the engine: audit, cost, policy, and what an action would cost.

Each is `link.query(NAME, {...})`; times are wall ns, money is a string or null (not known), and
an unknown thread answers {}. Lists are oldest first.

audit {thread, before?: seq} -> {rows, more}. A row:
  seq, wall, kind: order | refusal | decision | grant, by: player | cli | rule | workflow |
  engine, line: the order's notation or the request's line, outcome: order: "" (under way) |
  done | refused | undone; decision: open | allow | deny | cancelled | the answer; grant:
  granted | used | ended; refusal: refused, why: the refusal's sentence, the grant's or the
  rule that asked, level: "" | R0..R4, latency_ms: given to done, asked to answered; null =
  not over, fast: bool. At most 500 rows; more = older ones exist.
cost {thread} -> {requests, sums, calls}. A request (the last 500): seq, wall (settled), model,
  account, input, cached (read), written (to the cache), output, thinking, exact: bool, usd:
  real money or null, list: list value of a plan or practice call or null, basis, wait_ms,
  head_ms (to the first byte), total_ms, end, side: bool. sums by model over those requests:
  {model: {calls, input, cached, output, usd, list, basis, unknown}} (basis "" = several;
  unknown = calls without a price). calls = all there were.
policy {thread} -> {rules, grants, agent}. A rule: layer: floor | user | operation | thread,
  subject: command | file | calls, rule, verdict: allow | ask | deny, level, what, binding:
  enforced | checked | advisory. A grant: id, scope, line, level, rule, since, used, mine:
  bool (this thread's own). agent: driver, asks (all | some | none), profile, sandbox: "" (not
  sandboxed by us).
estimates {threads: [..], action: resume | steer | loop, chars?: of the text} -> {threads, total}.
  One: {thread, input, cached, output, usd, list}; total: {input, cached, output, usd, list,
  unknown}. It is the action's first request of each; `estimate` is another query.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commandcenter.core.base import NS
from commandcenter.core.codec import Entry, load_entry
from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled, Cost
from commandcenter.core.world import Head, Limit, OperationHead, World
from commandcenter.engine.auditing import audit_rows
from commandcenter.rules.effective import Rule, bound, effective

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

MOST = 500
ORDERS_READ = 5_000
"""Orders of all threads looked through for those of one."""
NEWEST = 1 << 62
CACHE_NS = 300 * NS
"""A provider keeps a conversation's cache about so long after its last call."""
CHARS_PER_TOKEN = 4
OUTPUT = 500
"""Tokens of an answer where the thread has given none yet."""
_ORDERS = ("OrderGiven", "OrderRefused", "OrderDone", "OrderUndone")
_DECISIONS = ("Asked", "Answered", "Granted", "GrantUsed", "GrantEnded")


def _head(engine: "Engine", args: dict[str, Any]) -> Head | None:
    return engine.parts.world.threads.get(int(args["thread"]))


async def audit(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """Orders, decisions and refusals of a thread: by whom, how it went, how long it took."""
    head = _head(engine, args)
    if head is None:
        return {}
    before = int(args.get("before", 0)) or NEWEST
    orders = await _tail(engine, None, before, _ORDERS)
    decisions = await _tail(engine, head.id, before, _DECISIONS)
    rows = audit_rows(orders, decisions, head.id)
    return {"rows": rows[-MOST:], "more": len(rows) > MOST or len(orders) == ORDERS_READ}


async def _tail(
    engine: "Engine", thread: int | None, before: int, kinds: tuple[str, ...]
) -> list[Entry]:
    rows = await engine.parts.reader.tail(thread, before, ORDERS_READ, kinds)
    return [load_entry(row) for row in rows]


async def cost(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The last requests of a thread one by one, and what they come to per model."""
    head = _head(engine, args)
    if head is None:
        return {}
    rows = await engine.parts.reader.tail(head.id, NEWEST, MOST, ("CallSettled",))
    requests = [_request(entry) for entry in map(load_entry, rows)]
    return {"requests": requests, "sums": _sums(requests), "calls": head.tokens.calls}


def _request(entry: Entry) -> dict[str, Any]:
    event: CallSettled = entry.event  # type: ignore[assignment]  # the one kind that was read
    usage = event.usage
    return {
        "seq": entry.seq,
        "wall": entry.wall,
        "model": event.model,
        "account": event.account,
        "input": usage.input,
        "cached": usage.cached_read,
        "written": usage.cached_write,
        "output": usage.output,
        "thinking": usage.thinking,
        "exact": usage.counts == "exact",
        **_money(event.cost),
        "basis": event.cost.basis,
        "wait_ms": event.ms_wait,
        "head_ms": event.ms_head,
        "total_ms": event.ms_total,
        "end": event.end,
        "side": event.side,
    }


def _money(cost: Cost) -> dict[str, str | None]:
    """Real money and list value in two columns, never summed with each other."""
    value = None if cost.usd is None else str(cost.usd)
    listed = cost.basis in ("plan", "practice")
    return {"usd": None if listed else value, "list": value if listed else None}


def _sums(requests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in requests:
        empty = {"calls": 0, "input": 0, "cached": 0, "output": 0, "unknown": 0}
        money = {"usd": None, "list": None, "basis": one["basis"]}
        into = found.setdefault(one["model"], {**empty, **money})
        into["calls"] += 1
        into["basis"] = one["basis"] if one["basis"] == into["basis"] else ""
        into["unknown"] += one["usd"] is None and one["list"] is None
        for name in ("input", "cached", "output"):
            into[name] += one[name]
        for name in ("usd", "list"):
            into[name] = _added(into[name], one[name])
    return found


def _added(one: str | None, other: str | None) -> str | None:
    if other is None:
        return one
    return str(Decimal(one or 0) + Decimal(other))


async def policy(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """What may happen in a thread, by which layer, and how firmly that holds on its driver."""
    head = _head(engine, args)
    if head is None:
        return {}
    world = engine.parts.world
    operation = world.operations.get(head.operation)
    asks = head.caps.get("asks", "none")
    routed = head.driver == "native" or head.routed == "yes"
    rules = effective(head.driver, asks, routed, operation.success if operation else "")
    limits = (bound(rule, head.driver, asks, routed) for rule in _limits(world, head))
    return {
        "rules": [_fields(rule) for rule in (*rules, *limits, *_wishes(operation))],
        "grants": _grants(world, head),
        "agent": {"driver": head.driver, "asks": asks, "profile": head.profile, "sandbox": ""},
    }


def _wishes(operation: OperationHead | None) -> list[Rule]:
    """What the operation asks for in words alone: every brief tells it, no rule enforces it."""
    if operation is None:
        return []
    told = (("never", "never optimise for"), ("accept", "acceptable trade-offs"))
    return [
        Rule("operation", "command", name, "deny" if name == "never" else "allow", "R0",
             f"{words}: {text}")
        for name, words in told
        if (text := getattr(operation, name))
    ]  # fmt: skip


def _fields(rule: Rule) -> dict[str, str]:
    return {name: getattr(rule, name) for name in rule.__struct_fields__}


def _limits(world: World, head: Head) -> list[Rule]:
    operation = world.operations.get(head.operation)
    found = [("thread", f"#{head.id}", head.limit), ("user", "day", world.day_limit)]
    if operation is not None:
        found.insert(1, ("operation", f"@op:{operation.name}", operation.limit))
    return [
        Rule(layer, "calls", f"limit {scope}", "deny", "R3", f"calls beyond {_limit(limit)}")  # type: ignore[arg-type]  # one of the layers, see above
        for layer, scope, limit in found
        if _limit(limit)
    ]


def _limit(limit: Limit) -> str:
    said = [
        f"${limit.usd}" if limit.usd is not None else "",
        f"{limit.tokens} tokens" if limit.tokens is not None else "",
        f"{limit.share} % of each plan window" if limit.share is not None else "",
    ]
    return " or ".join(one for one in said if one)


def _grants(world: World, head: Head) -> list[dict[str, Any]]:
    return [
        {
            "id": grant.id,
            "scope": grant.scope,
            "line": grant.line,
            "level": grant.level,
            "rule": grant.rule,
            "since": grant.since,
            "used": grant.used,
            "mine": grant.thread == head.id,
        }
        for grant in world.grants.values()
        if grant.thread == head.id
        or (grant.scope == "operation" and grant.operation == head.operation)
    ]


async def estimates(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """What the first request of an action will take, per thread and in all."""
    text = int(args.get("chars", 0)) // CHARS_PER_TOKEN
    now = engine.parts.clock.wall()
    heads = [engine.parts.world.threads.get(int(thread)) for thread in args.get("threads", ())]
    found = [_estimate(engine, head, text, now) for head in heads if head is not None]
    total: dict[str, Any] = {"input": 0, "cached": 0, "output": 0, "usd": None, "list": None}
    for one in found:
        for name in ("input", "cached", "output"):
            total[name] += one[name]
        for name in ("usd", "list"):
            total[name] = _added(total[name], one[name])
    total["unknown"] = sum(one["usd"] is None and one["list"] is None for one in found)
    return {"threads": found, "total": total}


def _estimate(engine: "Engine", head: Head, text: int, now: int) -> dict[str, Any]:
    """Its whole context goes out again; what its provider still has cached is cheaper."""
    calls = head.tokens.calls
    output = head.tokens.output // calls if calls else OUTPUT
    warm = bool(head.called_seq) and now - head.moved < CACHE_NS
    cached = head.context_used if warm and head.tokens.cached_read else 0
    usage = Usage(head.context_used + text, cached, output=output, counts="estimated")
    found = {"thread": head.id, "input": usage.input, "cached": cached, "output": output}
    if not head.account:
        return {**found, "usd": None, "list": None}
    return {**found, **_money(engine.price(head.account, head.model, usage))}


INSPECTOR: dict[str, Callable[["Engine", dict[str, Any]], Awaitable[Any]]] = {
    "audit": audit,
    "cost": cost,
    "policy": policy,
    "estimates": estimates,
}
