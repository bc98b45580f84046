"""The Plan tab: what the thread is for, what it means to do, what repeats and what waits."""

from collections.abc import Callable
from decimal import Decimal

from commandcenter.core.base import NS
from commandcenter.core.standing import Looping
from commandcenter.core.text import line as one_line
from commandcenter.core.text import safe
from commandcenter.core.world import Head, OperationHead, World
from commandcenter.hud import words
from commandcenter.ui.page import Cell, Page, Row, fact, said, title

Spell = Callable[[str], str]
LONG = 2_000
STEPS = 200
_STEPS = {
    "completed": ("state:done", "run", "dim"),
    "done": ("state:done", "run", "dim"),
    "in_progress": ("state:run", "run", "fg"),
    "running": ("state:run", "run", "fg"),
    "failed": ("state:failed", "err", "fg"),
    "cancelled": ("state:killed", "dim", "dim"),
}


def plan_page(head: Head, world: World, now: int, spell: Spell = str) -> Page:
    """The page at wall `now` (ns); `spell` tells a sentence with the player's own keys."""
    rows = [*_goal(head, spell), *_plan(head), *_loop(head, now, spell), *_queue(head)]
    operation = world.operations.get(head.operation)
    if operation is not None:
        rows += _operation(operation)
    return Page(tuple(rows))


def _goal(head: Head, spell: Spell) -> list[Row]:
    rows = [title("Goal", spell("T sets it"))]
    rows.append(said(safe(head.goal, LONG), "accent") if head.goal else said("none set"))
    if head.brief:
        rows += [title("Brief"), said(safe(head.brief, LONG), "accent")]
    if head.rally:
        rows.append(fact("Results go to", head.rally))
    return rows


def _plan(head: Head) -> list[Row]:
    steps = head.plan[:STEPS]
    done = sum(_finished(state) for _, state in head.plan)
    note = f"{done} of {len(head.plan)} done" if steps else ""
    rows = [title("The agent's plan", note)]
    if not steps:
        return [*rows, said("the agent has told no plan")]
    return rows + [_step(text, state) for text, state in steps]


def _finished(state: str) -> bool:
    return state in {"completed", "done"}


def _step(text: str, state: str) -> Row:
    glyph, color, tone = _STEPS.get(state, ("state:idle", "mid", "mid"))
    words_ = one_line(state.replace("_", " "), 14)
    cells = (
        Cell("", 20, color, glyph=glyph),
        Cell(one_line(text, 200), 0, tone),
        Cell(words_, 74, "dim", "right", 11),
    )
    return Row(cells)


def _loop(head: Head, now: int, spell: Spell) -> list[Row]:
    loop = head.loop
    if loop is None:
        return [title("Loop", spell("R sets one")), said("it does not repeat")]
    return [
        title("Loop", f"round {loop.rounds}" if loop.rounds else "its first round waits"),
        *_stops(head, loop, now),
    ]


def _stops(head: Head, loop: Looping, now: int) -> list[Row]:
    rows = []
    if loop.count:
        rows.append(fact("Rounds", f"{loop.rounds} of {loop.count}"))
    if loop.usd is not None:
        spent = max(head.spent.usd, head.spent.practice) - loop.spent
        practice = head.spent.practice > head.spent.usd
        paid = words.usd(max(spent, Decimal(0)), practice)
        rows.append(fact("Spent", f"{paid} of {words.usd(loop.usd, practice)}"))
    if loop.until:
        left = max(loop.until - now, 0) // (60 * NS) * 60
        rows.append(fact("Ends in", words.age(left) if left else "under a minute"))
    if loop.stale:
        rows.append(fact("Rounds without a change", f"{loop.same} of {loop.stale}"))
    return rows or [fact("Until", loop.text)]


def _queue(head: Head) -> list[Row]:
    waiting = len(head.queue) + len(head.orders)
    if not waiting:
        return []
    rows = [title("Queue", f"{waiting} wait")]
    texts = [one_line(queued.note, 200) for queued in head.queue]
    texts += [order.text.replace(" @self", "") for order in head.orders]
    for number, text in enumerate(texts, 1):
        cells = (Cell(str(number), 22, "accent", weight=600), Cell(text, 0, "accent"))
        rows.append(Row(cells))
    return rows


def _operation(operation: OperationHead) -> list[Row]:
    rows = [title("Operation", one_line(operation.name, 60))]
    if operation.goal:
        rows.append(said(safe(operation.goal, LONG), "accent"))
    success = one_line(operation.success, 300) or "none: nothing says when it is reached"
    rows.append(Row(text=f"success: {success}", color="fg", mono=bool(operation.success)))
    rows.append(said("not run yet: V verifies, from M4 on") if operation.success else said(""))
    return [row for row in rows if row.text or row.title]
