"""Approve and deny: one decision, once, for the case that was shown; and what is remembered."""

import re
from typing import TYPE_CHECKING

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised, Answered, Granted, GrantEnded
from commandcenter.core.orders import Approve, Deny, Withdraw
from commandcenter.core.refusals import (
    AlreadyAnswered,
    ChangedSinceAsked,
    DriverLacks,
    Ending,
    Frozen,
    NeedsDanger,
    NoChange,
    NotAuthorised,
    Paused,
    PolicyForbids,
    Reason,
    Refused,
    TargetInvalid,
    TargetMissing,
)
from commandcenter.core.text import one_line
from commandcenter.core.world import Ask
from commandcenter.drivers.base import EDITS, Answer
from commandcenter.engine.granting import Case, grant_key, same
from commandcenter.engine.handlers.base import Carried, Handler
from commandcenter.engine.results import standing_mark
from commandcenter.rules.grants import GRANTABLE

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

STOPPED = frozenset({"pausing", "paused", "frozen", "dying"})
PLAYER = frozenset({"player", "cli"})
RISKY = frozenset({"R3", "R4"})
"""Levels before which the files become a checkpoint."""
MOST = 20
"""Identical cases decided at once."""
SECOND_PRESS = 5
"""More identical cases than this want the second press."""
AMONG = re.compile(r"\d+(,\d+)*")
"""Numbers of cases."""
UNCERTAIN = "what it runs cannot be told or looked into, so it is decided one by one"


def _open_case(engine: "Engine", order: Approve | Deny, by: str) -> Ask:
    ask = engine.parts.world.asks.get(order.ask)
    if ask is None:
        raise Refused(AlreadyAnswered(order.ask))
    state = engine.parts.world.threads[ask.thread].state
    if state in STOPPED:
        raise Refused(_stopped(state, ask.thread))
    if order.digest and order.digest != ask.digest:
        raise Refused(ChangedSinceAsked())
    if order.ask not in engine.runner(ask.thread).asks.open:
        raise Refused(ChangedSinceAsked())  # of a session that is gone; it may be asked anew
    if by in ("rule", "workflow"):
        raise Refused(NotAuthorised(f"a {by}"))
    return ask


def _stopped(how: str, thread: int) -> Reason:
    """Why a thread that was stopped (its state, or what its runner wants) takes no answer."""
    if how in ("dying", "kill"):
        return Ending()
    return Frozen() if how in ("frozen", "freeze") else Paused(thread)


async def _check_approve(engine: "Engine", order: Approve, by: str) -> None:
    ask = _open_case(engine, order, by)
    more = sum((bool(order.remember), order.identical, bool(order.edit)))
    if more > 1:
        raise Refused(TargetInvalid("--remember, --identical and --edit go one at a time"))
    if order.among and not (order.identical and AMONG.fullmatch(order.among)):
        raise Refused(TargetInvalid("--among goes with --identical and has numbers, as 4,7"))
    if more:
        _check_more(engine, order, ask, by)
    if ask.level in ("R3", "R4") and not (order.danger or order.edit):
        raise Refused(NeedsDanger(ask.level))
    if ask.kind == "question" and not order.text:
        raise Refused(TargetInvalid('a question wants an answer: approve ID "text"'))


def _check_more(engine: "Engine", order: Approve, ask: Ask, by: str) -> None:
    if by not in PLAYER:
        raise Refused(NotAuthorised(f"a {by}"))
    if ask.kind == "question":
        raise Refused(TargetInvalid("a question is answered, once and as it stands"))
    case = _case(engine, ask)
    if order.edit:
        _check_edit(engine, order, ask)
    elif ask.level not in GRANTABLE:
        raise Refused(PolicyForbids(f"{ask.level} is decided one by one, and never remembered"))
    elif order.remember and not grant_key(case):
        raise Refused(PolicyForbids(UNCERTAIN))
    if order.remember == "operation" and not _operation(engine, ask):
        raise Refused(TargetInvalid("the thread is in no operation; --remember thread"))


def _operation(engine: "Engine", ask: Ask) -> str:
    return engine.parts.world.threads[ask.thread].operation


def _check_edit(engine: "Engine", order: Approve, ask: Ask) -> None:
    runner = engine.runner(ask.thread)
    asking = runner.asks.open[ask.id]
    if runner.head.driver not in EDITS or asking.name != "run" or "command" not in asking.args:
        raise Refused(DriverLacks("take an edited command"))
    if order.edit == asking.args["command"]:
        raise Refused(NoChange())
    decision = runner.asks.edited_case(ask.id, order.edit).decision
    if decision.verdict == "deny":
        raise Refused(PolicyForbids(decision.why or decision.rule))


def _case(engine: "Engine", ask: Ask) -> Case:
    """What is asked, judged now. Raises Refused when nobody waits for it any more."""
    asks = engine.runner(ask.thread).asks
    asking = asks.open.get(ask.id)
    case = asks.case(asking) if asking is not None else None
    if case is None:
        raise Refused(AlreadyAnswered(ask.id))
    return case


def identical(engine: "Engine", ask: Ask, among: str = "") -> tuple[Ask, ...]:
    """The case and all open ones that are the same, oldest first: the same normalised command,
    rule and level, and the same script, in whichever thread; at most 20.

    `among`: numbers of the cases that were seen; one that came later is left open.
    """
    case = _case(engine, ask)
    seen = set(map(int, among.split(","))) if among else engine.parts.world.asks.keys()
    others = (one for one in engine.parts.world.asks.values() if one.id != ask.id)
    others = (one for one in others if one.id in seen)
    found = [o for o in others if _decidable(engine, o) and same(case, _case(engine, o))]
    return tuple(sorted([ask, *found[: MOST - 1]], key=lambda one: one.id))


def _decidable(engine: "Engine", ask: Ask) -> bool:
    if ask.kind == "question" or ask.level not in GRANTABLE:
        return False
    head = engine.parts.world.threads[ask.thread]
    if head.state in STOPPED or head.state == "ended":
        return False
    runner = engine.runner(ask.thread)
    return runner.wants == "run" and ask.id in runner.asks.open


def breadth(engine: "Engine", order: Approve) -> int:
    """How many cases the order decides, if that wants the second press; else 0."""
    if not order.identical:
        return 0
    count = len(identical(engine, engine.parts.world.asks[order.ask], order.among))
    return count if count > SECOND_PRESS else 0


async def _check_deny(engine: "Engine", order: Deny, by: str) -> None:
    _open_case(engine, order, by)


async def _approve(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Approve = carried.order
    ask = _still_open(engine, order)
    if order.edit:
        await engine.runner(ask.thread).asks.edit(ask.id, order.edit, _stamp(engine, carried, ask))
    elif order.identical:
        await _approve_all(engine, carried, identical(engine, ask, order.among))
    elif ask.kind == "question":
        await _answer(engine, carried, ask, Answer("answer", order.text))
    else:
        await _answer(engine, carried, ask, Answer("allow"))


async def _approve_all(engine: "Engine", carried: Carried, asks: tuple[Ask, ...]) -> None:
    """Each by itself; one that was answered meanwhile stops no other."""
    refused: list[Refused] = []
    for ask in asks:
        try:
            await _answer(engine, carried, ask, Answer("allow"))
        except Refused as no:
            refused.append(no)
    if len(refused) == len(asks):
        raise refused[0]


async def _deny(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Deny = carried.order
    await _answer(engine, carried, _still_open(engine, order), Answer("deny", order.text))


def _still_open(engine: "Engine", order: Approve | Deny) -> Ask:
    """The case, whose thread has not been stopped meanwhile. Raises Refused."""
    ask = engine.parts.world.asks.get(order.ask)
    if ask is None:
        raise Refused(AlreadyAnswered(order.ask))
    wants = engine.runner(ask.thread).wants
    if wants != "run":
        raise Refused(_stopped(wants, ask.thread))
    return ask


def _stamp(engine: "Engine", carried: Carried, ask: Ask) -> Stamp:
    runner = engine.runner(ask.thread)
    return Stamp(ask.thread, runner.epoch, runner.turn, carried.by, carried.id)


async def _answer(engine: "Engine", carried: Carried, ask: Ask, answer: Answer) -> None:
    runner = engine.runner(ask.thread)
    option = "allow" if answer.option == "answer" else answer.option
    answered = Answered(ask.id, option, answer.text, carried.order.fast)
    if option == "allow" and ask.level in RISKY:
        await _kept(engine, carried, ask)
    stamp = _stamp(engine, carried, ask)
    facts = [Fact(answered, stamp)]
    if getattr(carried.order, "remember", ""):
        facts.append(Fact(_grant(engine, carried.order, ask), stamp))
    await runner.asks.settle(ask.id, answer, facts)


async def _kept(engine: "Engine", carried: Carried, ask: Ask) -> None:
    """What is risky is allowed on files that can be put back; where that cannot be, it is said."""
    head = engine.parts.world.threads[ask.thread]
    if not head.workspace:
        return
    try:
        await standing_mark(engine, ask.thread, "approval", carried.id)
    except Refused as no:
        line = one_line(
            f"no checkpoint of {head.name} before what you allowed: {no.reason.text()}", 200
        )
        mend = "Shift+\\ shows its diff"
        alert = AlertRaised(f"kept:{head.id}", "warn", "failed", line, mend, head.operation)
        engine.parts.ledger.post([Fact(alert, Stamp(head.id))])


def _grant(engine: "Engine", order: Approve, ask: Ask) -> Granted:
    """Named after the case it was made of, of which there is one. Raises Refused."""
    case = _case(engine, ask)
    key = grant_key(case)
    if not key or not order.remember:
        raise Refused(PolicyForbids(UNCERTAIN))
    return Granted(
        f"g{ask.id}",
        order.remember,
        _operation(engine, ask) if order.remember == "operation" else "",
        case.decision.level,
        case.decision.rule,
        key,
        ask.line,
    )


async def _check_withdraw(engine: "Engine", order: Withdraw, by: str) -> None:
    if order.grant not in engine.parts.world.grants:
        raise Refused(TargetMissing(f"grant {order.grant}"))


async def _withdraw(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Withdraw = carried.order
    grant = engine.parts.world.grants.get(order.grant)
    if grant is None:
        raise Refused(TargetMissing(f"grant {order.grant}"))
    stamp = Stamp(grant.thread, by=carried.by, cause=carried.id)
    await engine.parts.ledger.commit([Fact(GrantEnded(grant.id, "withdrawn"), stamp)])


HANDLERS: dict[str, Handler] = {
    "approve": Handler(_approve, before=_check_approve),
    "deny": Handler(_deny, before=_check_deny),
    "withdraw": Handler(_withdraw, before=_check_withdraw),
}
