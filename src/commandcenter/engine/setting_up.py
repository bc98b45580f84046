"""What a repository wants done in each of its worktrees before an agent begins (agents.md 10)."""

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commandcenter.config.private import write_private
from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import (
    AlertRaised,
    SetupAgreed,
    SetupRan,
    ToolEnded,
    ToolOutputAdded,
    ToolStarted,
)
from commandcenter.core.refusals import Ended, Refused, WorkspaceFailed
from commandcenter.core.text import one_line
from commandcenter.drivers.base import Asking
from commandcenter.hosts.ports import port_env
from commandcenter.hosts.setting_up import SetupPlace
from commandcenter.hosts.setup import SetupFailed, SetupPlan, StepRan

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner

CALL: Final = "set-up"
AGAIN: Final = ("again", "start anyway", "end")
ASKS: Final = "asks whether the set-up may run"


async def set_up(runner: "Runner", workspace: str) -> dict[str, str]:
    """Copies, links and the set-up command, once per workspace and content; the first thread of a
    repository asks whether they may. The variables of its ports. Raises Refused(WorkspaceFailed).
    """
    head = runner.head
    if not head.repo:
        return port_env(head.port)
    try:
        plan = await runner.parts.setups.plan(head.repo)
    except SetupFailed as error:
        raise Refused(WorkspaceFailed(error.why)) from error
    mark = runner.parts.folders.data / "threads" / str(head.id) / CALL
    if plan.empty:
        await _offer(runner)
    elif await asyncio.to_thread(_marked, mark) != plan.digest:
        if await _agreed(runner, plan):
            await _carried_out(runner, plan, workspace)
        await asyncio.to_thread(write_private, mark, plan.digest.encode())
    return port_env(head.port, plan.ports)


async def _offer(runner: "Runner") -> None:
    """Said once: ignored files that most worktrees miss are not in these."""
    parts, repo = runner.parts, runner.head.repo
    key = f"set-up:{repo}"
    if key in parts.world.alerts:
        return
    try:
        offered = await parts.setups.offers(repo)
    except SetupFailed:
        return
    if offered.copy:
        names = ", ".join(offered.copy)
        line = one_line(f"worktrees of {Path(repo).name} lack what git ignores: {names}", 200)
        mend = "name them in its .worktreeinclude, one a line"
        alert = AlertRaised(key, "info", "workspace", line, mend, runner.head.operation)
        parts.ledger.post([Fact(alert, Stamp(runner.thread))])


def _marked(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def _agreed(runner: "Runner", plan: SetupPlan) -> bool:
    """What comes from a repository is shown and agreed to once; other threads wait for that."""
    parts, repo = runner.parts, runner.head.repo
    async with parts.agreeing.setdefault(repo, asyncio.Lock()):
        if parts.world.setups.get(repo) == plan.digest:
            return True
        args = {"command": plan.line, "plan": plan.text, "repository": repo}
        runner.move("starting", ASKS, parked=True)
        answer = await runner.asks.own(Asking(CALL, "tool", "set-up", args, CALL))
        if runner.state == "starting":
            runner.move("starting", "workspace: set-up")
        if answer.option == "cancelled":
            raise Refused(Ended())
        if answer.option != "allow":
            return False
        agreed = Fact(SetupAgreed(repo, plan.digest), Stamp())
        await parts.ledger.commit([agreed])
        return True


async def _carried_out(runner: "Runner", plan: SetupPlan, workspace: str) -> None:
    """Until it has worked, or the player starts the thread all the same. Raises Refused."""
    while True:
        try:
            await _run(runner, plan, workspace)
        except SetupFailed as error:
            runner.move("starting", error.why, parked=True)
            text = f"the set-up failed: {error.why}"
            asking = Asking(CALL, "question", CALL, {}, CALL, text, AGAIN)
            answer = await runner.asks.own(asking)
            if answer.text == "start anyway":
                return
            if answer.text != "again":
                raise Refused(WorkspaceFailed(error.why)) from error
            runner.move("starting", "workspace: set-up again")
        else:
            return


async def _run(runner: "Runner", plan: SetupPlan, workspace: str) -> None:
    parts, head = runner.parts, runner.head
    effect = parts.ids.fresh()
    await runner.record(ToolStarted(CALL, CALL, "run", f"set-up: {plan.line}", plan.text, effect))
    hashed = hashlib.sha256()

    def told(text: str) -> None:
        hashed.update(text.encode())
        runner.said(ToolOutputAdded(CALL, "out", text), runner.turn)

    env = parts.person_env.known() | port_env(head.port, plan.ports)
    place = SetupPlace(workspace, head.id, runner.epoch, env)
    began = parts.clock.monotonic()
    try:
        ran = await parts.setter_up.run(plan, place, told)
    except SetupFailed as error:
        _told_ran(runner, error.ran)
        _ended(runner, effect, began, (hashed.hexdigest(), error.why))
        raise
    _told_ran(runner, ran)
    _ended(runner, effect, began, (hashed.hexdigest(), ""))


def _told_ran(runner: "Runner", ran: tuple[StepRan, ...]) -> None:
    for step in ran:
        runner.post(SetupRan(step.command, step.exit, step.ms, step.text_hash))


def _ended(runner: "Runner", effect: str, began: float, said: tuple[str, str]) -> None:
    digest, why = said
    ms = round((runner.parts.clock.monotonic() - began) * 1000)
    status = "failed" if why else "ok"
    runner.post(ToolEnded(CALL, effect, status, ms, digest, summary=why or "set up"))  # type: ignore[arg-type]  # one of the two
