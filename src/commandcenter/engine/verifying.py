"""The success command of an operation, run on a checkpoint of a thread's files."""

from typing import TYPE_CHECKING, Final

from commandcenter.core.base import Record
from commandcenter.core.events import Verified, VerifyStarted
from commandcenter.core.refusals import NoSuccessCommand, Refused
from commandcenter.core.shaping import Verdict
from commandcenter.core.text import one_line
from commandcenter.core.world import Head
from commandcenter.engine.launching import environment
from commandcenter.engine.results import (
    must_have_files,
    operation_of,
    record,
    standing_mark,
    success_of,
)
from commandcenter.hosts.ports import port_env
from commandcenter.hosts.proving import Subject
from commandcenter.hosts.setup import SetupFailed
from commandcenter.hosts.verifying import Run
from commandcenter.hosts.verifying import Verified as Ran
from commandcenter.hosts.workspace import WorkspaceError

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

VERIFY: Final = "verify"
RUN_MARKS: Final = 1_000_000_000
"""Above the numbers of all threads: the mark of a success command is the thread's with this, so
that a session that ends takes no success command with it."""
STOPPED: Final = "you stopped it"


class Judged(Record, frozen=True):
    """A verdict with the output that it was read from."""

    verdict: Verdict
    output: str = ""


def check(parts: "Parts", head: Head) -> str:
    """The success command that can be run. Raises Refused."""
    must_have_files(head)
    command = success_of(parts, head)
    if not command:
        raise Refused(NoSuccessCommand())
    return command


async def verify(engine: "Engine", thread: int, cause: str = "") -> Verdict:
    """Run it on the files as they are now; recorded before and after. At most two at once, of one
    thread never two. Raises Refused."""
    check(engine.parts, engine.parts.world.threads[thread])
    return await engine.results.alone(VERIFY, thread, _verify(engine, thread, cause))


async def _verify(engine: "Engine", thread: int, cause: str) -> Verdict:
    async def run() -> Judged:
        async with engine.results.places:
            mark = await standing_mark(engine, thread, VERIFY, cause)
            head = engine.parts.world.threads[thread]
            subject = _subject(engine.parts, head, mark.commit, head.base)
            return await _recorded(engine, head, subject, cause)

    judged = await engine.results.stoppable(thread, run())
    return judged.verdict if judged is not None else await _stopped(engine, thread, cause)


async def verify_merged(
    engine: "Engine", thread: int, commits: tuple[str, str], cause: str
) -> Verdict:
    """The same on a commit that nothing points to yet, by what the commit before has of the
    protected files. `commits`: the merged one, the one before. Raises Refused."""

    async def run() -> Judged:
        async with engine.results.places:
            head = engine.parts.world.threads[thread]
            subject = _subject(engine.parts, head, *commits)
            return await _recorded(engine, head, subject, cause)

    judged = await engine.results.alone(VERIFY, thread, engine.results.stoppable(thread, run()))
    return judged.verdict if judged is not None else await _stopped(engine, thread, cause)


async def _stopped(engine: "Engine", thread: int, cause: str) -> Verdict:
    """What had begun is over, and recorded as that."""
    await engine.parts.ledger.settle()
    head = engine.parts.world.threads[thread]
    verdict = Verdict("stopped", success_of(engine.parts, head), line=STOPPED)
    if head.verifying:
        await record(engine, thread, Verified(head.verifying, verdict), cause)
    return verdict


def _subject(parts: "Parts", head: Head, commit: str, base: str) -> Subject:
    operation = operation_of(parts, head)
    protect = operation.protect if operation is not None else ()
    return Subject(commit, base, success_of(parts, head), head.workspace, protect)


async def _recorded(engine: "Engine", head: Head, subject: Subject, cause: str) -> Judged:
    effect = engine.parts.ids.fresh()
    started = VerifyStarted(effect, subject.command, subject.commit)
    await record(engine, head.id, started, cause)
    judged = await _judged(engine, head, subject)
    await record(engine, head.id, Verified(effect, judged.verdict, judged.output), cause)
    return judged


async def _judged(engine: "Engine", head: Head, subject: Subject) -> Judged:
    parts = engine.parts
    mark = (RUN_MARKS + head.id, engine.results.epoch())
    env = await _environment(parts, head)
    run = Run(env, parts.settings.verify_limit_s, thread=mark[0], epoch=mark[1])
    try:
        ran = await parts.gits.verifying.verify(head.repo, subject, run)
    except WorkspaceError as error:
        line = one_line(f"it could not run: {error.why}", 300)
        return Judged(Verdict("error", subject.command, subject.commit, line=line))
    return _read(subject, ran)


def _read(subject: Subject, ran: Ran) -> Judged:
    notes = _notes(ran)
    line = "; ".join((ran.line, *notes))
    verdict = Verdict(
        ran.result,
        subject.command,
        subject.commit,
        ran.exit,
        ran.ms,
        ran.passed,
        ran.failed,
        ran.total,
        one_line(line, 300),
        ran.tampered,
    )
    said = "".join(f"\n[commandcenter] {note}" for note in notes)
    return Judged(verdict, ran.output + said)


def _notes(ran: Ran) -> list[str]:
    """What else is worth to be known of it."""
    notes = []
    if ran.tampered:
        count = len(ran.tampered)
        what = "a protected file" if count == 1 else f"{count} protected files"
        notes.append(f"the thread had changed {what}; the run took the parent's")
    sides = {"worktree": "the thread's worktree", "checkout": "your checkout"}
    notes += [f"files of {sides[side]} changed while it ran" for side in ran.outside]
    return notes


async def _environment(parts: "Parts", head: Head) -> dict[str, str]:
    """As the thread's own tools have it, with the ports of its workspace."""
    env = parts.person_env.known()
    if head.agent in parts.agents:
        env = await environment(parts, head)
    try:
        names = (await parts.setups.plan(head.repo)).ports
    except SetupFailed:
        names = ()
    return env | port_env(head.port, names)
