"""Mod+L: one result, its diff with comments, and the four ways that it can go (screen.md 11)."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPainter

from commandcenter.core.orders import Land
from commandcenter.core.refusals import ShownChanged
from commandcenter.core.shaping import LandHow
from commandcenter.core.world import Head
from commandcenter.hud import comments, comparing, landing
from commandcenter.hud.comments import Comment, Line
from commandcenter.hud.comparing import Said
from commandcenter.hud.keymap import Chord
from commandcenter.hud.landing import HOWS, SAID, SLOTS
from commandcenter.hud.results import Ways
from commandcenter.hud.rungs import success
from commandcenter.hud.words import age, plain, since
from commandcenter.ui import diff_rows, land_paint
from commandcenter.ui.commenting import comment, keep
from commandcenter.ui.diff import DiffView
from commandcenter.ui.form import Button, Cell, FormSheet
from commandcenter.ui.judging import Judging
from commandcenter.ui.kit import TICK_MS, Kit
from commandcenter.ui.land_paint import Places, Shown, SidePainter
from commandcenter.ui.land_texts import Texts
from commandcenter.ui.paint import Ink
from commandcenter.ui.panel import Item

DEAD_S = 0.5
"""So long after another result came no way is taken: the key was meant for the one before."""
_FOOT = (
    "Up, Down: a line \u00b7 Left, Right: a file \u00b7 Return: a comment on the line, "
    "an emptied one is gone \u00b7 Esc closes"
)
_NEXT = "review.next"


class LandSheet(FormSheet):
    """Nothing lands but by the key of its way, and what the engine doubts by its second press."""

    opener = "order.land"
    wide, tall = 1840, 960
    at = ""
    swallows_undo = False

    def __init__(self, kit: Kit, thread: int) -> None:
        self._kit = kit
        self._screen = kit.screen
        self._judging = Judging(kit.screen, kit.giver)
        self._texts = Texts(kit.screen, kit.findings)
        self._view: DiffView | None = None
        self._line: tuple[Line, str] | None = None
        """The line that is commented, and its text."""
        self._acts: list[Callable[[DiffView], None]] = []
        """What keys want of the diff, done once it stands there."""
        self.writes: LandHow | None = None
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self._screen.changed())
        self._since = -DEAD_S * kit.screen.timing
        self.show_result(thread)

    def show_result(self, thread: int) -> None:
        """Another result, or none (0) any more."""
        screen = self._screen
        self.thread, self._said, self.writes, self.at = thread, "", None, ""
        self._line, self._beside = None, -1
        head = self._head
        self._landed = head.landed if head is not None else None
        self._sent: tuple[Comment, ...] = ()
        self.title = f"Land {plain(head.name)}" if head is not None else "Land"
        if thread:
            self._timer.start()
        screen.changed()

    def closed(self) -> None:
        """Comments and texts stay."""
        self._timer.stop()
        if self._line is not None:
            self._keep_comment()

    @property
    def typing(self) -> bool:
        """A comment or a text is written."""
        return bool(self.at) or self._line is not None

    @property
    def _head(self) -> Head | None:
        return self._screen.world.threads.get(self.thread)

    @property
    def _ways(self) -> Ways | None:
        return self._kit.findings.ways(self.thread).value if self.thread else None

    @property
    def _comments(self) -> tuple[Comment, ...]:
        return comments.of(self._screen.drafts, self.thread)

    # --- what it says --------------------------------------------------

    def about(self) -> str:
        """A refusal and what mends it, what was pressed in vain, else what the thread is for."""
        self._follow()
        screen, notice, head = self._screen, self._screen.notice, self._head
        if self._said and not (notice is not None and notice.refused):
            return self._said
        if notice is not None:
            return "; ".join(part for part in (notice.text, notice.mend) if part)
        if head is None:
            return "nothing more to look at; Esc closes"
        why = self._kit.findings.ways(self.thread).why
        return why or plain(head.goal or head.brief or head.line) or screen.key_of(_NEXT)

    def _follow(self) -> None:
        """Once it has landed the next result stands there."""
        head = self._head
        if head is None or head.landed is None or head.landed == self._landed:
            return
        if head.landed.how == "back":
            self._drop_sent()
        self._since = self._screen.now()
        told = landing.gone(head, head.landed)
        self._screen.notice = None  # it said that it was under way
        self.show_result(landing.following(self._screen.world, self.thread))
        self._said = told if self.thread else f"{told}; nothing more to look at"
        if not self.thread:
            self._timer.stop()

    def _drop_sent(self) -> None:
        """What was sent back is no draft any more; what was said since stays."""
        screen, thread = self._screen, self.thread
        rest = [one for one in self._comments if one not in self._sent]
        screen.drafts[comments.key(thread)] = comments.pack(rest)
        self._texts.sent(thread)

    @property
    def foot(self) -> str:  # type: ignore[override]  # what the keys do depends on what is open
        """The keys."""
        if self._line is not None:
            return "Return keeps it \u00b7 Esc leaves it as it was"
        if self.writes is not None:
            return "Tab: the next field \u00b7 Esc back, the text stays"
        return _FOOT if self.thread else ""

    @property
    def shown(self) -> Shown:
        """The right half."""
        head, ways = self._head, self._ways
        labels, chord = self._screen.labels, self._judging.chord
        keys = {how: labels.of(chord(SLOTS[how])) for how in HOWS}
        known = tuple((how, landing.way(ways, how), keys[how]) for how in HOWS)
        more = [one for one in landing.open_results(self._screen.world) if one != self.thread]
        left = f"{len(more)} more to look at" if more else ""
        name = plain(head.name) if head is not None else "Nothing more to look at"
        return Shown(name, self._lines(head, ways), known, self._comments, left)

    def _lines(self, head: Head | None, ways: Ways | None) -> tuple[Said, ...]:
        if head is None:
            return ()
        command = success(self._screen.world, head)
        return self._verdict(head, ways, command), self._opinion(head), self._seen(head, ways)

    def _verdict(self, head: Head, ways: Ways | None, command: str) -> Said:
        now = self._screen.clock.wall()
        if head.verifying:
            ago = age(since(head.verifying_at, now)) if head.verifying_at else ""
            return Said(f"{plain(command)} runs {ago}".strip(), "run", "think")
        if ways is None:
            return Said("asking what stands there \u2026", "dim")
        said = comparing.verdict(ways.verdict, ways.stale, bool(command))
        return replace(said, text=f"{plain(command)}: {said.text}") if command else said

    def _opinion(self, head: Head) -> Said:
        if head.judging:
            return Said("a critic reads it", "run", "think")
        return comparing.judgement(head.critique, False)

    def _seen(self, head: Head, ways: Ways | None) -> Said:
        if head.landing:
            return Said(f"{head.landing}: under way", "run", "think")
        unseen = max(0, head.results - head.diff_seen)
        if not unseen:
            return Said("its diff was looked at", "run", "done")
        return Said("its diff was not looked at to its end yet", "tool")

    # --- painting --------------------------------------------------

    def draw_body(self, painter: QPainter, ink: Ink, rect: QRect) -> None:
        """The right half."""
        if self.thread:
            SidePainter(painter, ink, rect, self).draw()

    def body_items(self, width: int, height: int) -> Sequence[Item]:
        """Ways and comments, then what stands in the diff."""
        if not self.thread:
            return ()
        return land_paint.items(self, width, height)

    def beside(self, width: int, height: int) -> QRect | None:
        """The left half."""
        return Places(self, width, height).diff if self.thread else None

    def show_beside(self, view: DiffView, active: bool) -> None:
        """The whole diff, file by file, with the comments."""
        self._view, known = view, self._kit.findings.diff(self.thread)
        if self._beside != self.thread:
            self._beside = self.thread
            view.forget()
            view.verticalScrollBar().setValue(0)
            view.seen = self._kit.looks.seen(self.thread)
        view.on_line = self._comment
        view.empty = "reading \u2026" if known.value is None else plain(known.value.why)
        view.empty = known.why or view.empty or "it changed no file"
        view.show_files(diff_rows.files(known.value.text if known.value else ""))
        view.show_comments(self._comments)
        view.edit(self._line[0] if self._line is not None else None)
        for act in self._acts:
            act(view)
        self._acts.clear()
        if known.value and self._kit.looks.stood(view, self.thread, active) and view.read:
            self._kit.looks.mark(self.thread)

    # --- comments --------------------------------------------------

    def _comment(self, line: Line, quote: str) -> None:
        """A line was pressed."""
        if self._line is not None:
            self._keep_comment()
        self._close_texts()
        self._line = (line, quote)
        self._screen.changed()

    def _keep_comment(self) -> None:
        """What was typed; an emptied comment is gone."""
        if self._line is not None and self._view is not None:
            line, quote = self._line
            keep(self._screen, self.thread, comment(line, self._view.field.text(), quote))
        self._line = None

    def to_comment(self, number: int) -> None:
        """Edit one of the list at its line."""
        found = self._comments
        if number < len(found):
            self._comment(found[number].line, found[number].quote)

    def drop(self, number: int) -> None:
        """Take one out."""
        found = self._comments
        if number < len(found):
            keep(self._screen, self.thread, replace(found[number], text=""))
            self._said = f"taken away: {found[number].text}"

    # --- ways --------------------------------------------------

    def way(self, how: LandHow) -> None:
        """A way's key or a click on it."""
        screen, head = self._screen, self._head
        if head is None or screen.now() - self._since < DEAD_S * screen.timing:
            screen.refuse(ShownChanged())
            return
        known = landing.way(self._ways, how)
        if known is not None and known.why:
            self._said = screen.spelled("; ".join(p for p in (known.why, known.mend) if p))
        elif how == "pr" or (how == "back" and not self._comments):
            self.writes = how
            self.at = "title" if how == "pr" else "words"
            self._said = ""
        else:
            self._land(head, how, self._texts.letter(self.thread) if how == "back" else "")

    def _land(self, head: Head, how: LandHow, text: str) -> None:
        self._said, self._sent = "", self._comments
        said = SAID[how].format(name=plain(head.name))
        self._kit.giver.order(Land(f"#{head.id}", how, text), (head.id,), said)

    # --- texts --------------------------------------------------

    def cells(self, width: int, height: int) -> Sequence[Cell]:
        """Title and body of the pull request; or what is sent back."""
        if self.writes is None:
            return ()
        return self._texts.cells(self.thread, self.writes, Places(self, width, height).rest)

    def write(self, key: str, text: str) -> None:
        """Kept with the drafts."""
        self._texts.write(self.thread, key, text)

    def _close_texts(self) -> None:
        self.writes, self.at = None, ""

    # --- keys --------------------------------------------------

    def pressed(self, chord: Chord) -> bool:
        """The ways' keys, arrows and pages; while something is written the text has the keys."""
        if super().pressed(chord):
            return True
        if self.typing:
            return False
        found = next((h for h in HOWS if chord.text() == self._judging.chord(SLOTS[h])), None)
        if found is not None and self.thread:
            self.way(found)
        elif not chord.mods:
            self._acts += _moves(chord.key)
        return True

    def next(self, by: int) -> None:
        """Tab: the other field; else the next file."""
        if self.writes == "pr":
            self.at = "body" if self.at == "title" else "title"
        elif self._line is None and self.writes is None:
            self._acts.append(lambda view: view.to_file(by))

    def enter(self) -> bool:
        """Return: keep the comment, or open the one of the marked line."""
        if self._line is not None:
            self._keep_comment()
            return True
        if self.at:
            return False
        self._acts.append(lambda view: view.press())
        return True

    def back(self) -> bool:
        """Esc: out of the comment, out of the texts, then out of the sheet."""
        if self._line is not None:
            self._line = None
        elif self.writes is not None:
            self._close_texts()
        else:
            return False
        self._screen.changed()
        return True

    # --- buttons --------------------------------------------------

    def buttons(self) -> Sequence[Button]:
        """Next, rest, critic, verify; or what sends the text."""
        head = self._head
        if head is None:
            return ()
        if self.writes is not None:
            title = self._texts.asked(self.thread).title.strip()
            why = "a title is needed" if self.writes == "pr" and not title else ""
            name = "Ask for it" if self.writes == "pr" else "Send back"
            return (Button("send", name, "Mod+Return", why, True),)
        if self._line is not None:
            return ()
        other = landing.following(self._screen.world, self.thread)
        key = self._screen.keymap.key(_NEXT)
        label = self._screen.labels.of(key)
        why = "" if other else "no other result is open"
        return (
            Button("next", "Next result", key, why, shown=label),
            *self._judging.buttons(head),
        )

    def press(self, button: str) -> None:
        """What a button does; a greyed one says why."""
        why = next((one.why for one in self.buttons() if one.key == button), "")
        self._said, head = self._screen.spelled(why), self._head
        if why or head is None:
            return
        if button == "next":
            self.show_result(landing.following(self._screen.world, self.thread))
        elif button == "send" and self.writes == "pr":
            self._land(head, "pr", self._texts.asked(self.thread).whole)
        elif button == "send":
            self._send_back(head)
        else:
            self._judging.press(button, head)

    def _send_back(self, head: Head) -> None:
        text = self._texts.letter(self.thread)
        if text:
            self._land(head, "back", text)
        else:
            self._said = "say what is to be done, or comment on a line"


def _moves(key: str) -> list[Callable[[DiffView], None]]:
    """What a key wants of the diff."""
    found: dict[str, Callable[[DiffView], None]] = {
        "Up": lambda view: view.step(-1),
        "Down": lambda view: view.step(1),
        "Left": lambda view: view.to_file(-1),
        "Right": lambda view: view.to_file(1),
        "PgUp": lambda view: view.page(-1),
        "PgDown": lambda view: view.page(1),
    }
    return [found[key]] if key in found else []
