"""Action id of the keymap -> what it does. An id of a later milestone answers `NotYet`."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from commandcenter.core.refusals import TargetInvalid
from commandcenter.hud.keymap import Chord
from commandcenter.hud.selection import Direction
from commandcenter.ui.attending import Attending
from commandcenter.ui.chaining import Chaining
from commandcenter.ui.choosing import Choosing
from commandcenter.ui.commanding import COLUMNS, Commanding
from commandcenter.ui.commenting import Commenting
from commandcenter.ui.deciding import Deciding
from commandcenter.ui.giver import Giver
from commandcenter.ui.inspecting import Inspecting
from commandcenter.ui.looking import Looking
from commandcenter.ui.menu import ContextMenu
from commandcenter.ui.opening import Opening
from commandcenter.ui.overlays import Overlays
from commandcenter.ui.pricing import Pricing
from commandcenter.ui.regions import Regions
from commandcenter.ui.screen import Screen
from commandcenter.ui.seeing import Seeing
from commandcenter.ui.shaping import Shaping
from commandcenter.ui.targeting import Targeting
from commandcenter.ui.terminal_pane import TerminalPane
from commandcenter.ui.watching import Watching
from commandcenter.ui.writing import Writing

Act = Callable[[], None]


class Actions:
    """The one table the router, the card's buttons and the panels' clicks go through."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.giver = Giver(screen)
        self.pricing = Pricing(screen)
        self.giver.price = self.pricing.dear
        self.writing = Writing(screen, self.giver, self.pricing)
        self.looking = Looking(screen, self.giver)
        self.opening = Opening(screen)
        self.terminal = TerminalPane(screen)
        self.commanding = Commanding(screen, self.giver, self.writing, self.opening)
        self.deciding = Deciding(screen, self.giver, self.writing)
        self.choosing = Choosing(screen, self.giver)
        self.watching = Watching(screen, self.giver, self.choosing)
        self.seeing = Seeing(screen, self.giver)
        self.targeting = Targeting(screen, self.giver, self.writing)
        self.chaining = Chaining(screen, self.giver, self.commanding, self.writing)
        self.shaping = Shaping(screen, self.giver, self.writing, (self.commanding, self.chaining))
        self.shaping.aims(self.targeting)
        self.attending = Attending(screen, self.giver, self.deciding, self.writing)
        self.inspecting = Inspecting(screen, self.giver)
        self.commenting = Commenting(screen)
        self.overlays = Overlays(screen, self.giver)
        self.regions = Regions(screen, self.giver)
        self.menu = ContextMenu(screen, self.giver, self.commanding)
        self.menu.do = self.regions.do = self.do
        self.menu.merge = self.shaping.merging.onto
        self.regions.tab, self.regions.ask = self.tab, self.menu.ask
        self.table = self._all()
        self.inspecting.on_turn = self.shaping.proving.fork_at
        self.choosing.find_in["inspector"] = self.inspecting.find
        self.looking.shown = self.choosing.shown
        self.overlays.acts, self.overlays.do = self.table, self.do
        self.attending.show = self.looking.show_log

    def _all(self) -> dict[str, Act]:
        """Every action that can be done, by its id."""
        return {
            **self._orders(),
            **self._menu(),
            **self._approval(),
            **self._selecting(),
            **self._viewing(),
            **self._typing(),
            **self.choosing.table(),
            **self.watching.table(),
            **self.targeting.table(),
            **self.chaining.table(),
            **self.attending.table(),
            **self.inspecting.table(),
            **self.overlays.table(),
            **self.regions.table(),
            **self.shaping.table(),
        }

    def do(self, action: str) -> None:
        """Carry out an action by its id."""
        screen = self.screen
        if action not in self.table:
            screen.not_yet(action)
            return
        screen.acting.begin(action, screen.now(), bool(screen.key_at))
        if screen.mode != "target" or not self._aimed(action):
            self.table[action]()
        screen.acting.end()

    def _aimed(self, action: str) -> bool:
        """In target mode digits pick groups and / takes a name; True = it was used up."""
        digit = action.removeprefix("group.recall.")
        if action == "find":
            self.targeting.typed()
        elif len(digit) == 1:
            self.targeting.digit(int(digit))
        return action == "find" or len(digit) == 1

    # --- the table --------------------------------------------------

    def _orders(self) -> dict[str, Act]:
        command = self.commanding.command
        return {
            "order.steer": self.writing.open_steer,
            "order.interrupt": lambda: command("order.interrupt"),
            "order.pause_resume": lambda: command("order.pause_resume"),
            "order.budget": self.commanding.budget,
            "order.kill": self.commanding.freeze_or_kill,
            "card.more": self.commanding.more,
            "order.take": lambda: command("order.take"),
            "workspace.editor": self.opening.editor,
            "workspace.shell": self.opening.shell,
            "workspace.browser": self.opening.browser,
            "thread.new": self.commanding.new_thread,
            "thread.new_list": self.writing.open_list,
            "start.skirmish": self.start_skirmish,
            "undo": self.undo,
            "redo": self.commanding.redo,
            "bell.pause_all": self.commanding.bell_pause,
            "bell.freeze_spend": self.commanding.bell_freeze,
        }

    def _menu(self) -> dict[str, Act]:
        commanding = self.commanding
        slots = {f"subcard.slot{n:02d}": partial(commanding.choose, n) for n in range(15)}
        digits = {f"subcard.digit.{n}": partial(commanding.digit, n) for n in range(10)}
        return {**slots, **digits, "subcard.accept": commanding.accept}

    def _approval(self) -> dict[str, Act]:
        deciding = self.deciding
        return {
            "approval.next": deciding.next,
            "approval.allow_once": deciding.allow,
            "approval.allow_danger": deciding.allow_danger,
            "approval.deny": deciding.deny,
            "approval.deny_with_words": deciding.deny_with_words,
            "approval.message": self.writing.open_message,
            "approval.tab_action": lambda: deciding.tab("Action"),
            "approval.tab_diff": lambda: deciding.tab("Diff"),
            "approval.tab_policy": lambda: deciding.tab("Policy"),
            "approval.back": deciding.back,
        }

    def _selecting(self) -> dict[str, Act]:
        looking = self.looking
        table: dict[str, Act] = {
            "select.next_idle": looking.next_idle,
            "select.all_idle": looking.all_idle,
            "select.next_blocked": looking.next_blocked,
            "select.all_blocked": looking.all_blocked,
            "select.all_army": looking.all_army,
            "select.all_army.add": looking.add_army,
            "select.all_visible": looking.all_visible,
            "cursor.toggle": looking.toggle,
            "cancel": self.cancel,
        }
        for way in get_args(Direction):
            table[f"cursor.{way}"] = partial(self.cursor, way)
            table[f"cursor.extend.{way}"] = partial(looking.extend, way)
        for digit in range(10):
            table[f"group.recall.{digit}"] = partial(looking.recall_group, digit)
            table[f"group.set.{digit}"] = partial(looking.set_group, digit)
        return table

    def _viewing(self) -> dict[str, Act]:
        looking = self.looking
        return {
            "alert.recall": looking.recall_alert,
            "alert.recall_older": lambda: looking.recall_alert(back=True),
            "operation.cycle": lambda: looking.operation(1),
            "operation.cycle_back": lambda: looking.operation(-1),
            "camera.center_selection": looking.center,
            "zoom.in": lambda: looking.zoom(1),
            "zoom.out": lambda: looking.zoom(-1),
            "zoom.strategic": looking.strategic,
            "inspector.toggle": looking.toggle_inspector,
            "inspector.page_up": lambda: looking.page(-1),
            "inspector.page_down": lambda: looking.page(1),
            "inspector.tab_next": lambda: looking.tab(1),
            "inspector.tab_prev": lambda: looking.tab(-1),
        }

    def _typing(self) -> dict[str, Act]:
        return {
            "composer.open": self.open_composer,
            "composer.send": self.send,
            "composer.newline": self.newline,
            "composer.interrupt_and_send": self.send_now,
            "leave_text": self.leave_text,
            "terminal.enter": self.terminal.enter,
        }

    # --- what depends on the mode --------------------------------------------------

    def undo(self) -> None:
        """Mod+Z: a view that was saved just now, else the player's last order."""
        if not self.watching.take_back():
            self.commanding.undo()

    def open_composer(self) -> None:
        """Return: write to the selection, in APPROVE to who asks, at first the brief."""
        screen = self.screen
        if screen.mode == "approval":
            self.writing.open_message()
        elif not screen.world.threads:
            self.writing.open_brief()
        else:
            self.writing.open_steer()

    def leave_text(self) -> None:
        """Shift+Esc: out of the text, or of the terminal; sends nothing."""
        if self.screen.mode == "terminal":
            self.terminal.leave()
        elif not self._left_field():
            self.writing.close()

    def _left_field(self) -> bool:
        """Out of the comment, the find field or the filter; False = none of them is open."""
        parts = (self.commenting.cancel, self.inspecting.close_find, self.choosing.cancel)
        return any(leave() for leave in parts)

    def _sent_field(self) -> bool:
        """Return in one of these; False = none of them is open."""
        return self.commenting.sent() or self.inspecting.step(1) or self.choosing.sent()

    def send(self) -> None:
        """Return: the text goes out; while finding it goes to the next place."""
        if not self._sent_field():
            self.writing.send(now=False)

    def send_now(self) -> None:
        """Mod+Return: the text breaks into the turn; while finding it is as Return."""
        if not self._sent_field():
            self.writing.send(now=True)

    def newline(self) -> None:
        """Shift+Return: a new line in the text; while finding the place before."""
        if self.commenting.typing or self.inspecting.step(-1) or self.choosing.typing:
            return
        if self.screen.composer is not None:
            self.screen.composer.field.insertPlainText("\n")

    def cursor(self, way: Direction) -> None:
        """Arrows: on the map the cursor, in a panel its item, in a menu its mark."""
        if self.screen.mode == "panel":
            self.regions.move(way)
        elif self.screen.mode == "target":
            self.targeting.move(way)
        elif self.menu.open:
            self.commanding.mark({"left": 0, "right": 0, "up": -1, "down": 1}[way])
        elif self.screen.mode == "subcard":
            right = -1 if self.screen.keymap.mirrored else 1
            steps = {"left": -right, "right": right, "up": -COLUMNS, "down": COLUMNS}
            self.commanding.mark(steps[way])
        else:
            self.looking.cursor(way)

    def cancel(self) -> None:
        """Esc pops one layer; it never deselects, stops, denies or empties anything."""
        screen = self.screen
        if screen.mode == "overlay":
            self.overlays.cancel()
        elif screen.mode == "composer" and self._left_field():
            screen.changed()
        elif screen.mode == "composer":
            self.writing.close()
        elif screen.mode == "subcard":
            screen.page = None
            screen.leave("subcard")
        elif screen.mode == "target":
            self.targeting.leave()
        elif screen.mode == "approval":
            self.deciding.back()
        elif screen.mode == "panel":
            screen.leave("panel")
        elif not screen.kill.disarm() and self.choosing.clear_filter():
            screen.say("the filter is gone")
        else:
            screen.twice.forget()
            screen.notice = None
            screen.changed()

    def tab(self, tab: str) -> None:
        """A tab of the inspector was clicked."""
        screen = self.screen
        if "approval" in screen.modes:
            self.deciding.click_tab(tab)
        else:
            self.inspecting.show_tab(tab)

    def slot(self, slot: int) -> None:
        """A button of the card was clicked: the same as its key."""
        screen = self.screen
        screen.close_sheet()
        if screen.mode == "subcard":
            self.commanding.choose(slot)
            return
        if screen.mode == "target":
            self.targeting.choose(slot)
            return
        place = screen.card_page().at(slot)
        if place is None:
            return
        if screen.mode == "approval" and not place.action:
            self.deciding.other_key()
        elif screen.mode != "composer":
            self.do(place.action)

    def way_on(self, chord: Chord) -> bool:
        """On the first page the brief has the keys already: what stands there is a way on too."""
        action = self.screen.keymap.lookup("map", chord)
        if self.screen.world.threads or action not in ("thread.new_list", "palette"):
            return False
        self.do(action)
        return True

    def start_skirmish(self) -> None:
        """Mod+G: the practice operation, while there is no thread."""
        screen = self.screen
        start = screen.options.start_skirmish
        if screen.world.threads or start is None:
            screen.refuse(TargetInvalid("the skirmish starts only while there is no thread"))
            return
        if screen.mode == "composer":
            self.writing.close()

        async def begin() -> None:
            await start()

        screen.tasks.spawn(begin(), "skirmish")
        screen.say("the skirmish starts")
