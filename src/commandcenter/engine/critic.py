"""Another model judges a thread's result by goal and diff; it reads, and can do nothing."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from commandcenter.config.accounts import Account
from commandcenter.core.conversation import Message, ModelRequest
from commandcenter.core.events import CriticAsked, Critiqued
from commandcenter.core.refusals import AccountMissing, Refused, TargetInvalid
from commandcenter.core.shaping import Critique
from commandcenter.core.text import one_line, safe
from commandcenter.core.world import Head
from commandcenter.engine.aside import ask_aside
from commandcenter.engine.laddering import next_rung
from commandcenter.engine.proposing import goal_of
from commandcenter.engine.results import (
    must_have_files,
    operation_of,
    record,
    standing_mark,
    success_of,
)
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.judging import Judging, critic_prompt, read_critic

if TYPE_CHECKING:
    from commandcenter.core.orders import Critic
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

CRITIC: Final = "critic"
LIMIT_S: Final = 180.0
"""How long it may take to judge."""
MAX_TOKENS: Final = 4_096
DIFF: Final = 60_000
"""Bytes of the diff that it is told."""


def check(parts: "Parts", order: "Critic", head: Head) -> None:
    """Raises Refused unless there are files and an account to ask."""
    must_have_files(head)
    account_of(parts, order, head)


def account_of(parts: "Parts", order: "Critic", head: Head) -> Account:
    """Raises Refused."""
    name = order.account or head.account
    if not name:
        raise Refused(TargetInvalid("its calls pass elsewhere; name an --account and a --model"))
    account = parts.accounts.get(name)
    if account is None:
        raise Refused(AccountMissing(name))
    if order.model and account.practice != order.model.startswith("sparring-"):
        raise Refused(TargetInvalid(f"account {name} does not have {order.model}"))
    return account


def model_of(parts: "Parts", order: "Critic", head: Head) -> str:
    """The one given, else the next stronger on the ladder, else the thread's own."""
    if order.model:
        return order.model
    account = account_of(parts, order, head)
    seated = replace(head, account=account.id)
    if account.id != head.account and account.model:
        return account.model
    try:
        return next_rung(parts, seated, "up")[1].model
    except Refused:
        return head.model


async def criticise(engine: "Engine", thread: int, order: "Critic", cause: str) -> Critique:
    """Ask, and record what it said; a critic that fails says so. Raises Refused."""
    check(engine.parts, order, engine.parts.world.threads[thread])
    work = _criticise(engine, thread, order, cause)
    return await engine.results.alone(CRITIC, thread, work)


async def _criticise(engine: "Engine", thread: int, order: "Critic", cause: str) -> Critique:
    parts = engine.parts
    mark = await standing_mark(engine, thread, CRITIC, cause)
    head = parts.world.threads[thread]
    model, effect = model_of(parts, order, head), parts.ids.fresh()
    await record(engine, thread, CriticAsked(effect, model, mark.commit), cause)
    text = ""
    try:
        prompt = await _prompt(parts, head)
        asked = ModelRequest(model, (Message("user", prompt),), max_tokens=MAX_TOKENS)
        account = account_of(parts, order, head)
        await parts.serve(account)
        text = await ask_aside(parts, head, account, asked, LIMIT_S)
        read = read_critic(text)
        critique = Critique(read.verdict, one_line(read.line, 300), model, mark.commit)
    except (ValueError, OSError, TimeoutError, WorkspaceError, Refused) as error:
        critique = Critique("none", one_line(str(error), 300), model, mark.commit)
    await record(engine, thread, Critiqued(effect, critique, safe(text)), cause)
    return critique


async def _prompt(parts: "Parts", head: Head) -> str:
    """Raises WorkspaceError."""
    since = await parts.checkpoints.since(head.workspace, head.base, DIFF)
    operation = operation_of(parts, head)
    verdict = head.verified
    facts = Judging(
        head.name,
        goal_of(parts, head),
        head.brief,
        success_of(parts, head),
        f"{verdict.result}: {verdict.line}" if verdict is not None else "",
        operation.never if operation is not None else "",
        since.text,
    )
    return critic_prompt(facts, parts.ids.fresh())
