"""How a foreign agent is started for one session: program, environment, folders, address."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from msgspec.structs import replace

from commandcenter.config.accounts import Account
from commandcenter.core.refusals import AgentMissing, LoginNotAllowed, Refused
from commandcenter.core.world import Head
from commandcenter.drivers.base import AgentSpec, Launch, SessionRef, SessionStart
from commandcenter.drivers.catalog import program
from commandcenter.engine import profiles
from commandcenter.gate.base import GateAddress, Route

if TYPE_CHECKING:
    from commandcenter.engine.parts import Parts
    from commandcenter.engine.runner import Runner

NOWHERE: Final = GateAddress("", "")


def is_foreign(spec: AgentSpec) -> bool:
    """A program of its own, not our loop."""
    return bool(spec.command) or spec.driver == "terminal"


def profile_of(head: Head) -> Literal["mine", "clean"]:
    """The person's own configuration unless the order said otherwise."""
    return "clean" if head.profile == "clean" else "mine"


class Opens(NamedTuple):
    """A session that is about to begin."""

    head: Head
    epoch: int
    workspace: str
    account: Account | None


async def foreign_start(runner: "Runner", workspace: str, account: Account | None) -> SessionStart:
    """Everything a session of a foreign agent begins with. Raises Refused."""
    parts, head = runner.parts, runner.head
    must_be_let_through(parts, head, account)
    address = await _address(runner, account)
    return await foreign_begin(parts, Opens(head, runner.epoch, workspace, account), address)


def must_be_let_through(parts: "Parts", head: Head, account: Account | None) -> None:
    """Raises Refused while the player has not said that its login may pass."""
    spec = parts.agents[head.agent]
    if account is not None and account.auth == "login" and spec.id not in parts.world.logins:
        raise Refused(LoginNotAllowed(spec.id))


async def foreign_begin(parts: "Parts", opens: Opens, address: GateAddress) -> SessionStart:
    """The same at an address of the gate's that is known. Raises Refused."""
    head, epoch, workspace, account = opens
    spec = parts.agents[head.agent]
    launch = await _launch(parts, head, spec, account)
    known = head.agent_session if head.turn else ""
    return SessionStart(
        head.id,
        epoch,
        workspace,
        head.model,
        account.kind if account is not None else "chat",
        resume=SessionRef(spec.driver, known) if known else None,
        home_mark=parts.home_mark,
        first_turn=head.turn,
        launch=replace(
            launch,
            gate_url=address.url,
            gate_secret=address.secret,
            wire_log=f"{launch.home}/wire-{epoch}.jsonl",
        ),
    )


def with_env(start: SessionStart, more: dict[str, str]) -> SessionStart:
    """The same with further variables for whatever runs in the session."""
    launch = start.launch
    if launch is not None:
        launch = replace(launch, env=launch.env | more)
    return replace(start, env=more, launch=launch)


async def _address(runner: "Runner", account: Account | None) -> GateAddress:
    """The session's address and secret; the gate's listener opens last, so it may be waited for."""
    parts, head = runner.parts, runner.head
    if account is None:
        return NOWHERE
    await parts.gate_open.wait()
    return parts.gate.open(head.id, runner.epoch, route_of(parts, head.id))


def route_of(parts: "Parts", thread: int) -> Route:
    """Where the thread's calls go. On a plan, side calls keep the model that they ask for."""
    return route_for(parts, parts.world.threads[thread])


def route_for(parts: "Parts", head: Head) -> Route:
    """The same for a head as it will be."""
    spec, account = parts.agents[head.agent], parts.accounts[head.account]
    foreign = is_foreign(spec)
    limits = [limit for limit in (spec.hold_limit_s, parts.settings.hold_limit_s) if limit]
    return Route(
        account.id,
        "" if account.auth == "login" else head.model,
        operation=head.operation,
        agent=spec.driver if foreign else "",
        hold_limit_s=min(limits) if foreign and spec.hold_limit_s is not None else None,
    )


async def _launch(parts: "Parts", head: Head, spec: AgentSpec, account: Account | None) -> Launch:
    home = _home(parts, head)
    login = account is not None and account.auth == "login"
    person = await parts.person_env.get()
    env = await environment(parts, head)
    found = await asyncio.to_thread(program, spec, person.get("PATH", ""))
    if spec.command and not found:
        raise Refused(AgentMissing(spec.id))
    asks: Literal["all", "agent"] = "all" if profile_of(head) == "clean" else "agent"
    return Launch(
        spec,
        (found, *spec.command[1:]) if spec.command else _command(head),
        env,
        str(home),
        "",
        profile=profile_of(head),
        auth="login" if login else "key",
        asks=asks,
    )


async def environment(parts: "Parts", head: Head) -> dict[str, str]:
    """What a foreign agent of the thread is started with, by its profile."""
    account, spec = parts.accounts.get(head.account), parts.agents[head.agent]
    login = account is not None and account.auth == "login"
    person = await parts.person_env.get()
    return await asyncio.to_thread(_env, person, (head, spec), _home(parts, head), login)


def _home(parts: "Parts", head: Head) -> Path:
    return Path(parts.folders.data) / "threads" / str(head.id)


def _command(head: Head) -> tuple[str, ...]:
    """A terminal thread's command line, through the shell that the person would type it into."""
    return ("bash", "-lc", head.command) if head.command else ("bash", "-l")


def _env(
    person: dict[str, str], who: tuple[Head, AgentSpec], home: Path, login: bool
) -> dict[str, str]:
    head, spec = who
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    if profile_of(head) == "clean":
        env = profiles.clean(person, spec, home / "home", login)
    else:
        env = profiles.mine(person, spec, login)
    env["NO_PROXY"] = env["no_proxy"] = "127.0.0.1,localhost"
    return env
