"""Selection beyond a click: groups, likes, subgroups, the filter, what is not yet looked at."""

from collections.abc import Callable, Iterable
from functools import partial

from commandcenter.core.orders import Seen
from commandcenter.core.refusals import NoSelection
from commandcenter.core.world import Head
from commandcenter.hud import filtering
from commandcenter.hud.filtering import Filter
from commandcenter.hud.selection import alike, group_order, target, unseen
from commandcenter.hud.words import plain
from commandcenter.ui.giver import Giver
from commandcenter.ui.map_field import MapField
from commandcenter.ui.screen import Screen

AGAIN_S = 1.0
"""Mod+E twice within so long takes the whole map."""


class Choosing:
    """Its actions by id."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._same: tuple[tuple[int, ...], float] = ((), -AGAIN_S)
        """What Mod+E selected in view, and when (monotonic s)."""
        self._field: MapField | None = None
        self._send: Callable[[str], bool] | None = None
        """What Return makes of the open field's text."""
        self._undo: Callable[[], None] = lambda: None
        self.find_in: dict[str, Callable[[], None]] = {}
        """Mode, or region of the region cursor -> what / means there; else it filters."""

    def attach(self, field: MapField) -> None:
        """The window has built its map."""
        self._field = field

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        table: dict[str, Callable[[], None]] = {
            "select.same_type": self.same_type,
            "select.previous_selection": self.previous,
            "subgroup.next": partial(self.subgroup, 1),
            "subgroup.prev": partial(self.subgroup, -1),
            "review.next": self.next_unseen,
            "review.mark_seen": self.mark_seen,
            "find": self.find,
        }
        for digit in range(10):
            table[f"group.add.{digit}"] = partial(self.group, digit, "add")
            table[f"group.set_steal.{digit}"] = partial(self.group, digit, "steal")
        return table

    # --- likes, the one before, subgroups --------------------------------------------------

    def same_type(self) -> None:
        """Same agent, model and state in view; again, or when that adds nothing: on the map."""
        screen = self._screen
        if screen.active is None or screen.camera is None:
            screen.refuse(NoSelection())
            return
        ids, at = self._same
        again = ids == screen.selection.ids and screen.now() - at <= AGAIN_S * screen.timing
        found = self._alike(screen.camera.visible())
        where = "in view"
        if again or set(found) <= set(screen.selection.ids):
            found, where = self._alike(screen.world.threads), "map"
        screen.select(found, screen.selection.active)
        self._same = (screen.selection.ids, screen.now())
        screen.say(f"{len(found)} selected, {where}")

    def _alike(self, among: Iterable[int]) -> tuple[int, ...]:
        screen = self._screen
        return alike(screen.world, screen.selection.active, among)

    def previous(self) -> None:
        """The selection before this one; as many as twenty back."""
        screen = self._screen
        if not screen.selection.previous():
            screen.say("no selection before this one")
            return
        screen.selection.prune(screen.world)
        screen.selected()
        screen.say(f"{len(screen.selection.ids)} selected again")

    def subgroup(self, by: int) -> None:
        """Tab: the next subgroup receives the orders; the selection stays."""
        screen = self._screen
        if not screen.selection.ids:
            screen.refuse(NoSelection())
            return
        screen.selection.cycle(screen.world, by)
        screen.selected()

    def group(self, digit: int, how: str) -> None:
        """Add the selection to a group, or make it that group and take it from the others."""
        screen, ids = self._screen, self._screen.selection.ids
        if not ids:
            screen.refuse(NoSelection())
            return
        if how == "add":
            new = [t for t in ids if t not in screen.world.groups.get(digit, ())]
            if not new:
                screen.say(f"group {digit} has them all already")
                return
            said = f"group {digit}: {len(new)} more"
            self._giver.text(group_order(new, digit, "add"), new, said)
        else:
            said = f"group {digit}: {len(ids)} threads, and no other group has them"
            self._giver.text(group_order(ids, digit, "steal"), ids, said)

    # --- what is not yet looked at --------------------------------------------------

    def next_unseen(self) -> None:
        """': the next thread with results nobody looked at, oldest first, at the first of them."""
        screen = self._screen
        found = unseen(screen.world)
        if not found:
            screen.say("everything has been looked at")
            return
        here = screen.selection.active
        thread = found[(found.index(here) + 1) % len(found)] if here in found else found[0]
        head = screen.world.threads[thread]
        screen.select((thread,), thread)
        if screen.camera:
            screen.camera.reveal((thread,))
        screen.inspector, screen.tab = True, "Transcript"
        count = head.results - head.results_seen
        screen.on_unseen(count)
        many = f"{count} results" if count > 1 else "1 result"
        left = f"{len(found)} threads have some" if len(found) > 1 else "the last one"
        screen.say(f"{plain(head.name)}: {many} not yet looked at", left)

    def mark_seen(self) -> None:
        """Shift+': the selection counts as looked at."""
        screen = self._screen
        if not screen.someone():
            return
        threads = screen.world.threads
        ids = [t for t in screen.selection.receivers(screen.world) if _fogged(threads[t])]
        if not ids:
            screen.say("all of it has been looked at")
            return
        many = f"{len(ids)} threads count" if len(ids) > 1 else "it counts"
        self._giver.order(Seen(target(ids)), ids, f"{many} as looked at")

    # --- the field over the map --------------------------------------------------

    def find(self) -> None:
        """/: in the inspector it finds, elsewhere it filters the map."""
        screen = self._screen
        act = self.find_in.get(screen.mode) or self.find_in.get(screen.region)
        if act is not None:
            act()
            return
        text = screen.lens.filter.text
        self.open("FILTER", (text, filtering.HELP), self._select, self._typed)
        self._undo = self._show_all
        self._typed(text)

    def open(
        self,
        caption: str,
        text: tuple[str, str],
        send: Callable[[str], bool],
        typed: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Type into the map's corner: `text` = what stands there and its hint."""
        field = self._field
        if field is None:
            return
        self._send, self._undo = send, lambda: None
        field.on_typed = typed
        self._screen.enter("composer")
        field.open(caption, *text)

    @property
    def typing(self) -> bool:
        """Do the keys go to the field over the map?"""
        return self._send is not None

    def sent(self) -> bool:
        """Return in the field; False = it is not open."""
        if self._send is None or self._field is None:
            return False
        if self._send(self._field.text):
            self._close()
        return True

    def cancel(self) -> bool:
        """Esc in the field; False = it is not open."""
        if self._send is None:
            return False
        self._close()
        self._undo()
        return True

    def _close(self) -> None:
        self._send = None
        if self._field is not None:
            self._field.close_field()
        self._screen.leave("composer")

    # --- the filter --------------------------------------------------

    def filter(self, found: Filter) -> None:
        """Look at the map through another filter."""
        self._screen.lens.filter = found
        self._screen.on_lens()
        self._screen.changed()

    def clear_filter(self) -> bool:
        """Show everything again; False = nothing was hidden."""
        if not self._screen.lens.filter:
            return False
        self.filter(Filter())
        return True

    def _show_all(self) -> None:
        self.clear_filter()

    def shown(self) -> tuple[int, ...]:
        """The threads that the filter shows."""
        world, found = self._screen.world, self._screen.lens.filter
        if not found:
            return tuple(world.threads)
        return tuple(
            t for t, head in world.threads.items() if filtering.matches(found, head, world)
        )

    def _typed(self, text: str) -> None:
        """Each letter filters; what cannot be read yet says why and changes nothing."""
        field = self._field
        if field is None:
            return
        try:
            self.filter(filtering.parse(text))
        except ValueError as error:
            field.say(str(error), bad=True)
            return
        count, whole = len(self.shown()), len(self._screen.world.threads)
        shown = f"{count} of {whole}" if text.strip() else f"{whole} threads"
        field.say(f"{shown} \u00b7 Return selects \u00b7 Esc clears")

    def _select(self, text: str) -> bool:
        """Return: what matches is selected, the filter stays; an empty one only closes."""
        screen = self._screen
        try:
            found = filtering.parse(text)
        except ValueError:
            return False
        self.filter(found)
        if not found:
            return True
        ids = self.shown()
        if not ids:
            screen.say("nothing matches", "Esc clears the filter")
            return True
        screen.select(ids)
        screen.say(f"{len(ids)} selected", "Esc clears the filter")
        return True


def _fogged(head: Head) -> bool:
    return head.results > head.results_seen
