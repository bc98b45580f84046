"""Rest, verify, critic of one result, by the card's places; and what was said of it, in full."""

from commandcenter.core.orders import Critic, Pause, Verify
from commandcenter.core.world import Head
from commandcenter.hud import comparing
from commandcenter.hud.abilities import can
from commandcenter.hud.rungs import success
from commandcenter.hud.words import plain
from commandcenter.ui.diff import DiffView
from commandcenter.ui.diff_rows import File, Row
from commandcenter.ui.findings import Findings
from commandcenter.ui.form import Button
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen

REST, CRITIC, VERIFY = 2, 12, 13
"""Places on the card: those of Pause, Checkpoint (a critic has no key of its own), Verify."""
WIDE = 96
"""Characters of a line of what was said."""
_STANDS = frozenset({"idle", "paused", "frozen", "hibernated", "ended"})


class Judging:
    """Buttons that a sheet of results shows for a thread, and what they do."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver

    def chord(self, slot: int) -> str:
        """The key of a place of the card, where this profile has it."""
        return self._screen.keymap.grid[slot]

    def button(self, key: str, name: str, slot: int, why: str = "") -> Button:
        """One button on a place of the card."""
        chord = self.chord(slot)
        return Button(key, name, chord, why, shown=self._screen.labels.of(chord))

    def buttons(self, head: Head) -> list[Button]:
        """Rest where it works, verify or stop, critic."""
        found = []
        if head.state not in _STANDS:
            found.append(self.button("rest", "Let it rest", REST))
        reason = can("more.critic", head)
        why = reason.text() if reason is not None else ""
        found.append(self.button("critic", "Ask a critic", CRITIC, why))
        known = success(self._screen.world, head)
        why = "" if known else "the operation has no success command"
        name = "Stop verify" if head.verifying else "Verify"
        found.append(self.button("verify", name, VERIFY, why))
        return found

    def press(self, button: str, head: Head) -> None:
        """What a button does."""
        name, ids = plain(head.name), (head.id,)
        if button == "rest":
            self._giver.order(Pause(f"#{head.id}"), ids, f"{name} rests after its step")
        elif button == "critic":
            self._giver.order(Critic(f"#{head.id}"), ids, f"a critic reads {name}, read-only")
        elif not head.verifying:
            self._giver.order(Verify(f"#{head.id}"), ids, "the success command runs")
        else:
            self._stop(head)

    def _stop(self, head: Head) -> None:
        screen, words = self._screen, f"verify #{head.id} --stop"
        if screen.twice.meant(words, screen.now()):
            order = Verify(f"#{head.id}", stop=True)
            self._giver.order(order, (head.id,), "the success command is stopped")
            return
        screen.twice.refused(words, screen.now())
        key = screen.labels.of(self.chord(VERIFY))
        screen.say("the success command runs", f"{key} again stops it", refused=True)


def show(view: DiffView, findings: Findings, thread: int) -> None:
    """All that the success command and the critic said, as rows of a view."""
    out, critic = findings.output(thread).value, findings.judgement(thread).value
    found: list[File] = []
    if critic is not None and critic.critique is not None:
        head = comparing.judgement(critic.critique, critic.stale).text
        found.append(_said(head, critic.text))
    if out is not None and out.verdict is not None:
        said = comparing.verdict(out.verdict, out.stale).text
        tampered = ", ".join(map(plain, out.verdict.tampered))
        text = f"protected files it changed: {tampered}\n{out.text}" if tampered else out.text
        found.append(_said(f"{plain(out.verdict.command)}: {said}", text))
    view.empty = "nobody has judged it: V runs the success command, C asks a critic"
    view.show_files(found)


def _said(head: str, text: str) -> File:
    rows = tuple(Row("note", line) for line in comparing.evidence(text, WIDE))
    row = Row("file", head)
    return File(row, rows, hash((row, rows)))
