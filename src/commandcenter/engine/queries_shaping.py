"""What a split costs before it is given: the context that each child reads, and its share.

Each is `link.query(NAME, {...})`; money is a string or null (not known, or no limit).

proposal {thread, plan?: TOML to look at in place of the plan that waits, kind?, into?, share?} ->
  {seq: of the plan that waits, 0 = none; text: the plan as TOML, a skeleton to fill in where
  there is none; error: why the last proposal came to nothing; trouble: what is wrong with the
  text or the shares}, and where there is a plan: kind, how, note, tasks: [title], overlaps:
  [(task, task, file)], context (tokens), context_total, usd_total, children: [{account, model,
  usd: of reading the context}], shares: [{usd, tokens}], kept, largest: so many children fit
  (null = all do).
rungs {thread} -> {ladder: "" = none, model, rung, models, up, down}; a step is null or {model,
  name, account, factor: of a typical step, input, output: ratio of list prices, lost_cache: money,
  basis, fits, live: gate | model | restart, why: why it cannot be taken, mend}.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commandcenter.core.orders import Model
from commandcenter.core.refusals import Refused
from commandcenter.core.shaping import Carved, SplitKind, SplitPlan
from commandcenter.core.text import one_line
from commandcenter.core.world import Head
from commandcenter.engine.carving import step_of
from commandcenter.engine.handlers.money import check_model
from commandcenter.engine.laddering import rungs
from commandcenter.engine.pricing import context_price
from commandcenter.engine.proposing import goal_of, last_error
from commandcenter.rules.planning import skeleton
from commandcenter.rules.plans import overlaps, read_plan, write_plan
from commandcenter.rules.splitting import TooSmall, shares

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts


async def proposal(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The plan that waits, or the one given for a look, with its price and what is wrong with it.

    args: thread, plan (a text instead of the one that waits), kind, into, share.
    """
    parts = engine.parts
    head = parts.world.threads.get(int(args["thread"]))
    if head is None:
        return {}
    text, kind = str(args.get("plan", "")), _kind(args)
    found: dict[str, Any] = {"seq": head.proposed, "error": "", "trouble": "", "text": text}
    if text:
        plan, found["trouble"] = _read(text, kind)
    else:
        plan = await engine.proposals.of(parts, head)
        found["error"] = await last_error(parts, head)
    if plan is None and not text:
        into = max(1 if kind == "scout" else 2, min(8, int(args.get("into", 2))))
        found["text"] = write_plan(skeleton(kind, into, goal_of(parts, head)))
    if plan is None:
        return found
    return found | {"text": text or write_plan(plan)} | await _priced(parts, head, plan, args)


def _kind(args: dict[str, Any]) -> SplitKind:
    kind = args.get("kind", "divide")
    return kind if kind in ("divide", "branch", "scout") else "divide"


def _read(text: str, kind: SplitKind) -> tuple[SplitPlan | None, str]:
    try:
        return read_plan(text, kind), ""
    except ValueError as error:
        return None, one_line(str(error), 300)


async def _priced(
    parts: "Parts", head: Head, plan: SplitPlan, args: dict[str, Any]
) -> dict[str, Any]:
    """Money as text or null (not known, or no limit)."""
    try:
        said = str(args.get("share", ""))
        weights = [float(part) for part in said.split(",")] if said else _weights(plan)
        carve = shares(parts.gate.free(head.id), await step_of(parts, head.id), weights)
        trouble = ""
    except ValueError as error:
        carve, trouble = TooSmall(0), str(error)
    each = [_child(parts, head, task.account, task.model) for task in plan.tasks]
    prices = [one["usd"] for one in each]
    known = None not in prices
    return {
        "kind": plan.kind,
        "how": plan.how,
        "note": plan.note,
        "tasks": [task.title for task in plan.tasks],
        "overlaps": [(one.one, one.other, one.file) for one in overlaps(plan)],
        "context": head.context_used,
        "context_total": head.context_used * len(plan.tasks),
        "usd_total": str(sum(map(Decimal, prices))) if known else None,
        "children": each,
        "largest": carve.largest if isinstance(carve, TooSmall) else None,
        "shares": [] if isinstance(carve, TooSmall) else [_share(c) for c in carve.children],
        "kept": None if isinstance(carve, TooSmall) else _share(carve.kept),
        "trouble": trouble,
    }


def _weights(plan: SplitPlan) -> list[float]:
    return [task.weight for task in plan.tasks]


def _child(parts: "Parts", head: Head, account: str, model: str) -> dict[str, Any]:
    account = account or head.account
    price = context_price(parts, account, head, model) if account else None
    return {
        "account": account,
        "model": model or head.model,
        "usd": None if price is None else str(price),
    }


def _share(carved: Carved) -> dict[str, Any]:
    return {"usd": None if carved.usd is None else str(carved.usd), "tokens": carved.tokens}


async def rungs_of(engine: "Engine", args: dict[str, Any]) -> dict[str, Any]:
    """The models one step up and down, what a step there changes, and why it cannot be taken."""
    head = engine.parts.world.threads.get(int(args["thread"]))
    if head is None:
        return {}
    found = rungs(engine.parts, head)
    for way in ("up", "down"):
        if found[way] is not None:
            found[way] |= {"account": head.account, "live": _live(engine.parts, head)}
            found[way] |= _hindrance(engine, head, found[way]["model"])
    return found


def _live(parts: "Parts", head: Head) -> str:
    """From when on another model counts."""
    account = parts.accounts.get(head.account)
    if account is None or account.auth != "login":
        return "gate"
    return "restart" if head.caps.get("set_model") == "restart" else "model"


def _hindrance(engine: "Engine", head: Head, model: str) -> dict[str, str]:
    try:
        check_model(engine, Model(f"#{head.id}", model), head)
    except Refused as no:
        return {"why": no.reason.text(), "mend": no.reason.mend()}
    return {"why": ""}


SHAPING: dict[str, Callable[["Engine", dict[str, Any]], Awaitable[Any]]] = {
    "proposal": proposal,
    "rungs": rungs_of,
}
