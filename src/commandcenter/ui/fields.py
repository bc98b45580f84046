"""The composer's short texts: a name, a model, a limit, a goal, a tag, a loop's own condition."""

from collections.abc import Callable

from commandcenter.core import orders as od
from commandcenter.core.refusals import NoStopCondition
from commandcenter.hud import giving
from commandcenter.hud.card import able
from commandcenter.hud.selection import target
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter, Use
from commandcenter.ui.screen import Screen

_FIELDS: dict[str, tuple[Use, str, str]] = {
    "rename": ("rename", "RENAME", "the new name"),
    "model": ("model", "MODEL", "the model's name, of the same account"),
    "usd": ("limit", "LIMIT $", "dollars, e.g. 1.50"),
    "tokens": ("limit", "LIMIT TOKENS", "tokens, e.g. 200 k"),
    "share": ("limit", "LIMIT %", "percent of each plan window, e.g. 20"),
}
_LOOP_HINT = "one or more of 5  $1.50  30m  stale:3, joined by commas"
RECENT = 12
Open = Callable[[Letter, str], None]
"""Opens a letter with a text in it."""


class Fields:
    """Opens them for the receivers, and gives what they become."""

    def __init__(self, screen: Screen, giver: Giver, opens: Open) -> None:
        self._screen = screen
        self._giver = giver
        self._open = opens

    def uses(self) -> dict[Use, Callable[[Letter, str, bool], bool]]:
        """Use of the composer -> what its text becomes."""
        return {
            "rename": self._rename,
            "model": self._model,
            "goal": self._goal,
            "tag": self._tag,
            "loop": self._loop,
        }

    # --- opening --------------------------------------------------

    def open_field(self, name: str, queued: bool = False) -> None:
        """Rename, model, usd, tokens, share: one line for the receivers."""
        use, head, hint = _FIELDS[name]
        ids = self._screen.receivers
        letter = Letter(use, head, "", ids, hint=hint, queued=queued)
        self._open(letter, self._prefill(name, ids))

    def _prefill(self, use: str, ids: tuple[int, ...]) -> str:
        head = self._screen.world.threads.get(ids[0]) if ids else None
        if head is None:
            return ""
        return {"rename": head.name * (len(ids) == 1), "model": head.model}.get(use, "")

    def open_goal(self, queued: bool = False) -> None:
        """T: what the receivers are for; the goals there are can be taken by Tab."""
        world = self._screen.world
        ids = able(world, self._screen.receivers, "order.goal.queued" if queued else "order.goal")
        now = [world.threads[one].goal for one in ids]
        known = [head.goal for head in world.threads.values()]
        known += [one.goal for one in world.operations.values()]
        offers = tuple(dict.fromkeys(goal for goal in reversed(known) if goal))[:RECENT]
        head = "QUEUE GOAL" if queued else "GOAL"
        hint = "what they are for; they hear it with their next prompt"
        letter = Letter("goal", head, "", ids, hint=hint, queued=queued, offers=offers)
        self._open(letter, now[0] if now and len(set(now)) == 1 else "")

    def open_tag(self) -> None:
        """More, Tags: a word to put on the receivers, or to take off those that bear it."""
        world, ids = self._screen.world, self._screen.receivers
        borne = [tag for one in ids if one in world.threads for tag in world.threads[one].tags]
        known = [tag for head in world.threads.values() for tag in head.tags]
        offers = tuple(dict.fromkeys([*borne, *known]))[:RECENT]
        note = f"on them: {', '.join(dict.fromkeys(borne))}" if borne else ""
        hint = f"a word; a second time takes it off \u00b7 {note}" if note else "a word"
        self._open(Letter("tag", "TAG", "", ids, hint=hint, offers=offers), "")

    def open_loop(self, queued: bool = False) -> None:
        """R, own: stop conditions as the person writes them."""
        head = "QUEUE LOOP UNTIL" if queued else "LOOP UNTIL"
        ids = able(
            self._screen.world,
            self._screen.receivers,
            "order.loop.queued" if queued else "order.loop",
        )
        self._open(Letter("loop", head, "", ids, hint=_LOOP_HINT, queued=queued), "")

    # --- sending --------------------------------------------------

    def _rename(self, letter: Letter, text: str, now: bool) -> bool:
        given, many = True, len(letter.receivers) > 1
        for nth, thread in enumerate(letter.receivers, 1):
            name = f"{text}-{nth}" if many else text
            given = self._giver.order(od.Rename(f"#{thread}", name), (thread,)) and given
        return given

    def _model(self, letter: Letter, text: str, now: bool) -> bool:
        order = od.Model(target(letter.receivers), text)
        return self._giver.order(order, letter.receivers, f"the next call goes to {text}")

    def _goal(self, letter: Letter, text: str, now: bool) -> bool:
        """An empty text takes the goal away, where there is one."""
        threads = self._screen.world.threads
        here = [threads[one] for one in letter.receivers if one in threads]
        ids = tuple(head.id for head in here if letter.queued or head.goal != text)
        if not ids:
            return True
        order = od.Goal(target(ids), text)
        if letter.queued:
            return self._giver.order(giving.later(order), ids, "the goal waits behind what they do")
        return self._giver.order(order, ids, "the goal is set" if text else "the goal is gone")

    def _tag(self, letter: Letter, text: str, now: bool) -> bool:
        """On those without it; when all bear it, off."""
        threads = self._screen.world.threads
        here = [threads[one] for one in letter.receivers if one in threads]
        lacking = tuple(head.id for head in here if text not in head.tags)
        ids = lacking or tuple(head.id for head in here)
        said = f"tagged {text}" if lacking else f"{text} is off"
        return self._giver.order(od.Tag(target(ids), text), ids, said)

    def _loop(self, letter: Letter, text: str, now: bool) -> bool:
        if not text.strip(" ,"):
            self._screen.refuse(NoStopCondition())
            return False
        order = od.Loop(target(letter.receivers), "".join(text.split()))
        if letter.queued:
            said = "the loop waits behind what they do"
            return self._giver.order(giving.later(order), letter.receivers, said)
        return self._giver.order(order, letter.receivers, f"loops until {text}")
