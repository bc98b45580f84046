"""The menu of what is under the cursor: which lines it has, and which of them are greyed."""

from collections.abc import Sequence

from commandcenter.core.base import Record
from commandcenter.core.refusals import NoSelection, NotYet, NoWorkspace, Reason, TargetInvalid
from commandcenter.core.world import Head, World
from commandcenter.hud.abilities import cannot
from commandcenter.hud.alerts import AlertRow
from commandcenter.hud.card import Page, Place, filled, pauses
from commandcenter.hud.keymap import Keymap
from commandcenter.hud.selection import named
from commandcenter.hud.words import plain

TITLE = "MENU"
SNOOZES = (10, 60)
"""Minutes for which an alert may be kept quiet."""


class Line(Record, frozen=True):
    """One line: what it does (an id of the keymap, or of the page behind B), and its place."""

    slot: int
    action: str
    name: str
    icon: str
    tone: str = "accent"


_THREAD: tuple[Line, ...] = (
    Line(0, "order.steer", "Steer", "steer"),
    Line(1, "order.interrupt", "Interrupt", "interrupt"),
    Line(2, "order.pause_resume", "Pause", "pause_resume", "pause"),
    Line(3, "more.rename", "Rename", "rename"),
    Line(4, "more.tags", "Tags", "tag"),
    Line(5, "workspace.editor", "Editor", "tab"),
    Line(6, "workspace.shell", "Shell", "tab"),
    Line(7, "order.merge", "Merge into it", "merge"),
    Line(8, "order.take", "Take over", "terminal"),
    Line(9, "workspace.browser", "Browser", "tab"),
    Line(10, "order.budget", "Budget", "budget", "run"),
    Line(11, "order.kill", "Freeze", "kill", "pause"),
    Line(12, "rank.priority_up", "Priority up", "plus"),
    Line(13, "rank.priority_down", "Priority down", "downgrade"),
    Line(14, "card.more", "More", "more", "mid"),
)


def thread_menu(world: World, ids: Sequence[int], keymap: Keymap, onto: int = 0) -> Page:
    """The menu of these threads; `onto` = the thread clicked while others are selected."""
    heads = [world.threads[one] for one in ids if one in world.threads]
    places = [_thread(line, world, heads, keymap, onto) for line in _THREAD]
    who = named(world, ids)
    return Page(TITLE, f"→ {who}" if who else "nothing selected", filled(places), tuple(ids))


def _thread(
    line: Line, world: World, heads: Sequence[Head], keymap: Keymap, onto: int
) -> Place | None:
    name = line.name
    if line.action == "order.merge":
        if not onto:
            return None
        name = f"Merge into {plain(world.threads[onto].name)}"
    if line.action == "order.pause_resume" and not pauses(world, [head.id for head in heads]):
        name = "Resume"
    if line.action == "order.take" and heads and all(head.by_hand for head in heads):
        name = "Give back"
    reason = _why(line.action, heads, keymap)
    sub = reason.milestone if isinstance(reason, NotYet) else ""
    return Place(line.slot, line.action, name, line.icon, line.tone, sub, "", reason)


def _why(action: str, heads: Sequence[Head], keymap: Keymap) -> Reason | None:
    if action in keymap.actions and not keymap.built(action):
        return NotYet(keymap.comes(action))
    if not heads:
        return NoSelection()
    if action in ("workspace.editor", "workspace.shell"):
        return None if any(head.workspace for head in heads) else NoWorkspace()
    if action in ("workspace.browser", "card.more", "order.merge"):
        return None
    return cannot(heads, action)


def alert_menu(row: AlertRow) -> Page:
    """The menu of a row of the alerts panel."""
    answer = None if row.ask else TargetInvalid("nothing is asked here")
    lasts = TargetInvalid("it stands here as long as it is so")
    fuse = None if row.alerts or row.asks else lasts
    later = NotYet("M4")
    nowhere = None if row.thread or row.operation else TargetInvalid("it is about no thread")
    quiet = TargetInvalid("a question stays in sight; defer it") if row.ask else fuse
    places = [
        Place(0, "row.show", "Show", "tab", reason=nowhere),
        Place(1, "row.open", "Decide", "message", "wait", reason=answer),
        Place(2, "row.defer", "Defer 5 min", "back", reason=fuse),
        *(
            Place(3 + n, f"row.snooze.{minutes}", f"Quiet {minutes} min", "deny", reason=quiet)
            for n, minutes in enumerate(SNOOZES)
        ),
        Place(5, "row.right", "Was right", "tab", reason=later),
        Place(6, "row.wrong", "Was wrong", "deny", reason=later),
        Place(7, "row.exempt", "Exempt", "lock", reason=later),
    ]
    return Page(TITLE, plain(row.title), filled(places))


def group_menu(world: World, digit: int) -> Page:
    """The menu of a control group: recall, set, add, and what it does by itself."""
    rules = world.group_rules.get(digit)
    on = {
        "exclusive": bool(rules and rules.exclusive),
        "children": bool(rules and rules.children),
        "auto": bool(rules and rules.auto),
    }
    hints = {
        "exclusive": "adding takes from others",
        "children": "children join",
        "auto": "the filter's threads join",
    }
    places = [
        Place(0, f"group.recall.{digit}", "Select", "tab"),
        Place(1, f"group.set.{digit}", "Set", "plus"),
        Place(2, f"group.add.{digit}", "Add", "plus"),
        Place(3, f"group.set_steal.{digit}", "Set, take away", "plus"),
        *(
            Place(5 + n, f"rule.{rule}", rule.capitalize(), "lock", "accent", "on" * on[rule])
            for n, rule in enumerate(hints)
        ),
    ]
    return Page(TITLE, f"group {digit}", filled(places))


def queue_moves(place: int, count: int) -> dict[str, str]:
    """Line of the menu of a queued order -> the option of `queue` that does it."""
    found = {"queued.drop": f"--drop {place}"}
    if place > 1:
        found |= {
            "queued.first": f'--move "{place} 1"',
            "queued.up": f'--move "{place} {place - 1}"',
        }
    if place < count:
        found["queued.down"] = f'--move "{place} {place + 1}"'
    return found


def queue_menu(head: Head, place: int) -> Page:
    """The menu of a queued order: take it out, or give it another place; 1 is the first."""
    able = queue_moves(place, len(head.orders))
    lines = (
        (0, "queued.drop", "Take out", "deny", ""),
        (1, "queued.first", "First", "back", "it is the first"),
        (2, "queued.up", "Earlier", "plus", "it is the first"),
        (3, "queued.down", "Later", "downgrade", "it is the last"),
    )
    places = [
        Place(slot, action, name, icon, reason=None if action in able else TargetInvalid(why))
        for slot, action, name, icon, why in lines
    ]
    text = plain(head.orders[place - 1].text.replace("@self ", "").replace(" @self", ""))
    return Page(TITLE, f"{place} of {len(head.orders)}: {text}", filled(places), (head.id,))
