"""A transcript: the blocks of one thread, built from its entries; its newest text is read first."""

from collections.abc import Callable, Iterable
from typing import Any

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry, Row, load_entry
from commandcenter.core.text import line
from commandcenter.hud.edits import changes
from commandcenter.ui.block import FOLD, HOLD, MOST, Block, Blocks, Line, LineKind, Who

__all__ = ["FOLD", "HOLD", "MOST", "Block", "Line", "LineKind", "Transcript", "Who"]
TITLE = 90
ORPHANS = 512
_LATE = {"ToolOutputAdded": "tool", "ToolEnded": "tool", "Answered": "ask"}
"""Kinds that belong to a block which an earlier entry began."""


class Transcript(Blocks):
    """What one thread said and did. `fold` takes what is new, `older` what was before."""

    def __init__(self) -> None:
        super().__init__()
        self.seq = 0
        self.first = 0
        """Seq of the oldest entry that is held; 0 = none yet."""
        self.complete = False
        """Nothing older is in the store."""
        self.read = False
        """The store has answered."""
        self._orphans: list[Row] = []

    def fold(self, rows: Iterable[Row]) -> bool:
        """Add rows with a seq above the last one; True when something visible came."""
        before = self.changed
        for row in rows:
            if row.seq > self.seq:
                self.seq = self._at = row.seq
                self.first = self.first or row.seq
                self._take(row)
        self._bound()
        return self.changed != before

    def rest(self) -> None:
        """Nobody looks at it: only the newest text is held."""
        self.hold = HOLD
        self._bound()

    def _bound(self) -> None:
        """Let go of what is above the hold; it is in the store and can be read again."""
        before = self.dropped
        self.shrink()
        if self.dropped != before and self.blocks:
            self.first, self.complete = max(self.first, self.blocks[0].seq), False

    def older(self, rows: list[Row], complete: bool) -> None:
        """Put rows before what is held; `complete`: there are none before them."""
        page = Transcript()
        page.hold = self.hold = MOST
        page.fold(row for row in rows if not self.first or row.seq < self.first)
        page.settle()
        self.prepend(page)
        self.complete, self.read = complete, True
        self.first = page.first or self.first
        self.seq = max(self.seq, page.seq)
        late, self._orphans = self._orphans, page._orphans
        for row in late:
            self._take(row)

    def settle(self) -> None:
        """Nothing is written any more to what stands there."""
        for block in self.blocks[-8:]:
            self.close(block)

    def _take(self, row: Row) -> None:
        case = _CASES.get(row.kind)
        if case is None:
            return
        entry = load_entry(row)
        late = _LATE.get(row.kind)
        if late is not None:
            key = (late, entry.event.ask if isinstance(entry.event, ev.Answered) else _call(entry))
            if self.find(key) is None:
                self._orphans = [*self._orphans[-ORPHANS:], row]
                return
        case(self, entry, entry.event)


def _call(entry: Entry) -> str:
    return str(getattr(entry.event, "call", ""))


def _turn(t: Transcript, entry: Entry, event: ev.TurnStarted) -> None:
    if event.trigger == "resume" and not event.prompt:  # nobody said anything
        t.write(t.start("note", "Goes on", entry.wall), "where it was broken off")
        return
    block = t.start("you", "You", entry.wall)
    block.turn = entry.stamp.turn
    t.write(block, event.prompt)


def _queued(t: Transcript, entry: Entry, event: ev.SteerQueued) -> None:
    block = t.keyed(("steer", event.item), "you", "You", entry.wall)
    block.meta = "now" if event.now else "queued"
    t.write(block, event.note)


def _delivered(t: Transcript, entry: Entry, event: ev.SteerDelivered) -> None:
    block = t.find(("steer", event.item))
    if block is not None:
        block.meta = "delivered"
        t.touch(block)


def _withdrawn(t: Transcript, entry: Entry, event: ev.SteerWithdrawn) -> None:
    block = t.find(("steer", event.item))
    if block is not None:
        block.meta = "taken back"
        t.touch(block)


def _text(t: Transcript, entry: Entry, event: ev.TextAdded) -> None:
    key = ("text", (entry.stamp.epoch, entry.stamp.turn, event.message))
    t.write(t.keyed(key, "agent", "Agent", entry.wall), event.delta)


def _thought(t: Transcript, entry: Entry, event: ev.ThoughtAdded) -> None:
    key = ("thought", (entry.stamp.epoch, entry.stamp.turn, event.message))
    t.write(t.keyed(key, "thought", "Thought", entry.wall), event.delta)


def _tool(t: Transcript, entry: Entry, event: ev.ToolStarted) -> None:
    title = f"Tool  {line(event.title or event.name, TITLE)}"
    block = t.keyed(("tool", event.call), "tool", title, entry.wall)
    block.started, block.meta = entry.wall, "running"
    if event.kind == "edit":
        for card in changes(event.args):
            t.put_card(block, card)


def _output(t: Transcript, entry: Entry, event: ev.ToolOutputAdded) -> None:
    block = t.find(("tool", event.call))
    if block is not None:
        t.write(block, event.delta, "error" if event.stream == "err" else "code")


def _tool_ended(t: Transcript, entry: Entry, event: ev.ToolEnded) -> None:
    block = t.find(("tool", event.call))
    if block is None:
        return
    block.started = 0
    t.touch(block)
    if event.status == "ok":
        _calm(block)
    seconds = f"{event.ms / 1000:.1f} s"
    block.meta = seconds if event.status == "ok" else f"{event.status} · {seconds}"
    text = event.result or event.summary
    carded = event.status == "ok" and any(part.card for part in block.parts)
    if text and not carded and not any(part.kind in {"code", "error"} for part in block.parts):
        t.write(block, text.rstrip("\n"), "code" if event.status == "ok" else "error", join=False)


def _calm(block: Block) -> None:
    """A program that ended well may have written to its error stream; red is for failures."""
    for part in block.parts:
        if part.kind == "error":
            part.kind = "code"


def _asked(t: Transcript, entry: Entry, event: ev.Asked) -> None:
    title = "Asks" if event.kind == "tool" else "Question"
    block = t.keyed(("ask", event.ask), "approval", f"{title}  {event.level}", entry.wall)
    block.meta = "open"
    t.write(block, event.line)
    for number, option in enumerate(event.options, 1):
        t.write(block, f"{number}  {option}", join=False)


def _answered(t: Transcript, entry: Entry, event: ev.Answered) -> None:
    block = t.find(("ask", event.ask))
    if block is not None:
        words = {"allow": "allowed", "deny": "denied"}
        block.meta = words.get(event.option, "answered")
        t.touch(block)
        said = event.text or ("" if event.option in words else event.option)
        if said:
            t.write(block, f"You: {said}", join=False)


def _refused(t: Transcript, entry: Entry, event: ev.OrderRefused) -> None:
    if entry.thread:
        t.write(t.start("refusal", "Refused", entry.wall), event.text)


def _note(t: Transcript, entry: Entry, event: ev.AgentNote) -> None:
    t.write(t.start("note", event.kind.capitalize(), entry.wall), event.note)


def _ended(t: Transcript, entry: Entry, event: ev.TurnEnded) -> None:
    t.settle()
    if event.stop not in {"end", "cancelled"} or event.error:
        said = event.error or event.stop.replace("_", " ")
        t.write(t.start("refusal", "Turn ended", entry.wall), said)
    elif event.stop == "cancelled":
        said = "interrupted by you" if event.cause == "player" else event.cause or "cancelled"
        t.write(t.start("note", "Turn ended", entry.wall), said)


def _retried(t: Transcript, entry: Entry, event: ev.CallRetried) -> None:
    block = t.start("note", "Retry", entry.wall)
    t.write(block, f"the provider answered {event.status}; try {event.n} in {event.wait_s:.1f} s")


def _moved(t: Transcript, entry: Entry, event: ev.StateChanged) -> None:
    if event.new in {"ended", "crashed", "dying"}:
        title = "Kill" if event.new == "dying" else event.new.capitalize()
        t.write(t.start("note", title, entry.wall), event.outcome or event.why)
    elif event.old == "dying":
        t.write(t.start("note", "Spared", entry.wall), "the fuse is out")


def _goal(t: Transcript, entry: Entry, event: ev.GoalSet) -> None:
    t.write(t.start("order", "Goal", entry.wall), event.goal or "none any more")


def _looped(t: Transcript, entry: Entry, event: ev.LoopSet) -> None:
    """Where it begins and why it ends; its rounds are turns of their own."""
    loop = event.loop
    if loop is None:
        t.write(t.start("note", "Loop ended", entry.wall), event.why or "taken back")
    elif not loop.rounds and not event.why:
        t.write(t.start("order", "Loop", entry.wall), _until(loop.text))


def _until(text: str) -> str:
    return f"{text} rounds" if text.isdigit() else f"until {text}"


def _granted(t: Transcript, entry: Entry, event: ev.GrantUsed) -> None:
    text = f"{event.line}\nby an approval that you let be remembered"
    t.write(t.start("note", "Allowed", entry.wall), text)


_CASES: dict[str, Callable[[Transcript, Entry, Any], None]] = {
    "TurnStarted": _turn,
    "SteerQueued": _queued,
    "SteerDelivered": _delivered,
    "SteerWithdrawn": _withdrawn,
    "TextAdded": _text,
    "ThoughtAdded": _thought,
    "ToolStarted": _tool,
    "ToolOutputAdded": _output,
    "ToolEnded": _tool_ended,
    "Asked": _asked,
    "Answered": _answered,
    "OrderRefused": _refused,
    "AgentNote": _note,
    "TurnEnded": _ended,
    "CallRetried": _retried,
    "StateChanged": _moved,
    "GoalSet": _goal,
    "LoopSet": _looped,
    "GrantUsed": _granted,
}
