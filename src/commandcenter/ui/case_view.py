"""Puts a case's text into the inspector, anew only when it says something else."""

from typing import TYPE_CHECKING

from commandcenter.core.world import Ask
from commandcenter.ui import case
from commandcenter.ui.around import Around
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.deck import DANGER
from commandcenter.ui.screen import Screen

if TYPE_CHECKING:
    from commandcenter.ui.transcript import TranscriptView


class CaseView:
    """The tabs Action, Policy, Context and Cost of the shown case."""

    def __init__(self, screen: Screen, view: "TranscriptView") -> None:
        self._screen = screen
        self._view = view
        self._around = Around(screen)
        self._place: tuple[int, str, str] | None = None
        self._key: tuple[object, ...] = ()

    def show(self, now: int) -> None:
        """With each frame, at wall `now` (ns). Another case or tab begins at its top."""
        deck = self._screen.deck
        ask, tab = deck.shown, deck.tab
        if ask is None or tab == "Diff":
            return
        place = (ask.id, ask.digest, tab)
        key = (place, self._version(ask))
        if key == self._key:
            return
        bar, same = self._view.verticalScrollBar(), place == self._place
        at = bar.value() if same else 0
        self._key, self._place = key, place
        self._view.show_transcript(self._text(ask, now))
        if tab != "Context" or same:
            bar.setValue(at)

    def _version(self, ask: Ask) -> object:
        """What else the text of the tab depends on."""
        world, deck = self._screen.world, self._screen.deck
        if deck.tab == "Context":
            self._around.text(ask.id, ask.digest, ask.thread)
            return self._around.ready
        if deck.tab == "Policy":
            return tuple(world.grants.values())
        if deck.tab == "Action":
            return deck.remember, self._same(ask)
        head = world.threads.get(ask.thread)
        return (head.spent, head.tokens, head.limit) if head is not None else ()

    def _same(self, ask: Ask) -> int:
        """Open cases that are equal to this one, itself among them."""
        entries = self._screen.agenda.entries
        return next((len(entry.same) for entry in entries if ask.id in entry.same), 1)

    def _allows(self, ask: Ask) -> str:
        danger = ask.level in DANGER
        return self._screen.key_of("approval.allow_danger" if danger else "approval.allow_once")

    def _text(self, ask: Ask, now: int) -> Transcript:
        deck, world = self._screen.deck, self._screen.world
        if deck.tab == "Context":
            return self._around.text(ask.id, ask.digest, ask.thread)
        key = self._screen.key_of("approval.allow_identical")
        view = case.View(ask, now, deck.remember, self._same(ask), key, self._allows(ask))
        if deck.tab == "Action":
            return case.action(view, world)
        return case.policy(view, world) if deck.tab == "Policy" else case.cost(view, world)
