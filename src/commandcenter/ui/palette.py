"""The palette: any action, thread, operation or view by name, and orders in notation."""

from collections.abc import Callable, Mapping, Sequence

from commandcenter.core import notation
from commandcenter.core.orders import ORDERS, AnyOrder, verb
from commandcenter.core.refusals import NotYet, Refused
from commandcenter.core.targets import resolve
from commandcenter.hud import palette
from commandcenter.hud.keymap import Mode
from commandcenter.hud.palette import Find
from commandcenter.hud.selection import named, target
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.spawning import go_to

QUIT = "quit"


class Palette(Sheet):
    """Its index is made when it opens for the actions, anew with each frame for the threads."""

    title = "Palette"
    hint = "an action, a thread, an operation — or an order: pause @sel"
    foot = "Return does it · Tab marks the next · an order is given only by Return"
    empty = "nothing is called so"

    def __init__(self, screen: Screen, giver: Giver, table: Mapping[str, object]) -> None:
        self._screen = screen
        self._giver = giver
        self.opener = "palette"
        self._mode: Mode = screen.mode if screen.mode != "terminal" else "map"
        if screen.mode == "overlay":
            self._mode = next((mode for mode in screen.modes[::-1] if mode != "overlay"), "map")
        self.do: Callable[[str], None] = lambda action: None
        self._actions = self._index(table)
        self._typed = ""
        self._shown: list[Find] = []
        self._order: AnyOrder | None = None
        self._said = ""

    def _index(self, table: Mapping[str, object]) -> list[Find]:
        keymap, why = self._screen.keymap, self._reasons(table)
        found = palette.actions(keymap, self._mode, why)
        own = [action for action in table if action not in keymap.actions]
        return found + [Find("action", action, palette.title(action)) for action in own]

    def _reasons(self, table: Mapping[str, object]) -> dict[str, str]:
        """Why an action is greyed: not built, or what the card's button says."""
        keymap = self._screen.keymap
        why = {
            action: NotYet(keymap.comes(action)).text()
            for action in keymap.actions
            if action not in table
        }
        for place in self._screen.card_page().places:
            if place is not None and place.reason is not None and place.action in keymap.actions:
                why[place.action] = place.reason.text()
                if not self._screen.selection.ids:
                    why.setdefault(f"{place.action}.queued", place.reason.text())
        return why

    # --- lines --------------------------------------------------

    def choices(self) -> Sequence[Choice]:
        """What fits, best first; an order in notation stands alone."""
        if self._order is not None:
            text = notation.text(self._order)
            return (Choice(text, self._receivers(), "Return", id="order", tone="accent"),)
        screen = self._screen
        finds = self._actions
        if self._typed.strip():
            finds = finds + palette.places(screen.world, screen.clock.wall())
        self._shown = palette.ranked(finds, self._typed, palette.MOST if self._typed else 400)
        return [_choice(find) for find in self._shown]

    def about(self) -> str:
        """What the typed order would do, or why it cannot be read."""
        if self._said:
            return self._said
        if self._order is not None:
            return "an order; Return gives it"
        words = {"map": "MAP", "approval": "APPROVE", "subcard": "MENU"}
        return f"actions of {words.get(self._mode, self._mode.upper())}"

    def _receivers(self) -> str:
        target = getattr(self._order, "target", "")
        if not target:
            return ""
        try:
            ids = resolve(self._screen.world, target)
        except Refused as refused:
            return refused.reason.text()
        return f"→ {named(self._screen.world, ids) or 'nobody'}"

    def typed(self, text: str) -> None:
        """Read it as an order when it begins with a verb."""
        self._typed, self._order, self._said = text, None, ""
        first = text.strip().partition(" ")[0]
        if first not in ORDERS or " " not in text.strip():
            return
        try:
            self._order = notation.parse(self._aimed(text.strip()))
        except ValueError as error:
            self._said = str(error)

    def _aimed(self, text: str) -> str:
        who = target(self._screen.receivers)
        return text.replace("@sel", who) if who else text

    # --- choosing --------------------------------------------------

    def chosen(self, index: int) -> None:
        """Close first, then do it in the mode the palette was opened from."""
        screen = self._screen
        if self._order is not None:
            self._give(self._order)
            return
        find = self._shown[index]
        if find.why:
            self._said = find.why
            return
        screen.close_sheet()
        if find.kind == "action":
            self._do(find.id)
        elif find.kind == "thread":
            self._go((int(find.id),), select=True)
        else:
            self._go_to(find.id)

    def _go_to(self, name: str) -> None:
        """The view goes to an operation; new threads are its own from now."""
        operation = self._screen.world.operations.get(name)
        go_to(self._screen, name)
        self._go(operation.threads if operation else (), select=False)

    def _do(self, action: str) -> None:
        if self._screen.mode == "terminal":
            self._screen.leave("terminal")
        self.do(action)

    def _go(self, threads: tuple[int, ...], select: bool) -> None:
        screen = self._screen
        here = tuple(thread for thread in threads if thread in screen.world.threads)
        if select and here:
            screen.select(here, here[0])
        if here and screen.camera is not None:
            screen.camera.reveal(here)

    def _give(self, order: AnyOrder) -> None:
        target = getattr(order, "target", "")
        try:
            ids = resolve(self._screen.world, target) if target else ()
        except Refused as refused:
            self._said = refused.reason.text()
            return
        if verb(order) in ("approve", "deny"):
            self._said = "J opens the case; Y and N decide there"
        elif self._giver.order(order, ids, f"given: {notation.text(order)[:80]}"):
            self._screen.close_sheet()
        elif self._screen.notice is not None:
            self._said = f"{self._screen.notice.text}; {self._screen.notice.mend}"


def _choice(find: Find) -> Choice:
    identity = f"{find.kind}:{find.id}"
    return Choice(
        find.name,
        find.note,
        find.key,
        find.why,
        identity,
        find.glyph,
        find.color,
    )
