"""What the player did on the screen that is no order: selecting and recalling (screen.md 13)."""

from collections.abc import Sequence
from typing import Literal
from zlib import crc32

from commandcenter.core.base import NS, Record

MOST = 200
OLD_NS = 500 * NS
Source = Literal["key", "mouse"]
_RECALL = "group.recall."


class Counted(Record, frozen=True):
    """One counted act as the query `acted` takes it; `wall` in ns."""

    kind: Literal["select", "recall", "shown_changed"]
    target: str
    wall: int
    source: Source


class Acting:
    """Collects what is counted; a held key's repeats are not. Orders count by the journal."""

    def __init__(self) -> None:
        self.repeats = False
        """The key that is acted on is held."""
        self.last = -1e9
        """Monotonic s of the player's last input."""
        self._action = ""
        self._source: Source = "mouse"
        self._ids: tuple[int, ...] = ()
        self._acts: list[Counted] = []

    def begin(self, action: str, now: float, by_key: bool) -> None:
        """An action begins, by key or by mouse; `now` in monotonic s."""
        self._action, self.last = action, now
        self._source = "key" if by_key else "mouse"

    def end(self) -> None:
        """The action is over; what comes now is the mouse's own."""
        self._action, self._source = "", "mouse"

    def selected(self, ids: Sequence[int], wall: int) -> bool:
        """The player's selection is this now; is it another one than before?"""
        recalled = self._action.startswith(_RECALL)
        same, self._ids = tuple(ids) == self._ids, tuple(ids)
        if self.repeats or (same and not recalled):
            return not same
        if recalled:
            target = f"group:{self._action.removeprefix(_RECALL)}"
            self._acts.append(Counted("recall", target, wall, self._source))
        else:
            self._acts.append(Counted("select", hashed(ids), wall, self._source))
        return not same

    def dead(self, ask: int, wall: int) -> None:
        """A key came while the shown case had just changed: recorded, and counted nowhere."""
        self._acts.append(Counted("shown_changed", f"ask:{ask}", wall, self._source))

    @property
    def waiting(self) -> bool:
        """Is there something to send?"""
        return bool(self._acts)

    def take(self, wall: int) -> list[Counted]:
        """What is to be sent; what is older than the engine takes is left out."""
        acts, self._acts = self._acts[-MOST:], []
        return [act for act in acts if wall - act.wall <= OLD_NS]

    def give_back(self, acts: list[Counted]) -> None:
        """They could not be sent: keep them for the next batch."""
        self._acts = [*acts, *self._acts][-MOST:]


def hashed(ids: Sequence[int]) -> str:
    """A short word for a set of receivers: how many, and a check sum."""
    text = ",".join(str(one) for one in sorted(ids))
    return f"{len(ids)}:{crc32(text.encode()):08x}"
