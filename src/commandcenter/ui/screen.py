"""The screen's own state: who is selected, which mode the keys are in, what the card says."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from commandcenter.core.base import Clock, Ids
from commandcenter.core.codec import Row
from commandcenter.core.refusals import LinkDown, NoSelection, NotYet, Reason
from commandcenter.core.world import Head, World
from commandcenter.hud.acting import Acting
from commandcenter.hud.agenda import Agenda
from commandcenter.hud.alerts import Recall
from commandcenter.hud.card import Page, Template, approval_page, command_page, keyed
from commandcenter.hud.keymap import Keymap, Mode
from commandcenter.hud.mirror import Mirror
from commandcenter.hud.selection import Direction, Selection
from commandcenter.hud.sounding import Sounding, SoundSettings
from commandcenter.hud.spelling import spelled
from commandcenter.link.base import Link
from commandcenter.ui.camera import Camera, Targets
from commandcenter.ui.card import Notice
from commandcenter.ui.comfort import Settings
from commandcenter.ui.composer import Composer
from commandcenter.ui.deck import DANGER, Deck
from commandcenter.ui.guards import KillGuard, SecondPress
from commandcenter.ui.keys import Labels
from commandcenter.ui.lens import Lens
from commandcenter.ui.letter import Letter
from commandcenter.ui.sheet import Host, Sheet
from commandcenter.ui.state import Saved, Store
from commandcenter.ui.summing import Sums
from commandcenter.ui.tasks import Tasks

NOTICE_S = 4.0
MODE_WORDS: dict[Mode, str] = {
    "map": "MAP",
    "approval": "APPROVE",
    "panel": "PANEL",
    "target": "TARGET",
    "subcard": "MENU",
    "composer": "TYPE",
    "terminal": "TERMINAL",
    "overlay": "OVERLAY",
}


class LiveLink(Link, Protocol):
    """A link that stays connected while its `keep` runs."""

    def keep(self) -> Coroutine[Any, Any, None]:
        """Connect, and again whenever it was lost. Raises LinkRefused."""
        ...


class Options(msgspec.Struct):
    """What the screen is started with; the callables come from compose."""

    clock: Clock
    ids: Ids
    keymap: Keymap
    store: Store
    path: Path | None = None
    """The folder the screen was opened on."""
    start_skirmish: Callable[[], Awaitable[None]] | None = None
    size: tuple[int, int] = (1600, 900)
    config: Path | None = None
    """Folder of screen.toml and keys.toml; None = they are neither read nor written."""
    notify_s: float = 30.0
    """A desktop notice comes once somebody needs the player for so long."""


class Screen:
    """State only; the window paints it and the actions change it."""

    def __init__(self, options: Options, link: Link) -> None:
        self.options = options
        self.clock = options.clock
        self.settings = Settings(options.config)
        self.keymap = self.settings.keymap() if options.config else options.keymap
        self.link = link
        self.tasks = Tasks()
        self.mirror = Mirror(sink=lambda rows: self._heard(rows))
        self.selection = Selection()
        self.sums = Sums()
        self.labels = Labels()
        self.agenda = Agenda()
        self.deck = Deck(self.agenda)
        self.sounds = SoundSettings()
        self.sounding = Sounding(self.sounds)
        self.kill = KillGuard()
        self.twice = SecondPress()
        self.recall = Recall()
        self.acting = Acting()
        self.modes: list[Mode] = ["map"]
        self.page: Page | None = None
        """The menu in MENU mode."""
        self.sheet: Sheet | None = None
        """What stands in the overlay."""
        self.host: Host | None = None
        self.targets: Targets | None = None
        """In target mode: the order that waits for its target."""
        self.marked = 0
        self.count = 1
        self.letter: Letter | None = None
        self.drafts: dict[str, str] = {}
        self.template: Template | None = None
        self.key_at = 0.0
        """Monotonic s of the key that is acted on."""
        self._heard_of()
        self._view()
        self._ears()

    def _heard_of(self) -> None:
        """What is known of the engine and of this machine."""
        self.up = False
        self.lost_at: float | None = None
        self.loaded = False
        """A snapshot has come."""
        self.refused = ""
        """The engine speaks another version: its sentence."""
        self.found: dict[str, Any] = {}
        self.repository: dict[str, Any] = {}
        self.ports: dict[int, tuple[int, ...]] = {}
        """Thread -> the ports of its block on which something listened when last asked."""

    def _view(self) -> None:
        """What the player looks at."""
        self.region_name = "map"
        """Where the region cursor was last."""
        self.cost_at = ""
        """The heading of the Cost tab that a figure of the resource bar leads to, until it did."""
        self.tab = "Transcript"
        self.inspector = True
        self.raw = False
        """Transcripts are shown as they were written."""
        self.notice: Notice | None = None
        self.lens = Lens()

    def _ears(self) -> None:
        """What the window hangs itself into; until then nothing listens."""
        self.on_text: Callable[[list[Row]], None] = lambda rows: None
        self.on_tails: Callable[[list[Row]], None] = lambda rows: None
        """The same rows, for the panes on the map."""
        self._watched: dict[object, frozenset[int]] = {}
        self.on_lens: Callable[[], None] = lambda: None
        """The map is looked at in another way."""
        self.on_unseen: Callable[[int], None] = lambda count: None
        """Show the first of so many results that nobody looked at."""
        self.on_change: Callable[[], None] = lambda: None
        self.on_fast: Callable[[], None] = lambda: None
        self.on_acknowledged: Callable[[tuple[int, ...]], None] = lambda threads: None
        self.camera: Camera | None = None
        self.composer: Composer | None = None
        self.on_page: Callable[[int], None] = lambda direction: None
        self.on_comfort: Callable[[], None] = lambda: None
        self.on_card: Callable[[Page], Page] = lambda page: page
        """What is known beyond World joins the card: price factors."""
        self.on_hint: Callable[[str], str] = lambda action: ""
        self.on_tidy: Callable[[], bool] = lambda: False
        self.on_quit: Callable[[], None] = lambda: None
        self.case_at_end: Callable[[], bool] = lambda: False

    # --- short words --------------------------------------------------

    @property
    def world(self) -> World:
        """The mirror's World."""
        return self.mirror.world

    @property
    def mode(self) -> Mode:
        """Where the keys go."""
        return self.modes[-1]

    @property
    def region(self) -> str:
        """The part the region cursor is in; `map` while it is not out."""
        return self.region_name if "panel" in self.modes else "map"

    @property
    def receivers(self) -> tuple[int, ...]:
        """Who gets the next order: the subgroup chosen with Tab, else the whole selection."""
        return self.selection.receivers(self.world)

    @property
    def active(self) -> Head | None:
        """The thread the inspector shows."""
        return self.world.threads.get(self.selection.active)

    @property
    def notify_s(self) -> float:
        """Seconds that somebody needs the player before a notice outside the window."""
        own = self.settings.comfort.notify_s
        return self.options.notify_s if own is None else own

    def now(self) -> float:
        """Monotonic seconds."""
        return self.clock.monotonic()

    def changed(self) -> None:
        """Something the player did is to be painted in the next frame."""
        self.on_change()

    @property
    def timing(self) -> float:
        """The factor on arm, dead and double-tap times: 1 to 5."""
        return self.kill.timing

    @timing.setter
    def timing(self, factor: float) -> None:
        """Give everybody more time; no action needs speed."""
        found = min(max(factor, 1.0), 5.0)
        self.kill.timing = self.twice.timing = found
        self.deck.timing = self.selection.timing = found

    # --- modes --------------------------------------------------

    def enter(self, mode: Mode) -> None:
        """The player's key or click leads into a mode."""
        if mode != "overlay":
            self.close_sheet()
        if self.mode != mode:
            self.modes.append(mode)
            self.notice = None
        self.changed()

    def leave(self, mode: Mode) -> None:
        """Out of a mode and of all that was opened above it."""
        if mode in self.modes[1:]:
            del self.modes[self.modes.index(mode, 1) :]
        if self.sheet is not None and self.mode != "overlay":  # what ended below it moves no mode
            self.modes.append("overlay")
        self.changed()

    def open_sheet(self, sheet: Sheet) -> None:
        """The player opens an overlay; one of the same opener closes, another is replaced."""
        if self.sheet is not None and sheet.opener and self.sheet.opener == sheet.opener:
            self.close_sheet()
            return
        self.sheet = sheet
        self.enter("overlay")
        if self.host is not None:
            self.host.follow()

    def close_sheet(self) -> None:
        """Close the overlay; the mode below it has the keys again."""
        if self.sheet is None:
            return
        self.sheet = None
        self.leave("overlay")
        if self.host is not None:
            self.host.follow()

    def card_page(self) -> Page:
        """What the card shows in this mode."""
        above = ("composer", "overlay")
        mode = next((mode for mode in reversed(self.modes) if mode not in above), "map")
        if mode == "subcard" and self.page is not None:
            return self.page
        if mode == "approval":
            deck = self.deck
            page = approval_page(
                self.keymap, self._deciding(), ask=deck.shown, remember=deck.remember
            )
            return self._titled(page)
        if mode == "target" and self.targets is not None:
            return keyed(self.targets.page(self.world), self.keymap.slots("target"))
        ids, whole = self.receivers, self.selection.ids
        return self._titled(self.on_card(command_page(self.world, ids, self.keymap, whole=whole)))

    def _titled(self, page: Page) -> Page:
        word = MODE_WORDS.get(self.mode, page.title)
        if self.mode == "composer":  # its keys write now: the card's commands sleep
            return msgspec.structs.replace(page, title=word, head="keys write \u00b7 Esc leaves")
        return msgspec.structs.replace(page, title=word) if word != page.title else page

    def _deciding(self) -> str:
        shown, waiting = self.deck.shown, len(self.world.asks)
        if shown is None:
            return "nothing asks"
        deny = self.key_of("approval.deny")
        if shown.kind == "question":
            answers = self.key_of("approval.message")
            return f"{answers} answers · {deny} leaves it · {waiting} open"
        once = self.key_of("approval.allow_once")
        allows = self.key_of("approval.allow_danger") if shown.level in DANGER else once
        allows += " twice" * (shown.level == "R4")
        return f"{allows} allows · {deny} denies · {waiting} open"

    # --- what the card says --------------------------------------------------

    def refuse(self, reason: Reason) -> None:
        """Paint a refusal on the card for four seconds."""
        self.say(reason.text(), reason.mend(), refused=True)

    def say(self, text: str, mend: str = "", *, refused: bool = False) -> None:
        """Paint a sentence on the card for four seconds."""
        until = self.now() + NOTICE_S
        self.notice = Notice(self._printed(text), self.spelled(mend), refused, until)
        self.changed()

    def key_of(self, action: str, shipped: str = "") -> str:
        """The first key of an action, as the player's keyboard prints it."""
        known = action in self.keymap.actions
        return self.labels.of(self.keymap.key(action)) if known else shipped

    def spelled(self, text: str) -> str:
        """A sentence of ours with its keys as this profile has them."""
        return self._printed(spelled(text, self.key_of))

    def not_yet(self, action: str) -> None:
        """The action is of a later milestone."""
        self.refuse(NotYet(self.keymap.comes(action)))

    def _printed(self, text: str) -> str:
        return text.replace("Mod+", "Ctrl+") if self.labels.of("Mod+A") == "Ctrl+A" else text

    def ready(self) -> bool:
        """May an order be given now; else the card says why not."""
        if not self.up:
            self.refuse(LinkDown())
        return self.up

    def someone(self) -> bool:
        """Is somebody selected; else the card says so."""
        if not self.selection.ids:
            self.refuse(NoSelection())
        return bool(self.selection.ids)

    # --- selection --------------------------------------------------

    def select(self, ids: Iterable[int], active: int = 0) -> None:
        """The player selected exactly these."""
        self.selection.replace(ids, active)
        self.selected()

    def selected(self) -> None:
        """The selection may have changed: what was armed for another one is void."""
        other = self.acting.selected(self.selection.ids, self.clock.wall())
        if self.kill.disarm() or (other and self.notice and not self.notice.refused):
            self.notice = None  # it hides the receivers, and spoke of those before
        self.twice.forget()
        if self.mode == "terminal":  # the player clicked elsewhere
            self.leave("terminal")
        self.changed()

    def neighbour(self, direction: Direction) -> int:
        """The thread next to the cursor on the map."""
        active = self.selection.active
        return self.camera.neighbour(active, direction) if self.camera else active

    # --- text --------------------------------------------------

    def watch(self, who: object, threads: frozenset[int]) -> None:
        """A part of the screen wants the text of these threads, and of no others, as it comes."""
        self._watched[who] = threads
        self.link.watch(frozenset[int]().union(*self._watched.values()))

    def _heard(self, rows: list[Row]) -> None:
        self.on_text(rows)
        self.on_tails(rows)

    # --- between two runs --------------------------------------------------

    def saved(self) -> Saved:
        """The view as it is now."""
        camera = self.camera.saved_camera() if self.camera else (0, 0)
        selection = self.selection
        saved = Saved(selection.ids, selection.active, camera, self.tab, self.inspector)
        heard = SoundSettings(self.sounds.mute, self.sounds.on)
        known = self.agenda.handling.known()
        sent = self.composer.history if self.composer is not None else ()
        saved = msgspec.structs.replace(
            saved, sounds=heard, handling=known, raw=self.raw, sent=sent
        )
        lens = self.lens
        saved = msgspec.structs.replace(saved, views=dict(lens.views), sectors=lens.sectors)
        return msgspec.structs.replace(saved, fog=lens.fog, tint=lens.tint)

    def restore(self, saved: Saved) -> None:
        """The view as it was; threads that are gone are left out."""
        here = self.world.threads
        ids = [thread for thread in saved.selection if thread in here]
        self.selection.replace(ids, saved.cursor if saved.cursor in here else 0)
        self.tab, self.inspector, self.raw = saved.tab, saved.inspector, saved.raw
        self.sounds.mute, self.sounds.on = saved.sounds.mute, saved.sounds.on
        self.agenda.handling.restore(saved.handling)
        lens = self.lens
        lens.views, lens.sectors = dict(saved.views), saved.sectors
        lens.fog, lens.tint = saved.fog, saved.tint
        self.on_lens()
        if self.composer is not None:
            self.composer.history = saved.sent
        if self.camera:
            self.camera.set_camera(*saved.camera)
        self.changed()
