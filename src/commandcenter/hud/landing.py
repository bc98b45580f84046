"""The land flow: which result stands there next, and what each way is called (screen.md 11)."""

from commandcenter.core.base import Record
from commandcenter.core.shaping import LandHow
from commandcenter.core.shaping import Landing as Landed
from commandcenter.core.world import Head, World
from commandcenter.hud.results import Way, Ways
from commandcenter.hud.words import plain

HOWS: tuple[LandHow, ...] = ("merge", "pr", "back", "discard")
NAMES: dict[LandHow, str] = {
    "merge": "Merge into your branch",
    "pr": "Pull request",
    "back": "Send back with your comments",
    "discard": "Discard",
}
SLOTS: dict[LandHow, int] = {"merge": 5, "pr": 6, "back": 7, "discard": 11}
"""Their keys are those of these places of the card: A, S, D, X."""
SAID: dict[LandHow, str] = {
    "merge": "merging {name} into your branch",
    "pr": "asking for {name}",
    "back": "{name} gets your words",
    "discard": "putting the files of {name} away",
}


class Text(Record, frozen=True):
    """Title and body of a pull request, as the player has them."""

    title: str
    body: str

    @property
    def whole(self) -> str:
        """As the order takes it."""
        return f"{self.title.strip()}\n\n{self.body.strip()}".strip()


def gone(head: Head, landed: Landed) -> str:
    """Where it went, once it is there."""
    name, where = plain(head.name), plain(landed.where)
    if landed.how == "merge":
        return f"{name} landed in {where or 'your branch'}"
    if landed.how == "pr":
        return f"{name} is asked for: {where}"
    return f"{name} has your words" if landed.how == "back" else f"the files of {name} are put away"


def way(ways: Ways | None, how: LandHow) -> Way | None:
    """What is known of one way; None = not yet."""
    return next((one for one in ways.ways if one.how == how), None) if ways is not None else None


def open_results(world: World) -> tuple[int, ...]:
    """Threads with a result that nobody has looked at whole and that went nowhere, oldest first."""
    found = [head for head in world.threads.values() if _open(head)]
    return tuple(head.id for head in sorted(found, key=lambda one: (one.moved, one.id)))


def _open(head: Head) -> bool:
    unseen = head.results > min(head.results_seen, head.diff_seen)
    gone = head.landed is not None and head.landed.how != "back"
    return bool(unseen and head.workspace and not gone and not head.landing)


def following(world: World, thread: int) -> int:
    """The open result after this one, round and round; 0 = there is no other."""
    found = open_results(world)
    if thread in found:
        at = found.index(thread)
        found = (*found[at + 1 :], *found[:at])
    return next((one for one in found if one != thread), 0)
