"""C and V, and what lies behind B: revert, fork, critic, reclaim."""

from collections.abc import Callable, Sequence

from commandcenter.core.codec import load_entry
from commandcenter.core.events import TurnStarted
from commandcenter.core.orders import Checkpoint, Critic, Fork, Reclaim, Revert, Verify
from commandcenter.core.refusals import NameNotTyped, NoSuccessCommand, TargetInvalid
from commandcenter.core.world import Head
from commandcenter.hud import giving
from commandcenter.hud.abilities import can
from commandcenter.hud.rungs import success
from commandcenter.hud.selection import target
from commandcenter.hud.words import age, plain, since
from commandcenter.link.base import LinkLost
from commandcenter.ui.commanding import Commanding
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet
from commandcenter.ui.writing import Writing

ROWS = 4_000
"""Entries of a thread that are looked through for its turns."""
_WHY = {
    "you": "by you",
    "merge": "before a merge",
    "reassign": "before a reassign",
    "approval": "before a risky approval",
    "kill": "at its kill",
    "revert": "before a revert",
}


class Revisions(Sheet):
    """The checkpoints of a thread, newest first; Return puts the workspace back to one."""

    title = "Revert to a checkpoint"
    foot = "Return puts the workspace back; what stands now becomes a checkpoint first"
    wide, tall = 720, 440
    empty = "it has no checkpoint"

    def __init__(self, screen: Screen, giver: Giver, thread: int) -> None:
        self._screen = screen
        self._giver = giver
        self._thread = thread

    def about(self) -> str:
        """Whose they are."""
        head = self._screen.world.threads.get(self._thread)
        return f"{plain(head.name)} is at turn {head.turn}" if head is not None else ""

    def choices(self) -> Sequence[Choice]:
        """One line each."""
        head, now = self._screen.world.threads.get(self._thread), self._screen.clock.wall()
        marks = head.checkpoints[::-1] if head is not None else ()
        return [
            Choice(
                f"{mark.number}   {_WHY.get(mark.why, plain(mark.why))}",
                f"turn {mark.turn} \u00b7 {age(since(mark.at, now))} ago \u00b7 {mark.commit[:10]}",
                id=str(mark.number),
                glyph="icon:checkpoint",
                color="accent",
            )
            for mark in marks
        ]

    def chosen(self, index: int) -> None:
        """Put it back."""
        number = int(self.choices()[index].id)
        order = Revert(f"#{self._thread}", number)
        if self._giver.order(order, (self._thread,), f"back to checkpoint {number}"):
            self._screen.close_sheet()


class Turns(Sheet):
    """The turns of a thread, newest first; Return forks behind one."""

    title = "Fork behind a turn"
    foot = "Return copies the thread with what it knew at the end of that turn"
    wide, tall = 820, 520
    empty = "reading its turns"

    def __init__(self, screen: Screen, giver: Giver, thread: int, at: int = 0) -> None:
        self._screen = screen
        self._giver = giver
        self._thread = thread
        self._at = at
        """The turn that was pressed stands first; 0 = none was."""
        self._turns: list[tuple[int, str, int]] = []
        """Number, prompt, wall ns; newest first."""
        if screen.up:
            screen.tasks.spawn(self._read(), f"turns {thread}")

    async def _read(self) -> None:
        try:
            rows = await self._screen.link.read(self._thread, -1, ROWS)
        except LinkLost:
            return
        entries = [load_entry(row) for row in rows if row.kind == "TurnStarted"]
        self._turns = [
            (entry.stamp.turn, entry.event.prompt, entry.wall)
            for entry in reversed(entries)
            if isinstance(entry.event, TurnStarted)
        ]
        self.empty = "no turn of it can be read"
        self._screen.changed()

    def about(self) -> str:
        """Whose they are."""
        head = self._screen.world.threads.get(self._thread)
        name = plain(head.name) if head is not None else f"#{self._thread}"
        return f"{name}: a copy in a worktree of its own, with half of what is free"

    def choices(self) -> Sequence[Choice]:
        """The end, then each turn."""
        now = self._screen.clock.wall()
        found = [Choice("Now", "all it knows", id="-1", glyph="icon:fork", color="accent")]
        for turn, prompt, wall in self._turns:
            note = f"turn {turn} \u00b7 {age(since(wall, now))} ago"
            found.append(Choice(plain(prompt.strip().split("\n")[0])[:90], note, id=str(turn)))
        if not self._at:
            return found
        at = str(self._at)
        first = next((one for one in found if one.id == at), Choice(f"turn {at}", id=at))
        return [first, *(one for one in found if one.id != at)]

    def chosen(self, index: int) -> None:
        """Fork there."""
        at = int(self.choices()[index].id)
        where = f" behind turn {at}" if at >= 0 else ""
        if self._giver.order(Fork(f"#{self._thread}", at), (self._thread,), f"forked{where}"):
            self._screen.close_sheet()


class Proving:
    """Its actions by id."""

    def __init__(
        self, screen: Screen, giver: Giver, commanding: Commanding, writing: Writing
    ) -> None:
        self._screen = screen
        self._giver = giver
        self._commanding = commanding
        writing.also("reclaim", self._reclaimed)
        self._writing = writing
        commanding.also("more.revert", self.revert)
        commanding.also("more.fork", self.fork)
        commanding.also("rest.reclaim", self.reclaim)

    def table(self) -> dict[str, Callable[[], None]]:
        """Action id -> what it does."""
        return {
            "order.checkpoint": lambda: self._commanding.command("order.checkpoint"),
            "order.verify": self.verify,
            "approval.checkpoint_first": self.checkpoint_first,
            "approval.ask_critic": self.ask_critic,
        }

    # --- C, V --------------------------------------------------

    def verify(self) -> None:
        """V: run the success command; where it runs already, the second press stops it."""
        screen = self._screen
        if not screen.someone():
            return
        able = giving.able(screen.world, screen.receivers, "order.verify")
        if not able:
            screen.refuse(giving.why(screen.world, screen.receivers, "order.verify"))
            return
        heads = [screen.world.threads[one] for one in able]
        ready = [head for head in heads if success(screen.world, head)]
        if not ready:
            screen.refuse(NoSuccessCommand())
            return
        idle = tuple(head.id for head in ready if not head.verifying)
        if idle:
            self._giver.order(Verify(target(idle)), idle, "the success command runs")
        else:
            self._stop(ready)

    def _stop(self, heads: Sequence[Head]) -> None:
        screen, ids = self._screen, tuple(head.id for head in heads)
        order = Verify(target(ids), stop=True)
        words = f"verify {target(ids)} --stop"
        if screen.twice.meant(words, screen.now()):
            self._giver.order(order, ids, "the success command is stopped")
            return
        screen.twice.refused(words, screen.now())
        key = screen.key_of("order.verify")
        screen.say("the success command runs", f"{key} again stops it")

    # --- behind B --------------------------------------------------

    def _one(self, action: str) -> int:
        """The one thread it is about; else the card says why not."""
        screen = self._screen
        if not screen.someone():
            return 0
        ids = screen.receivers
        if len(ids) > 1:
            screen.refuse(TargetInvalid(f"one thread at a time, and {len(ids)} are selected"))
        elif not giving.able(screen.world, ids, action):
            screen.refuse(giving.why(screen.world, ids, action))
        else:
            return ids[0]
        return 0

    def revert(self) -> None:
        """The checkpoints there are."""
        thread = self._one("more.revert")
        if thread:
            self._screen.open_sheet(Revisions(self._screen, self._giver, thread))

    def fork(self) -> None:
        """The turns there are."""
        thread = self._one("more.fork")
        if thread:
            self._screen.open_sheet(Turns(self._screen, self._giver, thread))

    def fork_at(self, turn: int) -> None:
        """A turn of the thread in the inspector was pressed there."""
        screen, head = self._screen, self._screen.active
        if head is None:
            return
        reason = can("more.fork", head)
        if reason is not None:
            screen.refuse(reason)
            return
        screen.open_sheet(Turns(screen, self._giver, head.id, turn))

    def reclaim(self) -> None:
        """The worktree goes once its name was typed."""
        thread = self._one("rest.reclaim")
        head = self._screen.world.threads.get(thread)
        if head is not None:
            hint = f"its name, {plain(head.name)}: then its worktree is removed"
            self._writing.open(Letter("reclaim", "RECLAIM", "", (thread,), hint=hint))

    def _reclaimed(self, letter: Letter, text: str, now: bool) -> bool:
        head = self._screen.world.threads.get(letter.receivers[0])
        if head is None or text != head.name:
            self._screen.refuse(NameNotTyped(plain(head.name) if head is not None else "it"))
            return False
        order = Reclaim(f"#{head.id}", text)
        said = "worktree removed; what was unmerged is on a hidden ref"
        return self._giver.order(order, (head.id,), said)

    # --- in APPROVE --------------------------------------------------

    def checkpoint_first(self) -> None:
        """C: a checkpoint of the one that asks; the case stays."""
        ask = self._screen.deck.shown
        if ask is None:
            self._screen.refuse(TargetInvalid("nothing asks now"))
            return
        said = "its files stand in a checkpoint; nothing is decided"
        self._giver.order(Checkpoint(f"#{ask.thread}"), (ask.thread,), said)

    def ask_critic(self) -> None:
        """V: another model looks at what the one that asks has done."""
        ask = self._screen.deck.shown
        if ask is None:
            self._screen.refuse(TargetInvalid("nothing asks now"))
            return
        said = "a critic looks at its work; nothing is decided"
        self._giver.order(Critic(f"#{ask.thread}"), (ask.thread,), said)
