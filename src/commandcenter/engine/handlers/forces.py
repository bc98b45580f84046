"""Operations, new threads, revival and names."""

import itertools
import re
from typing import TYPE_CHECKING

from commandcenter.config.accounts import Account
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    LimitSet,
    OperationDisbanded,
    OperationMade,
    ThreadCreated,
    ThreadRenamed,
    WorkspaceMade,
)
from commandcenter.core.orders import Disband, Kill, Operation, Rename, Revive, Spawn
from commandcenter.core.refusals import (
    AgentMissing,
    NotEnded,
    NotUndoable,
    PriceUnknown,
    Refused,
    RepositoryUnusable,
    TargetInvalid,
    TargetMissing,
)
from commandcenter.core.targets import text as target_text
from commandcenter.core.world import Head
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.handlers.base import Carried, Handler, must_differ
from commandcenter.engine.handlers.groups import join
from commandcenter.engine.handlers.money import knows_price
from commandcenter.engine.laddering import ladder_names
from commandcenter.engine.launching import is_foreign
from commandcenter.engine.limits import push_limits
from commandcenter.engine.routing import choose_account
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.rules.protecting import read_patterns

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

NAME = re.compile(r"[\w.&-][\w .&-]{0,39}")
NAMES = "a name has 1 to 40 letters, digits, spaces or .&-"


async def _check_operation(engine: "Engine", order: Operation, by: str) -> None:
    if not NAME.fullmatch(order.name):
        raise Refused(TargetInvalid(NAMES))
    if order.name in engine.parts.world.operations:
        raise Refused(TargetInvalid(f"operation {order.name} exists already"))
    if order.ladder and order.ladder not in ladder_names(engine.parts):
        raise Refused(TargetInvalid(f"there is no ladder {order.ladder}"))
    _patterns(order)
    root = await repository(engine, order.repo)
    if order.base:
        await _commit(engine, root, order.base)


def _patterns(order: Operation) -> tuple[str, ...]:
    try:
        return read_patterns(order.protect)
    except ValueError as error:
        raise Refused(TargetInvalid(f"--protect: {error}")) from error


async def _commit(engine: "Engine", root: str, name: str) -> None:
    """Raises Refused when the repository has no such branch, tag or commit."""
    try:
        await engine.parts.workspaces.commit(root, name)
    except WorkspaceError as error:
        raise Refused(RepositoryUnusable(error.why, error.remedy)) from error


async def _operation(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Operation = carried.order
    root = await repository(engine, order.repo)
    made = OperationMade(
        order.name,
        root,
        order.base,
        order.goal,
        order.success,
        order.accept,
        order.never,
        order.ladder,
        _patterns(order),
    )
    facts = [Fact(made)]
    if order.usd is not None or order.tokens is not None:
        facts.append(Fact(LimitSet(f"@op:{order.name}", order.usd, order.tokens)))
    await engine.parts.ledger.commit(facts)
    push_limits(engine.parts.gate, engine.parts.world, (f"@op:{order.name}",))
    carried.inverse.append(Disband(order.name))


async def repository(engine: "Engine", folder: str) -> str:
    """The root of a usable repository. Raises Refused(RepositoryUnusable)."""
    try:
        return str((await engine.parts.workspaces.inspect(folder)).root)
    except WorkspaceError as error:
        raise Refused(RepositoryUnusable(error.why, error.remedy)) from error


async def _check_disband(engine: "Engine", order: Disband, by: str) -> None:
    operation = engine.parts.world.operations.get(order.name)
    if operation is None:
        raise Refused(TargetMissing(f"operation {order.name}"))
    if operation.threads:
        raise Refused(NotUndoable(f"operation {order.name}, which has threads,"))


async def _disband(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Disband = carried.order
    await engine.parts.ledger.commit([Fact(OperationDisbanded(order.name))])


async def _check_spawn(engine: "Engine", order: Spawn, by: str) -> None:
    spec = known_agent(engine, order)
    if order.op and order.op not in engine.parts.world.operations:
        raise Refused(TargetMissing(f"operation {order.op}"))
    if not order.op and not order.repo:
        raise Refused(TargetInvalid("name an operation (--op) or a repository (--repo)"))
    _check_briefs(order, spec)
    if not 1 <= order.count <= 64:
        raise Refused(TargetInvalid("--count is 1 to 64"))
    if order.name and not NAME.fullmatch(order.name):
        raise Refused(TargetInvalid(NAMES))
    _check_money(engine, order, choose_account(engine, order, spec))
    await repository(engine, _repo(engine, order))


def known_agent(engine: "Engine", order: Spawn) -> AgentSpec:
    """The agent of the order. Raises Refused."""
    spec = engine.parts.agents.get(order.agent)
    if spec is None or spec.driver not in engine.parts.drivers:
        raise Refused(AgentMissing(order.agent))
    if order.command and spec.driver != "terminal":
        raise Refused(TargetInvalid("--command is for --agent terminal"))
    return spec


def _check_briefs(order: Spawn, spec: AgentSpec) -> None:
    """A terminal may begin with its command alone."""
    if spec.driver == "terminal" and order.command and order.briefs in ((), ("",)):
        return
    if not order.briefs or not all(brief.strip() for brief in order.briefs):
        raise Refused(TargetInvalid("a thread begins with a brief, in double quotes"))


def _check_money(engine: "Engine", order: Spawn, account: Account | None) -> None:
    if account is None or account.auth == "login":
        return
    model = order.model or account.model
    if not model:
        raise Refused(TargetInvalid(f"account {account.id} has no default model; give --model"))
    if order.usd is not None and not knows_price(engine, account, model):
        raise Refused(PriceUnknown(model))


def _repo(engine: "Engine", order: Spawn) -> str:
    return engine.parts.world.operations[order.op].repo if order.op else order.repo


async def _spawn(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Spawn = carried.order
    spec = known_agent(engine, order)
    account = choose_account(engine, order, spec)
    profile = (order.profile or "mine") if is_foreign(spec) else ""
    root = await repository(engine, _repo(engine, order))
    taken = {head.name for head in engine.parts.world.threads.values() if head.state != "ended"}
    limited = order.usd is not None or order.tokens is not None
    made: list[int] = []
    facts: list[Fact] = []
    for brief in (brief for brief in order.briefs or ("",) for _ in range(order.count)):
        number = engine.next_thread()
        made.append(number)
        event = ThreadCreated(
            _name(order, brief, taken),
            order.op,
            order.agent,
            spec.driver,
            account.id if account is not None else "",
            order.model or (account.model if account is not None else ""),
            brief,
            root,
            order.uncommitted,
            profile=profile,
            command=order.command,
        )
        facts.append(Fact(event, Stamp(number, cause=carried.id)))
        if limited:
            facts.append(Fact(LimitSet(f"#{number}", order.usd, order.tokens), Stamp(number)))
    await engine.parts.ledger.commit(facts)
    if limited:
        push_limits(engine.parts.gate, engine.parts.world, tuple(f"#{n}" for n in made))
    for number in made:
        engine.launch(number)
    carried.inverse.append(Kill(target_text(tuple(made)), now=True))
    await join(engine, made, carried.id)


def _name(order: Spawn, brief: str, taken: set[str]) -> str:
    """The name asked for, else the first words of the brief; numbered where it is taken."""
    base = order.name
    if not base:
        said = brief or order.command
        words = re.findall(r"[\w'-]+", re.sub(r"\[\[.*?\]\]", "", said).lower())
        base = "-".join(words[:3])[:24].strip("-") or "thread"
    name = base
    for number in itertools.count(2):
        if name not in taken:
            break
        name = f"{base}-{number}"
    taken.add(name)
    return name


def _check_revive(engine: "Engine", order: Revive, head: Head) -> None:
    if head.state != "ended":
        raise Refused(NotEnded())


async def _revive(engine: "Engine", carried: Carried, thread: int) -> None:
    """A new thread in the old one's workspace, told what the old one was for."""
    old = engine.parts.world.threads[thread]
    born = engine.next_thread()
    created = ThreadCreated(
        old.name,
        old.operation,
        old.agent,
        old.driver,
        old.account,
        old.model,
        old.brief,
        old.repo,
        old.uncommitted,
        parent=thread,
        profile=old.profile,
        command=old.command,
    )
    facts = [Fact(created, Stamp(born, cause=carried.id))]
    if old.workspace:
        made = WorkspaceMade(old.workspace, old.branch, old.base, old.repo, old.port)
        facts.append(Fact(made, Stamp(born)))
    await engine.parts.ledger.commit(facts)
    engine.launch(born)
    carried.inverse.append(Kill(f"#{born}", now=True))
    await join(engine, (born,), carried.id)


def _check_rename(engine: "Engine", order: Rename, head: Head) -> None:
    if not NAME.fullmatch(order.name):
        raise Refused(TargetInvalid(NAMES))
    must_differ(head.name == order.name)


async def _rename(engine: "Engine", carried: Carried, thread: int) -> None:
    order: Rename = carried.order
    old = engine.parts.world.threads[thread].name
    fact = Fact(ThreadRenamed(old, order.name), Stamp(thread, cause=carried.id))
    await engine.parts.ledger.commit([fact])
    carried.inverse.append(Rename(f"#{thread}", old))


HANDLERS: dict[str, Handler] = {
    "operation": Handler(_operation, before=_check_operation),
    "disband": Handler(_disband, before=_check_disband),
    "spawn": Handler(_spawn, before=_check_spawn),
    "revive": Handler(_revive, _check_revive),
    "rename": Handler(_rename, _check_rename),
}
