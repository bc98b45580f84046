"""What World keeps of standing orders: loops, grants, group rules, flags, queued orders."""

import re
from decimal import Decimal
from typing import Literal

from commandcenter.core.base import By, Level, Record

TAG = re.compile(r"[\w.&/+-]{1,24}")
TAG_SHAPE = "a tag is one word of 1 to 24 letters, digits or .&/+-, such as two-words"


class QueuedOrder(Record, frozen=True):
    """An order that waits behind what the thread does; `text` has `@self` as its target."""

    id: str
    """It becomes the order's own id once it is given."""
    text: str
    by: By = "player"
    """Who queued it."""


class Looping(Record, frozen=True):
    """A loop that runs: its stop conditions (0, None = not one) and how far it is."""

    text: str
    """The conditions as they were given."""
    count: int = 0
    usd: Decimal | None = None
    until: int = 0
    """Wall ns."""
    stale: int = 0
    """Rounds in a row that changed no file."""
    rounds: int = 0
    """Begun so far."""
    same: int = 0
    """Such rounds so far, in a row."""
    spent: Decimal = Decimal(0)
    """What the thread had spent when the loop began."""
    digest: str = ""
    """Of its files as the running round found them; empty = not looked at."""


class Grant(Record, frozen=True):
    """A remembered approval: turns `ask` into `allow` for the like, never `deny`."""

    id: str
    scope: Literal["turn", "thread", "operation"]
    thread: int
    turn: int
    operation: str
    level: Level
    rule: str
    key: str
    """The canonical form of what is allowed."""
    line: str
    """What the player reads."""
    since: int = 0
    used: int = 0


class GroupRules(Record, frozen=True):
    """What a control group does by itself."""

    exclusive: bool = False
    children: bool = False
    auto: str = ""


class MapFlag(Record, frozen=True):
    """A note on the map; x, y = thousandths of its width and height."""

    id: int
    x: int
    y: int
    note: str
    since: int = 0
