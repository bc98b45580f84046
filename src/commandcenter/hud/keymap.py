"""Which key means which action in which mode, and the check that no two collide (screen.md 14)."""

import tomllib
from functools import lru_cache
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.hud.bases import BASES, CARD, Base

Mode = Literal[
    "map",
    "panel",
    "target",
    "approval",
    "subcard",
    "composer",
    "terminal",
    "replay",
    "overlay",
]
MODES: tuple[Mode, ...] = (
    "map",
    "panel",
    "target",
    "approval",
    "subcard",
    "composer",
    "terminal",
    "replay",
    "overlay",
)
Platform = Literal["lin", "win", "mac"]
MILESTONES = ("M1", "M2", "M3", "M4", "later")
TEXT_MODES = frozenset({"composer", "terminal"})
NOW = "M4"
GRID = CARD
"""The card's fifteen places, row by row."""
_MODS = ("Mod", "Ctrl", "Alt", "Shift")
_NAMED = frozenset(
    {"Return", "Esc", "Tab", "Space", "Backspace", "Left", "Right", "Up", "Down", "PgUp", "PgDown"}
    | {"Home", "End", "Ins", "Del", "Pause"}
    | {f"F{n}" for n in range(1, 13)}
)
_LAPTOP_LACKS = frozenset({"Home", "End", "Ins", "Del", "Pause"})
_RESERVED: dict[Platform, frozenset[str]] = {
    "lin": frozenset({"Alt+Tab", "Alt+F4", "Alt+F2", "Shift+Space"}),
    "win": frozenset({"Alt+Tab", "Alt+F4", "Alt+Esc", "Mod+Esc", "Mod+Shift+Esc", "Shift+Space"}),
    "mac": frozenset(
        {"Mod+Q", "Mod+H", "Mod+M", "Mod+W", "Mod+Tab", "Mod+Space", "Mod+`", "Shift+Space"}
        | {f"Mod+Shift+{n}" for n in range(3, 7)}
    ),
}
_REPEATS = ("cursor.", "zoom.", "inspector.page", "replay.scrub", "alert.recall", "select.next_")


class Chord(Record, frozen=True):
    """A key with its modifiers; `key` as printed on a US keyboard, or a name such as Return."""

    key: str
    mods: frozenset[str] = frozenset()

    def text(self) -> str:
        """`Mod+Shift+X`; `chord(text)` gives it back."""
        return "+".join((*(mod for mod in _MODS if mod in self.mods), self.key))


class Action(Record, frozen=True):
    """What a key does: where it works, from which milestone on, and the order it gives."""

    id: str
    keys: tuple[Chord, ...]
    modes: tuple[Mode, ...]
    since: str
    help: str
    order: str = ""
    """Order notation; @sel is the selection, capital words are asked for."""


class Problem(Record, frozen=True):
    """What `check` found."""

    severity: Literal["error", "warning"]
    line: str


class Keymap(msgspec.Struct, frozen=True):
    """The actions of a profile and the way from a chord to each."""

    name: str
    actions: dict[str, Action]
    unknown: tuple[str, ...]
    """Ids a profile names and nobody knows: kept and warned about."""
    index: dict[tuple[str, Chord], str]
    grid: tuple[str, ...] = GRID
    """The card's fifteen keys, row by row."""
    base: str = "grid"

    @property
    def mirrored(self) -> bool:
        """Does the first place of a row lie at its right end on the keyboard?"""
        return self.base == "grid_left"

    def slots(self, kind: str) -> tuple[str, ...]:
        """The keys of the card's places in a menu (`subcard`) or in target mode (`target`)."""
        keys = (self.key(f"{kind}.slot{slot:02d}") for slot in range(len(self.grid)))
        return tuple(key or place for key, place in zip(keys, self.grid, strict=True))

    def lookup(self, mode: Mode, pressed: Chord) -> str | None:
        """The action id of a chord in a mode, or None."""
        return self.index.get((mode, pressed))

    def key(self, action: str) -> str:
        """The first key of an action as text, empty when it has none."""
        keys = self.actions[action].keys
        return keys[0].text() if keys else ""

    def built(self, action: str, milestone: str = NOW) -> bool:
        """Does the action work at this milestone?"""
        return MILESTONES.index(self.actions[action].since) <= MILESTONES.index(milestone)

    def comes(self, action: str) -> str:
        """The milestone that an action not built yet comes with."""
        return self.actions[action].since

    def not_yet(self, milestone: str = NOW) -> tuple[str, ...]:
        """The ids that may still answer `NotYet` at this milestone."""
        return tuple(action for action in self.actions if not self.built(action, milestone))


def chord(text: str) -> Chord:
    """A chord from its text. Raises ValueError when it cannot be read."""
    parts = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    *mods, key = parts
    if not key or any(mod not in _MODS for mod in mods) or len(set(mods)) != len(mods):
        raise ValueError(f"not a key: {text!r}; write e.g. Mod+Shift+X")
    if len(key) > 1 and key not in _NAMED:
        raise ValueError(f"no key is called {key!r}")
    return Chord(key.upper() if len(key) == 1 else key, frozenset(mods))


def parse(text: str, profile: str = "") -> Keymap:
    """The shipped table (TOML text), changed by a profile's `[bind]`. Raises ValueError."""
    try:
        shipped, own = _table(text), tomllib.loads(profile)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the keymap is no TOML: {error}") from error
    bind: dict[str, Any] = own.get("bind", {})
    base = _base(own.get("base", "grid"))
    actions = {}
    for name, given in shipped["actions"].items():
        actions[name] = Action(
            name,
            _keys(name, given["keys"], base, bind),
            tuple(given["modes"]),
            given["from"],
            given["help"],
            given.get("order", ""),
        )
    unknown = tuple(name for name in bind if name not in actions)
    grid = tuple(base.moved(key) for key in GRID)
    named = own.get("name", shipped["name"] if base.name == "grid" else base.name)
    return Keymap(named, actions, unknown, _index(actions), grid, base.name)


@lru_cache(maxsize=4)
def _table(text: str) -> dict[str, Any]:
    """The shipped table, read once: it is asked for with each profile."""
    return tomllib.loads(text)


def _keys(name: str, shipped: list[str], base: Base, bind: dict[str, Any]) -> tuple[Chord, ...]:
    """The keys of an action: the person's own, else the base's, else the moved shipped ones."""
    if name in bind:
        return tuple(chord(key) for key in bind[name])
    if name in base.bind:
        return tuple(chord(key) for key in base.bind[name])
    return tuple(_moved(chord(key), base) for key in shipped)


def repeats(action: str) -> bool:
    """May a held key repeat it? Orders never."""
    return action.startswith(_REPEATS)


def check(keymap: Keymap, platform: Platform) -> list[Problem]:
    """Errors: two actions on one key, bare letters in text, deciding grid keys."""
    found = [Problem("warning", f"nobody knows {name}") for name in keymap.unknown]
    seen: dict[tuple[str, Chord], str] = {}
    for action in keymap.actions.values():
        for pressed in action.keys:
            for mode in action.modes:
                other = seen.setdefault((mode, pressed), action.id)
                if other != action.id:
                    line = f"{pressed.text()} in {mode}: {other} and {action.id}"
                    found.append(Problem("error", line))
            found.extend(_faults(action, pressed, keymap.grid))
            found.extend(_warnings(action, pressed, platform))
        if action.keys and all(_function(pressed) for pressed in action.keys):
            found.append(Problem("warning", f"{action.id} has F-keys only"))
    return found


def _index(actions: dict[str, Action]) -> dict[tuple[str, Chord], str]:
    index: dict[tuple[str, Chord], str] = {}
    for action in actions.values():
        for pressed in action.keys:
            for mode in action.modes:
                index.setdefault((mode, pressed), action.id)
    return index


def _base(name: str) -> Base:
    if name not in BASES:
        raise ValueError(f"no keys are called {name!r}; there are {', '.join(BASES)}")
    return BASES[name]


def _moved(pressed: Chord, base: Base) -> Chord:
    if pressed.mods & {"Mod", "Alt"}:
        return pressed
    return Chord(base.moved(pressed.key), pressed.mods)


def _faults(action: Action, pressed: Chord, grid: tuple[str, ...]) -> list[Problem]:
    found = []
    plain = "Mod" not in pressed.mods and pressed.key not in ("Esc", "Return")
    if plain and TEXT_MODES & set(action.modes):
        line = f"{pressed.text()} ({action.id}) would be text where one types"
        found.append(Problem("error", line))
    decides = action.id.startswith(("approval.allow", "approval.deny"))
    if decides and pressed.key in grid and "Mod" not in pressed.mods:
        found.append(Problem("error", f"{action.id} lies on the card's key {pressed.text()}"))
    return found


def _warnings(action: Action, pressed: Chord, platform: Platform) -> list[Problem]:
    found = []
    if pressed.text() in _RESERVED[platform]:
        found.append(Problem("warning", f"{pressed.text()} ({action.id}) belongs to the platform"))
    if platform == "win" and {"Mod", "Alt"} <= pressed.mods:
        found.append(Problem("warning", f"{pressed.text()} ({action.id}) is AltGr on Windows"))
    if pressed.key in _LAPTOP_LACKS:
        found.append(Problem("warning", f"{pressed.text()} ({action.id}) is not on a laptop"))
    return found


def _function(pressed: Chord) -> bool:
    return len(pressed.key) > 1 and pressed.key[0] == "F" and pressed.key[1:].isdigit()
