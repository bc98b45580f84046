"""The card's own keys: orders to the selection, X X, the pages behind B, Z and Mod+N, the bells."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from commandcenter.core import notation
from commandcenter.core.orders import AnyOrder, Split
from commandcenter.core.refusals import AccountMissing, NoChange, NothingToUndo, TargetInvalid
from commandcenter.core.text import line
from commandcenter.core.world import Done, Head
from commandcenter.hud import card, card_pages, giving
from commandcenter.hud.abilities import cannot
from commandcenter.hud.card import Page, Place
from commandcenter.hud.seen import CUT, spending_frozen
from commandcenter.hud.selection import named
from commandcenter.hud.words import age, plain, since
from commandcenter.ui.giver import Giver
from commandcenter.ui.opening import Opening
from commandcenter.ui.screen import Screen
from commandcenter.ui.templates import templates
from commandcenter.ui.writing import Writing

COLUMNS = 5
_SAID = {
    "order.interrupt": "the turn is stopped",
    "freeze": "frozen; X again within 3 s kills",
    "kill": "killed in 10 s; E keeps it",
    "more.revive": "revived",
    "more.kill_now": "killed now",
    "more.compact": "it makes its context smaller",
    "take": "it comes into your hands once it rests",
    "give-back": "it is ours again and goes on where you left it",
    "hibernate": "put away; B, G wakes it",
    "wake": "it wakes",
    "allow-login": "its login passes the gate from its next session on",
    "forbid-login": "its next session goes past the gate",
    "more.clear_queue": "nothing waits any more",
    "order.escalate": "the next call goes to the stronger model",
    "order.downgrade": "the next call goes to the cheaper model",
    "order.checkpoint": "its files stand in a checkpoint",
    "more.critic": "a critic looks at its work, read-only",
    "rank.priority_up": "more weight at the gate's queue",
    "rank.priority_down": "less weight at the gate's queue",
}


class Commanding:
    """From a press on the card to the orders it gives."""

    def __init__(self, screen: Screen, giver: Giver, writing: Writing, opening: Opening) -> None:
        self._screen = screen
        self._giver = giver
        self._writing = writing
        self._opening = opening
        self._acts: dict[str, Callable[[], None]] = {}
        self._digits: Callable[[int], None] | None = None
        """What a digit does in the open menu."""
        self._behind = False
        """What the open page of limits gives waits behind what the receivers do."""
        self._opens: dict[str, Callable[[], None]] = {
            "more.rename": lambda: writing.open_field("rename"),
            "more.model": self.models,
            "more.tags": writing.open_tag,
            "budget.usd": lambda: writing.open_field("usd", self._behind),
            "budget.tokens": lambda: writing.open_field("tokens", self._behind),
            "budget.share": lambda: writing.open_field("share", self._behind),
            "rest.editor": opening.editor,
            "rest.shell": opening.shell,
            "rest.browser": opening.browser,
            "rest.copy": opening.copy_line,
        }

    def also(self, action: str, act: Callable[[], None]) -> None:
        """What an item behind B opens."""
        self._opens[action] = act

    # --- orders to the selection --------------------------------------------------

    def command(self, action: str) -> None:
        """A card's order to those of the selection that can take it; else the card says why not."""
        screen = self._screen
        if not screen.someone():
            return
        if self._behind and action.startswith("budget."):
            texts = giving.queued(screen.world, action, screen.receivers)
        else:
            texts = giving.orders(screen.world, action, screen.receivers)
        if not texts:
            self._why_not(action)
            return
        for text in texts:
            ids = giving.named_in(text)
            if text.startswith("take "):
                self._opening.expect(ids)
            self._giver.text(text, ids, self._said(action, text))

    def _said(self, action: str, text: str) -> str:
        if action == "order.pause_resume":
            said = "pausing" if text.startswith("pause") else "resumed"
            return said + self._held_all_the_same(giving.named_in(text))
        if action.startswith("budget"):
            return "the limit is changed" + " behind what they do" * self._behind
        said = _SAID.get(action) or _SAID.get(text.partition(" ")[0], "")
        return self._screen.spelled(said)

    def _held_all_the_same(self, ids: tuple[int, ...]) -> str:
        """What no key on a thread lifts: said with the key that does."""
        screen = self._screen
        heads = [screen.world.threads[one] for one in ids if one in screen.world.threads]
        if not any(spending_frozen(screen.world, head) for head in heads):
            return ""
        key = screen.key_of("bell.freeze_spend")
        return f"; spending stays frozen until {key} (resume-spending)"

    def _why_not(self, action: str) -> None:
        screen = self._screen
        as_button = {"freeze": "order.kill", "kill": "more.kill_now"}.get(action, action)
        if action == "rest.login":
            screen.refuse(TargetInvalid("none of them has a login of its own"))
            return
        reason = cannot(self._heads(), as_button)
        if reason is not None:
            screen.refuse(reason)

    def _heads(self) -> list[Head]:
        threads = self._screen.world.threads
        return [threads[t] for t in self._screen.receivers if t in threads]

    def freeze_or_kill(self) -> None:
        """X freezes and arms; X again, 120 ms to 3 s later, same receivers, lights the fuse."""
        screen = self._screen
        if not screen.someone() or not screen.ready():
            return
        what = screen.kill.press(screen.receivers, screen.now())
        if what:
            self.command(what)

    # --- pages --------------------------------------------------

    def more(self) -> None:
        """B: the page behind."""
        self._open(card_pages.more_page(self._screen.world, self._screen.receivers))

    def budget(self, queued: bool = False) -> None:
        """Z: the page of limits; Shift+Z: what it gives waits behind what they do."""
        screen = self._screen
        if not screen.someone():
            return
        action = "order.budget.queued" if queued else "order.budget"
        if not card.able(screen.world, screen.receivers, action):
            screen.refuse(giving.why(screen.world, screen.receivers, action))
            return
        page = card_pages.budget_page(screen.world, screen.receivers)
        self._open(replace(page, title="QUEUE BUDGET") if queued else page)
        self._behind = queued

    def models(self) -> None:
        """More, Model: what the receivers' accounts are known to have, or any name."""
        screen = self._screen
        world, ids = screen.world, screen.receivers
        names = giving.models(world, screen.found, ids)
        page = card_pages.model_page(world, ids, names)
        acts: dict[str, Callable[[], None]] = {
            f"model:{name}": partial(self._model, name) for name in names
        }
        acts["model.other"] = partial(self._writing.open_field, "model")
        self.open_menu(page, acts)

    def _model(self, name: str) -> None:
        screen = self._screen
        orders = giving.model(screen.world, screen.receivers, name)
        if not orders:
            screen.refuse(NoChange())
        for text in orders:
            self._giver.text(text, giving.named_in(text), f"the next call goes to {plain(name)}")

    def new_thread(self) -> None:
        """Mod+N: templates, one key each."""
        screen = self._screen
        if not templates(screen):
            screen.refuse(AccountMissing("yet"))
            return
        screen.count = 1
        self._new()

    def _new(self) -> None:
        screen, price = self._screen, self._writing.spawning.price
        found = templates(screen)
        page = card_pages.template_page("NEW", found, screen.count)
        acts: dict[str, Callable[[], None]] = {
            f"template.{slot}": partial(self._writing.open_brief, template)
            for slot, template in enumerate(found)
        }
        same = found[0] if len(found) == 1 else None
        head = f"{page.head} \u00b7 {price(same, screen.count)}" if same else page.head
        self.open_menu(replace(page, head=head), acts, self._count)

    def open_menu(
        self,
        page: Page,
        acts: Mapping[str, Callable[[], None]],
        digits: Callable[[int], None] | None = None,
    ) -> None:
        """Into MENU with a page whose lines do what `acts` says, and digits what `digits` does."""
        self._open(page)
        self._acts, self._digits = dict(acts), digits

    def _open(self, page: Page) -> None:
        screen = self._screen
        self._acts, self._digits, self._behind = {}, None, False
        self._writing.pricing.want(page.ids)
        screen.page = page = card.keyed(page, screen.keymap.slots("subcard"))
        screen.marked = next((p.slot for p in page.places if p and p.enabled), 0)
        screen.enter("subcard")

    def digit(self, digit: int) -> None:
        """The count asked for."""
        if self._digits is not None:
            self._digits(digit)

    def _count(self, digit: int) -> None:
        self._screen.count = digit or 10
        self._new()

    def mark(self, by: int) -> None:
        """Arrows in a menu: the next enabled item that way."""
        screen = self._screen
        if screen.page is None:
            return
        slots = [place.slot for place in screen.page.places if place and place.enabled]
        ahead = [slot for slot in slots if (slot - screen.marked) * by > 0]
        if abs(by) == COLUMNS:
            ahead = [slot for slot in ahead if slot % COLUMNS == screen.marked % COLUMNS] or ahead
        if ahead:
            screen.marked = min(ahead) if by > 0 else max(ahead)
            screen.changed()

    def accept(self) -> None:
        """Return: the marked item."""
        self.choose(self._screen.marked)

    def choose(self, slot: int) -> None:
        """The item in a place of the page."""
        screen = self._screen
        place = screen.page.at(slot) if screen.page else None
        if place is None:
            return
        if place.reason is not None:
            screen.refuse(place.reason)
            return
        self._chosen(place)

    def _chosen(self, place: Place) -> None:
        screen = self._screen
        if place.action == "card.rest":
            self._open(card_pages.rest_page(screen.world, screen.receivers))
            return
        act = self._acts.get(place.action)
        screen.leave("subcard")
        screen.page = None
        if act is not None:
            act()
        elif place.action.startswith("port."):
            self._opening.port(int(place.action.removeprefix("port.")))
        else:
            self.run(place.action)

    def run(self, action: str) -> None:
        """What an item behind B or Z does."""
        if action in self._opens:
            self._opens[action]()
        else:
            self.command(action)

    # --- bells, undo --------------------------------------------------

    def bell_pause(self) -> None:
        """Mod+.: all stop; again: resumes what it stopped."""
        if self._screen.world.bell:
            self._giver.text("resume-all", (), "the bell is lifted")
        else:
            self._giver.text("pause-all", (), "the bell: every thread stops at its next safe point")

    def bell_freeze(self) -> None:
        """Mod+Shift+.: the gate admits nothing; again lifts it."""
        if self._screen.world.frozen_accounts:
            heads = self._screen.world.threads.values()
            cut = sum(head.state == "paused" and head.why.startswith(CUT) for head in heads)
            stay = f"; {cut} that it cut stay{'s' * (cut == 1)} paused" if cut else ""
            self._giver.text("resume-spending", (), f"spending goes on{stay}")
        else:
            self._giver.text("freeze-spending", (), "spending is frozen; calls are cut")

    def undo(self) -> None:
        """Mod+Z: says what it takes back."""
        screen = self._screen
        if not screen.world.undo:
            screen.refuse(NothingToUndo("take back"))
            return
        done = screen.world.undo[-1]
        if self._sure("undo", done, done.inverse):
            self._giver.text("undo", (), f"taken back: {self._words(done.order)}")

    def redo(self) -> None:
        """Mod+Shift+Z."""
        screen = self._screen
        if not screen.world.redo:
            screen.refuse(NothingToUndo("give again"))
            return
        done = screen.world.redo[-1]
        if self._sure("redo", done, (done.order,)):
            self._giver.text("redo", (), f"given again: {self._words(done.order)}")

    def _sure(self, action: str, done: Done, given: Sequence[AnyOrder]) -> bool:
        """Old and large orders want the key twice; the first press says what it will do."""
        screen, wall = self._screen, self._screen.clock.wall()
        press = f"{action} {done.id}"
        if not giving.doubtful(done, given, wall) or screen.twice.meant(press, screen.now()):
            return True
        screen.twice.refused(press, screen.now())
        does = "takes back" if action == "undo" else "gives again"
        old = f", done {age(since(done.at, wall))} ago" if done.at else ""
        said = f"this {does}: {self._words(done.order)}{old}"
        screen.say(said, f"{screen.key_of(action)} again does it", refused=True)
        return False

    def _words(self, order: AnyOrder) -> str:
        """An order as the player reads it: its threads by name or count, not by number."""
        text = notation.text(_short(order))
        ids = giving.named_in(text)
        numbers = next((part for part in text.split() if part.startswith("#")), "")
        return line(text.replace(numbers, named(self._screen.world, ids), 1) if ids else text, 80)


def _short(order: AnyOrder) -> AnyOrder:
    """Without a plan's text, which nobody reads in one line."""
    return replace(order, plan="") if isinstance(order, Split) else order
