"""What is being written in the composer: its use, its head, and to whom."""

from typing import Literal

from msgspec.structs import replace

from commandcenter.core.base import Record

Use = Literal[
    "steer",
    "brief",
    "list",
    "message",
    "answer",
    "deny",
    "edit",
    "rename",
    "model",
    "limit",
    "agree",
    "goal",
    "tag",
    "loop",
    "target",
    "row",
    "filter",
    "flag",
    "reclaim",
]


class Letter(Record, frozen=True):
    """What is being written: its use, the word at its head, and to whom."""

    use: Use
    head: str
    note: str = ""
    receivers: tuple[int, ...] = ()
    ask: int = 0
    digest: str = ""
    hint: str = ""
    rows: int = 1
    """It is at least so many lines tall."""
    queued: bool = False
    """What it becomes waits behind what the receivers do."""
    offers: tuple[str, ...] = ()
    """Whole texts that Tab may put in place of what is written."""

    @property
    def key(self) -> str:
        """What its draft is kept under."""
        return f"{self.use}:{','.join(map(str, self.receivers))}:{self.ask or ''}"


class Receiver(Record, frozen=True):
    """A name in the head of the composer; struck through once it has ended."""

    name: str
    gone: bool = False


def with_note(letter: Letter, note: str) -> Letter:
    """The same letter with another note at its right."""
    return replace(letter, note=note)
