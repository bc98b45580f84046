"""S: how many children, of what kind; a division is planned first, the rest begins at once."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from commandcenter.core.orders import Split
from commandcenter.core.refusals import BudgetTooSmallToSplit, TargetInvalid
from commandcenter.core.shaping import SplitKind
from commandcenter.core.world import Head
from commandcenter.hud import drafting, giving
from commandcenter.hud.drafting import Draft
from commandcenter.hud.giving import later
from commandcenter.hud.split_page import Splitting as Menu
from commandcenter.hud.split_page import counts, split_page
from commandcenter.ui.commanding import Commanding
from commandcenter.ui.giver import Giver
from commandcenter.ui.plan_editor import PlanEditor
from commandcenter.ui.screen import Screen
from commandcenter.ui.survey import Survey

_ONE = "one thread is split at a time, and {count} are selected; a click takes one"


class Splitting:
    """Its actions by id."""

    def __init__(
        self, screen: Screen, giver: Giver, commanding: Commanding, survey: Survey
    ) -> None:
        self._screen = screen
        self._giver = giver
        self._commanding = commanding
        self._survey = survey
        self._thread = 0
        self._menu = Menu()

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "order.split": self.split,
            "order.split.queued": partial(self.split, True),
        }

    # --- the menu --------------------------------------------------

    def split(self, queued: bool = False) -> None:
        """S: the menu of the one thread that is selected."""
        head = self._one(queued)
        if head is not None:
            self._thread = head.id
            self._menu = Menu(queued=queued)
            self._open()

    def _one(self, queued: bool) -> Head | None:
        screen = self._screen
        if not screen.someone():
            return None
        ids = screen.receivers
        action = "order.split.queued" if queued else "order.split"
        if len(ids) > 1:
            screen.refuse(TargetInvalid(_ONE.format(count=len(ids))))
        elif not giving.able(screen.world, ids, action):
            screen.refuse(giving.why(screen.world, ids, action))
        else:
            return screen.world.threads.get(ids[0])
        return None

    def _open(self) -> None:
        """The menu with what is known now; what comes later is shown once it is here."""
        screen, head = self._screen, self._screen.world.threads.get(self._thread)
        if head is None:
            return
        self._menu = replace(
            self._menu,
            means=self._survey.means(head.id),
            mute=self._survey.mute("shares", head.id),
            draft=self.draft_of(head.id),
            waits=self._waits(head),
        )
        page, notice, marked = split_page(head, self._menu), screen.notice, screen.marked
        again = screen.page is not None and screen.page.title == page.title
        acts: dict[str, Callable[[], None]] = {
            place.action: partial(self._chosen, place.action)
            for place in page.places
            if place is not None
        }
        self._commanding.open_menu(page, acts, self._digit)
        if again:
            screen.notice, screen.marked = notice, marked

    def followed(self, name: str, thread: int) -> None:
        """An answer came: the open menu shows it, and moves nothing."""
        page = self._screen.page
        shown = page is not None and page.title in ("SPLIT", "QUEUE SPLIT")
        shown = shown and self._screen.mode == "subcard" and thread == self._thread
        if shown and name in ("shares", "proposal"):
            self._open()

    def draft_of(self, thread: int) -> Draft | None:
        """What was typed before and not started."""
        return drafting.unpack(self._screen.drafts.get(drafting.key(thread), ""))

    def _waits(self, head: Head) -> int:
        found = self._survey.proposal(head.id) if head.proposed else None
        plan = found.plan() if found is not None else None
        return len(plan.tasks) if plan is not None else 0

    def price(self, action: str) -> str:
        """What a place of the menu costs before the children have done anything."""
        what, _, count = action.partition(":")
        means = self._menu.means
        return drafting.begins(means, int(count)) if what == "split" and means else ""

    # --- choosing --------------------------------------------------

    def _digit(self, digit: int) -> None:
        kind = self._menu.kind
        if digit not in counts(kind):
            self._screen.refuse(TargetInvalid("2 to 8 children; more by order split --into"))
            return
        self._count(digit, closes=True)

    def _chosen(self, action: str) -> None:
        """A place of the menu; the menu has closed by now."""
        what, _, value = action.partition(":")
        if what == "kind":
            self._menu = replace(self._menu, kind=_kind(value))
            self._open()
        elif what == "split":
            self._count(int(value), closes=False)
        elif what == "split.own":
            self._edit(drafting.blank("divide", 2))
        elif what == "split.draft":
            self._draft()

    def _draft(self) -> None:
        draft, found = self.draft_of(self._thread), self._survey.proposal(self._thread)
        plan = found.plan() if found is not None else None
        if draft is None and found is not None and plan is not None:
            draft = drafting.drafted(plan, found.seq)
        if draft is not None:
            self._edit(draft)

    def _count(self, count: int, closes: bool) -> None:
        """So many children: a division is planned first."""
        screen, kind = self._screen, self._menu.kind
        means = self._menu.means
        if means is not None and drafting.largest(means) < count:
            screen.refuse(BudgetTooSmallToSplit(drafting.largest(means)))
            self._stay(closes)
        elif kind == "divide" and self._kept(count):
            self._stay(closes)
        elif kind == "divide":
            self._leave()
            editor = self._editor()
            editor.await_plan(kind, count)
            screen.open_sheet(editor)
        elif self._give(kind, count):
            self._leave()
        else:
            self._stay(closes)

    def _kept(self, count: int) -> bool:
        """A draft that somebody typed is not thrown away by one press."""
        screen, draft = self._screen, self.draft_of(self._thread)
        words = f"new plan {self._thread} {count}"
        if draft is None or screen.twice.meant(words, screen.now()):
            return False
        screen.twice.refused(words, screen.now())
        screen.say(
            f"your draft of {len(draft.columns)} would go",
            "the same key again draws up a new plan; Your draft opens it",
            refused=True,
        )
        return True

    def _give(self, kind: SplitKind, count: int) -> bool:
        order = Split(f"#{self._thread}", count, kind)
        if self._menu.queued:
            said = "the split waits behind what it does"
            return self._giver.order(later(order), (self._thread,), said)
        return self._giver.order(order, (self._thread,), f"{count} children begin: {kind}")

    def _stay(self, closes: bool) -> None:
        """The menu again after a refusal; by a digit it never closed."""
        if not closes:
            notice = self._screen.notice
            self._open()
            self._screen.notice = notice

    def _leave(self) -> None:
        screen = self._screen
        if screen.mode == "subcard":
            screen.page = None
            screen.leave("subcard")

    # --- the editor --------------------------------------------------

    def _editor(self) -> PlanEditor:
        editor = PlanEditor(self._screen, self._giver, self._survey, self._thread)
        editor.queued = self._menu.queued
        return editor

    def _edit(self, draft: Draft) -> None:
        editor = self._editor()
        editor.open(draft)
        self._screen.twice.forget()
        self._screen.open_sheet(editor)


def _kind(value: str) -> SplitKind:
    found: dict[str, SplitKind] = {"branch": "branch", "scout": "scout"}
    return found.get(value, "divide")
