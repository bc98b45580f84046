"""The palette's index: what can be found by name, and how well a typed text fits it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.world import World
from commandcenter.hud.keymap import Keymap, Mode
from commandcenter.hud.seen import face
from commandcenter.hud.words import plain

FindKind = Literal["action", "thread", "operation"]
MOST = 60
"""So many are listed at most."""
_ORDER: dict[FindKind, int] = {"action": 0, "thread": 1, "operation": 2}
_HIDDEN = ("cursor.", "subcard.", "target.slot", "composer.", "overlay.", "cancel", "leave_text")
"""Moves of the mark itself: they make no sense by name."""
_TITLES = {
    "palette": "Palette",
    "help.keys": "Help: keys of this mode",
    "panel.apm": "APM and EPM",
    "queue.panel": "Queue panel",
    "queue.show": "Queue chains on or off",
    "bell.pause_all": "Bell: pause all, or resume",
    "bell.freeze_spend": "Bell: freeze spending, or lift it",
    "thread.new": "New thread",
    "thread.new_list": "New threads from a list",
    "start.skirmish": "Skirmish",
    "order.kill": "Freeze",
    "order.kill.queued": "Kill, queued",
    "order.pause_resume": "Pause or resume",
    "order.take": "Take over by hand",
    "card.more": "More",
    "operation.new": "New operation",
    "find": "Filter the map",
    "quit": "Quit (the loops go on)",
    "map.tidy": "Tidy the map",
    "inspector.pop_out": "Pop out inspector",
    "alerts.mute": "Mute all sounds",
}


class Find(Record, frozen=True):
    """One thing that can be found. `id` is an action's id, or the thread's or operation's."""

    kind: FindKind
    id: str
    name: str
    note: str = ""
    key: str = ""
    why: str = ""
    glyph: str = ""
    color: str = "mid"


def title(action: str) -> str:
    """An action's name in words: `Group set 1`, `Zoom in`."""
    if action in _TITLES:
        return _TITLES[action]
    name = action.removeprefix("order.").removesuffix(".queued")
    text = name.replace(".", " ").replace("_", " ")
    queued = ", queued" if action.endswith(".queued") else ""
    return text[:1].upper() + text[1:] + queued


def actions(keymap: Keymap, mode: Mode, why: Mapping[str, str]) -> list[Find]:
    """Every action of a mode by name, with its key; `why` = the reason it is greyed."""
    found = []
    for action in keymap.actions.values():
        if mode in action.modes and not action.id.startswith(_HIDDEN):
            key = keymap.key(action.id)
            help_text = action.help
            reason = why.get(action.id, "")
            found.append(Find("action", action.id, title(action.id), help_text, key, reason))
    return found


def places(world: World, now: int) -> list[Find]:
    """The threads and operations, by name; `now` = wall ns."""
    found = []
    for head in world.threads.values():
        look = face(head, world, now)
        note = f"#{head.id} · {look.seen} · {head.operation or 'loose'}"
        glyph, color = f"state:{look.glyph}", look.color
        found.append(Find("thread", str(head.id), plain(head.name), note, glyph=glyph, color=color))
    for name, operation in world.operations.items():
        count = len(operation.threads)
        note = f"operation · {count} thread{'s' * (count != 1)}"
        found.append(Find("operation", name, plain(name), note))
    return found


def ranked(finds: Iterable[Find], typed: str, most: int = MOST) -> list[Find]:
    """What fits the typed text, best first; without a text, all in their order."""
    words = typed.lower().split()
    if not words:
        return list(finds)[:most]
    scored = []
    for order, find in enumerate(finds):
        score = fit(words, find)
        if score > 0:
            scored.append((-score, _ORDER[find.kind], len(find.name), order, find))
    scored.sort(key=lambda one: one[:4])
    return [one[4] for one in scored[:most]]


def fit(words: Sequence[str], find: Find) -> float:
    """How well all the words fit; 0 = one of them does not. A word in the name counts most."""
    total = 0.0
    for word in words:
        best = max(
            _match(word, find.name.lower()),
            0.9 * _match(word, find.id.lower()),
            0.4 * _whole(word, find.note.lower()),
        )
        if best <= 0:
            return 0.0
        total += best
    if find.name.lower() == " ".join(words):
        total += 10
    return total


def _match(word: str, text: str) -> float:
    """1 to 8: whole, at a word's beginning, initials, inside, or letters in order."""
    whole = _whole(word, text)
    return whole or _initials(word, text) or _scattered(word, text)


def _whole(word: str, text: str) -> float:
    if text == word:
        return 8.0
    if text.startswith(word):
        return 7.0
    at = text.find(word)
    while at > 0:
        if not text[at - 1].isalnum():
            return 6.0
        at = text.find(word, at + 1)
    return 4.0 if word in text else 0.0


def _initials(word: str, text: str) -> float:
    for sign in "._-/#:,":
        text = text.replace(sign, " ")
    first = "".join(part[0] for part in text.split())
    return 5.0 if len(word) > 1 and first.startswith(word) else 0.0


def _scattered(word: str, text: str) -> float:
    """Letters in order, beginning at a word; close together is better. At least two letters."""
    if len(word) < 2:
        return 0.0
    at, first = -1, 0
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return 0.0
        if letter == word[0] and not first:
            first = at + 1
    spread = at - first + 2
    share = len(word) / spread
    return 1.0 + 2.0 * share if share > 0.34 else 0.0
