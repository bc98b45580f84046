"""A parent goes on with what its children found: told once, before anything else."""

from typing import TYPE_CHECKING, Any, Final

from commandcenter.core.codec import load_entry
from commandcenter.core.events import SplitMade, SteerQueued
from commandcenter.core.text import safe
from commandcenter.core.world import Head, Queued
from commandcenter.engine import control
from commandcenter.engine.runner import Runner
from commandcenter.rules.briefs import read_report
from commandcenter.rules.handing import block, middle_out

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

ITEM: Final = "results-"
SAID: Final = 2_000
"""Characters of what a child said last."""
DELTAS: Final = 2_000
"""Pieces of a text that are read of a child's end."""
_WORDS: Final = {"done": "done", "failed": "failed", "killed": "ended by the person"}


async def told_results(engine: "Engine", runner: Runner) -> bool:
    """Put the children's results first in the queue of a thread that is about to go on.

    True = there were some. Only once all of the last split have ended, and once for each split.
    """
    parts = engine.parts
    split = await _last_split(parts, runner.thread)
    if split is None:
        return False
    seq, children = split
    heads = [parts.world.threads[child] for child in children]
    item = f"{ITEM}{seq}"
    if any(head.state != "ended" for head in heads) or await _told(parts, runner, seq, item):
        return False
    if all(head.outcome == "killed" and not head.called_seq for head in heads):
        return False  # the split was taken back
    if runner.in_turn and runner.session is not None:
        await control.interrupt(runner)
    queued = Queued(item, await _text(parts, heads))
    runner.queue.insert(0, queued)
    runner.post(SteerQueued(item, queued.note, True))
    return True


async def _last_split(parts: "Parts", thread: int) -> tuple[int, tuple[int, ...]] | None:
    if not parts.world.threads[thread].children:
        return None
    rows = await parts.reader.tail(thread, 1 << 62, 1, ("SplitMade",))
    event: Any = load_entry(rows[0]).event if rows else None
    return (rows[0].seq, event.children) if isinstance(event, SplitMade) else None


async def _told(parts: "Parts", runner: Runner, since: int, item: str) -> bool:
    if any(queued.item == item for queued in runner.queue):
        return True
    rows = await parts.reader.rows(since, 10_000, runner.thread, ("SteerQueued",))
    events: list[Any] = [load_entry(row).event for row in rows]
    return any(event.item == item for event in events)


async def _text(parts: "Parts", heads: list[Head]) -> str:
    count = f"{len(heads)} threads" if len(heads) > 1 else "one thread"
    intro = (
        f"Your work was given to {count}; all of them have ended. What follows is what they"
        " report. Their files are on the branches named; what was merged is in your worktree"
        " already. Look at it, and go on with what is left."
    )
    blocks = [block(head.name, await _result(parts, head), parts.ids.fresh()) for head in heads]
    return "\n\n".join((intro, *blocks))


async def _result(parts: "Parts", head: Head) -> str:
    lines = [
        f"title: {head.name}",
        f"outcome: {_WORDS.get(head.outcome, head.outcome)}",
        f"branch: {head.branch or 'none'}",
        f"success command: {_verdict(head)}",
    ]
    said = await _last_words(parts, head)
    if head.kind == "scout":
        lines += _report(said)
    elif said:
        lines += ["last words:", middle_out(safe(said), SAID)]
    return "\n".join(lines)


def _verdict(head: Head) -> str:
    seen = head.verified
    if seen is None:
        return "not run"
    return f"{'green' if seen.green else 'not green'}; {seen.line}".strip("; ")


def _report(said: str) -> list[str]:
    """A scout's report in its form; else its last words, marked as no report."""
    report = read_report(said)
    if not (report.feasible or report.where or report.cost or report.risks):
        return ["it gave no report in the form asked for", middle_out(safe(said), SAID)]
    return [
        f"feasible: {report.feasible or 'not said'} {report.why}".strip(),
        f"where: {report.where or 'not said'}",
        f"cost: {report.cost or 'not said'}",
        f"risks: {report.risks or 'not said'}",
    ]


async def _last_words(parts: "Parts", head: Head) -> str:
    """The last thing that the agent said, whole."""
    rows = await parts.reader.tail(head.id, 1 << 62, DELTAS, ("TextAdded",))
    said: list[str] = []
    last: tuple[int, int] | None = None
    for entry in map(load_entry, reversed(rows)):
        event: Any = entry.event
        place = (entry.stamp.turn, event.message)
        if last not in (None, place):
            break
        last = place
        said.insert(0, event.delta)
    return "".join(said)
