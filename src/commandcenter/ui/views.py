"""From the screen's state to what each panel shows, as plain values that compare."""

from commandcenter.core.base import NS
from commandcenter.core.world import Alert
from commandcenter.hud import windows, words
from commandcenter.hud.alerts import AlertRow, runs
from commandcenter.hud.card import Page
from commandcenter.hud.keymap import GRID
from commandcenter.hud.resuming import cold
from commandcenter.hud.seen import SEEN, face, seen
from commandcenter.ui import member
from commandcenter.ui.card import Shown
from commandcenter.ui.groups import DIGITS, Cell, Strip
from commandcenter.ui.member import Fact, Selected
from commandcenter.ui.portrait import Portrait, case_portrait, portrait
from commandcenter.ui.screen import Screen

MOST_GLYPHS = 200
_STRIPES = {
    "needs you": "wait",
    "failed": "err",
    "working": "run",
    "waiting": "mid",
    "paused": "pause",
    "frozen": "pause",
    "done": "done",
}


def selected_view(screen: Screen, now: int, most: int) -> Selected:
    """The selection panel at wall `now` (ns); it has room for `most` tiles."""
    world, ids = screen.world, screen.selection.ids
    heads = [world.threads[thread] for thread in ids if thread in world.threads]
    strip = strip_view(screen)
    if not world.threads:
        return Selected(strip, empty="no thread yet")
    if not heads:
        key = screen.key_of("select.all_army")
        return Selected(strip, empty=f"nothing selected · click a tile, or {key} for all live ones")
    many = len(heads) > most
    active = screen.selection.active
    focus = active if len(heads) > 1 else 0
    shown = heads[: MOST_GLYPHS if many else most]
    facts, counts, kinds = screen.sums.figures(heads, (world, ids, many, now))
    return Selected(
        strip,
        tuple(
            member.mark(head, world, now)
            if many
            else member.member(head, world, now, head.id == focus)
            for head in shown
        ),
        counts,
        _with_cold(screen, facts, now),
        kinds,
        member.single(heads[0], world, now) if len(heads) == 1 else (),
        heads[0].orders if len(heads) == 1 else (),
    )


def _with_cold(screen: Screen, facts: tuple[Fact, ...], now: int) -> tuple[Fact, ...]:
    """What a resume would send uncached stands in place of the tokens so far."""
    found = cold(screen.world, screen.mirror.moves, screen.selection.ids, now)
    if found is None:
        return facts
    text = f"{words.tokens(found.tokens)} tok"
    if found.share is not None:
        text += f" · {found.share * 100:.0f} %"
    elif found.usd is not None:
        text += f" · {words.usd(found.usd)}"
    fact = Fact("Cold resume", text)
    return tuple(fact if one.label == "Tokens" else one for one in facts)


def strip_view(screen: Screen) -> Strip:
    """The group strip: groups that have members; behind them the first free one, while threads
    are selected that are no group."""
    world, chosen = screen.world, set(screen.selection.ids)
    cells = []
    dotted = {alert.thread for alert in world.alerts.values() if _unseen(alert, screen)}
    for digit in DIGITS:
        members = [thread for thread in world.groups.get(digit, ()) if thread in world.threads]
        if members:
            heads = (world.threads[thread] for thread in members)
            states = {seen(head, world.accounts.get(head.account)) for head in heads}
            worst = next(state for state in SEEN if state in states)
            stripe = _STRIPES[worst] if worst in {"needs you", "failed"} else ""
            dot = bool(dotted & set(members))
            cells.append(Cell(digit, len(members), stripe, set(members) == chosen, dot))
    taken = {cell.digit for cell in cells}
    free = next((digit for digit in DIGITS if digit not in taken), None)
    if chosen and free is not None and not any(cell.shown for cell in cells):
        cells.append(Cell(free, 0))
    return Strip(tuple(cells), _words(screen, cells))


def _unseen(alert: Alert, screen: Screen) -> bool:
    loud = alert.severity in {"danger", "warn"}
    return loud and not alert.cleared and not screen.recall.visited(alert.id)


def _words(screen: Screen, cells: list[Cell]) -> str:
    world, ids = screen.world, screen.selection.ids
    if not ids:
        return ""
    parts = [f"{len(ids)} selected"]
    parts += [f"group {cell.digit}" for cell in cells if cell.shown][:1]
    operations = {world.threads[thread].operation for thread in ids if thread in world.threads}
    if len(operations) == 1:
        parts.append(operations.pop() or "loose")
    elif operations:
        parts.append(f"{len(operations)} operations")
    return " · ".join(parts)


def card_view(screen: Screen, down: set[str]) -> Shown:
    """The command card."""
    page = screen.card_page()
    keys = _card_keys(screen, page)
    pressed = next((slot for slot, key in enumerate(keys) if key in down), -1)
    labels = tuple(screen.labels.of(key) for key in keys)
    return Shown(
        page,
        screen.notice,
        pressed if screen.mode in {"map", "panel", "target", "subcard", "approval"} else -1,
        _marked(screen),
        () if labels == GRID else labels,
        not screen.up or screen.mode == "composer",
        screen.keymap.mirrored,
    )


def _marked(screen: Screen) -> int:
    """The place that Return takes; -1 = none."""
    if screen.mode == "target" and screen.targets is not None:
        return screen.targets.marked
    return screen.marked if screen.mode == "subcard" else -1


def _card_keys(screen: Screen, page: Page) -> tuple[str, ...]:
    """The key of each place: the action's own where the player bound it elsewhere."""
    keymap = screen.keymap
    if page is screen.page:  # in a menu the place is the key, whatever the action has elsewhere
        return keymap.slots("subcard")
    if screen.mode == "target":
        return keymap.slots("target")
    keys = []
    for slot, place in enumerate(keymap.grid):
        shown = page.at(slot)
        own = keymap.key(shown.action) if shown and shown.action in keymap.actions else place
        keys.append(own or place)
    return tuple(keys)


def inspector_view(screen: Screen, now: int) -> Portrait:
    """The inspector's head: the thread, or the case while deciding."""
    if "approval" in screen.modes:
        return case_portrait(screen.deck.shown, screen.world, now, screen.deck.tab)
    return focus_view(screen, now, screen.tab)


def focus_view(screen: Screen, now: int, tab: str) -> Portrait:
    """The head of the thread the player looks at, whatever is decided."""
    head = screen.active
    if head is None:
        return Portrait(empty="Select a thread to see what it does.")
    return portrait(head, screen.world, now, tab, screen.ports.get(head.id))


def title(screen: Screen) -> str:
    """What the window's title says."""
    waiting = len(screen.world.asks)
    return f"commandcenter · {waiting} need you" if waiting else "commandcenter"


def due(screen: Screen, rows: tuple[AlertRow, ...], now: int) -> float:
    """Seconds until a time outside the map changes; 0 = none runs."""
    waits = []
    if any(runs(row) for row in rows):
        waits.append(1.0)
    if windows.due(screen.world, now):
        waits.append(1.0)
    head = screen.active
    if head is not None and _runs(screen, now):
        waits.append(1.0)
    waits.append(screen.sums.due(screen.world, now))
    waits += [screen.agenda.due(screen.world, screen.now()), screen.sounding.wait(screen.now())]
    if screen.notice is not None:
        waits.append(max(screen.notice.until - screen.now(), 0.01))
    if rows:
        waits.append(60.0)
    return min((wait for wait in waits if wait > 0), default=0.0)


def _runs(screen: Screen, now: int) -> bool:
    head = screen.active
    if head is None:
        return False
    look = face(head, screen.world, now)
    moving = head.bins and now // NS < head.bin_at // 2 + 33
    busy = head.state in {"running", "pausing"} and bool(head.call_since or head.tool_since)
    return look.ages or bool(moving) or busy
