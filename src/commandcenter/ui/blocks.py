"""A transcript as blocks of lines, built from entries; an append costs what it adds, no more."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from commandcenter.core import events as ev
from commandcenter.core.codec import Entry, Row, load_entry
from commandcenter.core.text import line, safe

Who = Literal["you", "agent", "thought", "tool", "approval", "refusal", "order", "note"]
LineKind = Literal["text", "code", "error", "add", "remove", "path"]
FOLD = 12
"""Lines of a tool's result that are shown until it is unfolded."""
HOLD = 256 * 1024
"""Characters a view holds; the rest is read from the store."""
TITLE = 90


class Line:
    """One line of a block: safe text, and its height in px once it was laid out."""

    __slots__ = ("height", "kind", "text", "version")

    def __init__(self, text: str, kind: LineKind = "text") -> None:
        self.text = text
        self.kind: LineKind = kind
        self.height = 0
        self.version = 0


class Block:
    """One piece of a transcript. `meta` stands at the right of its head."""

    __slots__ = ("folded", "height", "lines", "meta", "started", "title", "wall", "who")

    def __init__(self, who: Who, title: str, wall: int) -> None:
        self.who: Who = who
        self.title = title
        self.wall = wall
        self.meta = ""
        self.started = 0
        """Wall ns since which a tool runs; 0 = it does not."""
        self.lines: list[Line] = []
        self.folded = who == "tool"
        self.height = 0

    def shown(self) -> list[Line]:
        """The lines that are painted: all, or the first twelve of a folded one."""
        if self.folded and len(self.lines) > FOLD:
            return self.lines[:FOLD]
        return self.lines

    @property
    def hidden(self) -> int:
        """How many lines the fold hides."""
        return len(self.lines) - FOLD if self.folded and len(self.lines) > FOLD else 0


class Transcript:
    """The blocks of one thread. `changed` = index of the first block touched since `taken`."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.seq = 0
        self.items = 0
        self.dropped = 0
        """Characters no longer held."""
        self._held = 0
        self._open: dict[tuple[str, Any], Block] = {}

    def fold(self, rows: Iterable[Row]) -> bool:
        """Add rows with a seq above the last one; True when something visible came."""
        before, seen = self._held, self.items
        touched = False
        for row in rows:
            if row.seq <= self.seq:
                continue
            self.seq = row.seq
            case = _CASES.get(row.kind)
            if case is not None:
                entry = load_entry(row)
                case(self, entry, entry.event)
                touched = True
        self._drop()
        return touched or self._held != before or self.items != seen

    def start(self, who: Who, title: str, wall: int) -> Block:
        """A new block at the end."""
        block = Block(who, title, wall)
        self.blocks.append(block)
        self.items += 1
        return block

    def keyed(self, key: tuple[str, Any], who: Who, title: str, wall: int) -> Block:
        """The block of `key`, made when it is not there."""
        block = self._open.get(key)
        if block is None:
            block = self._open[key] = self.start(who, title, wall)
        return block

    def find(self, key: tuple[str, Any]) -> Block | None:
        """The block of `key`, if any."""
        return self._open.get(key)

    def write(self, block: Block, text: str, kind: LineKind = "text", *, join: bool = True) -> None:
        """Append text to a block; the first piece continues its last line when `join`."""
        self._held += len(text)
        block.height = 0
        pieces = safe(text).split("\n")
        if join and block.lines and block.lines[-1].kind == kind:
            _extend(block.lines, pieces.pop(0), kind)
        elif block.lines and not block.lines[-1].text:
            block.lines.pop()
        block.lines.extend(Line(piece, kind) for piece in pieces)

    def _drop(self) -> None:
        """Let go of the oldest blocks above what a view holds."""
        while self._held > HOLD and len(self.blocks) > 1:
            size = sum(len(part.text) for part in self.blocks.pop(0).lines)
            self._held -= size
            self.dropped += size
        self._trim()

    def _trim(self) -> None:
        """One giant block keeps its newest lines."""
        if self._held <= HOLD or not self.blocks:
            return
        block, kept = self.blocks[0], 0
        for index in range(len(block.lines) - 1, -1, -1):
            kept += len(block.lines[index].text)
            if kept > HOLD // 2:
                self.dropped += self._held - kept
                del block.lines[:index]
                block.height, self._held = 0, kept
                return


def _extend(lines: list[Line], piece: str, kind: LineKind) -> None:
    """Continue the last line, broken where it would grow without bound."""
    last = lines[-1]
    if len(last.text) + len(piece) > 2_000 and last.text:
        lines.append(Line(piece, kind))
        return
    last.text += piece
    last.height = 0
    last.version += 1


def _turn(t: Transcript, entry: Entry, event: ev.TurnStarted) -> None:
    t.write(t.start("you", "You", entry.wall), event.prompt)


def _queued(t: Transcript, entry: Entry, event: ev.SteerQueued) -> None:
    block = t.keyed(("steer", event.item), "you", "You", entry.wall)
    block.meta = "now" if event.now else "queued"
    t.write(block, event.note)


def _delivered(t: Transcript, entry: Entry, event: ev.SteerDelivered) -> None:
    block = t.find(("steer", event.item))
    if block is not None:
        block.meta = "delivered"


def _withdrawn(t: Transcript, entry: Entry, event: ev.SteerWithdrawn) -> None:
    block = t.find(("steer", event.item))
    if block is not None:
        block.meta = "taken back"


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
        _edit(t, block, event)


def _edit(t: Transcript, block: Block, event: ev.ToolStarted) -> None:
    """The change an edit asks for, as signed lines under the path."""
    try:
        args = msgspec.json.decode(event.args)
    except msgspec.DecodeError:
        return
    if not isinstance(args, dict) or not isinstance(args.get("path"), str):
        return
    t.write(block, line(args["path"]), "path", join=False)
    old, new = args.get("old"), args.get("new", args.get("text", args.get("content")))
    for text, kind in ((old, "remove"), (new, "add")):
        if isinstance(text, str) and text:
            t.write(block, text, "remove" if kind == "remove" else "add", join=False)


def _output(t: Transcript, entry: Entry, event: ev.ToolOutputAdded) -> None:
    block = t.find(("tool", event.call))
    if block is not None:
        t.write(block, event.delta, "error" if event.stream == "err" else "code")


def _tool_ended(t: Transcript, entry: Entry, event: ev.ToolEnded) -> None:
    block = t.find(("tool", event.call))
    if block is None:
        return
    block.started = 0
    if event.status == "ok":
        _calm(block)
    seconds = f"{event.ms / 1000:.1f} s"
    block.meta = seconds if event.status == "ok" else f"{event.status} · {seconds}"
    text = event.result or event.summary
    if text and not any(part.kind in {"code", "error"} for part in block.lines):
        t.write(block, text.rstrip("\n"), "code" if event.status == "ok" else "error", join=False)


def _calm(block: Block) -> None:
    """A program that ended well may have written to its error stream; red is for failures."""
    for part in block.lines:
        if part.kind == "error":
            part.kind, part.version = "code", part.version + 1


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
        said = event.text or ("" if event.option in words else event.option)
        if said:
            t.write(block, f"You: {said}", join=False)


def _refused(t: Transcript, entry: Entry, event: ev.OrderRefused) -> None:
    if entry.thread:
        t.write(t.start("refusal", "Refused", entry.wall), event.text)


def _note(t: Transcript, entry: Entry, event: ev.AgentNote) -> None:
    t.write(t.start("note", event.kind.capitalize(), entry.wall), event.note)


def _ended(t: Transcript, entry: Entry, event: ev.TurnEnded) -> None:
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
}
