"""The help's content: the keys of a mode in the card's shape, and the others by subject."""

from commandcenter.core.base import Record
from commandcenter.hud.keymap import Keymap, Mode
from commandcenter.hud.palette import title

SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Deciding", ("approval.",)),
    ("Selecting", ("select.", "subgroup.", "cursor.", "review.")),
    ("Groups", ("group.",)),
    ("Map and view", ("map.", "camera.", "zoom.", "view.", "operation.", "find", "queue.show")),
    ("Alerts and results", ("alert.", "queue.panel")),
    ("Orders beside the card", ("order.", "rank.", "autonomy.", "thread.", "start.", "workspace.")),
    ("The bells, undo", ("bell.", "undo", "redo")),
    ("Writing", ("composer.", "leave_text", "terminal.")),
    (
        "Panels",
        ("inspector.", "focus.", "panel.", "palette", "help.", "settings", "text.", "menu."),
    ),
    ("This mode", ("subcard.", "target.", "overlay.", "replay.", "cancel", "card.")),
)
_MANY = ("group.recall", "group.set", "group.add", "group.set_steal", "subcard.digit")


class Help(Record, frozen=True):
    """One line: the keys as chords, the name, the sentence."""

    keys: tuple[str, ...]
    name: str
    text: str
    subject: str = ""


def grid(keymap: Keymap, mode: Mode) -> tuple[tuple[str, str, str], ...]:
    """The card's fifteen places in this mode: (key, action id, name); no action is empty."""
    found = []
    for key in keymap.grid:
        action = next(
            (a for (m, pressed), a in keymap.index.items() if _at(m, pressed, mode, key)), ""
        )
        found.append((key, action, title(action) if action else ""))
    return tuple(found)


def _at(mode: str, pressed: object, wanted: Mode, key: str) -> bool:
    return mode == wanted and getattr(pressed, "text", str)() == key


def lines(keymap: Keymap, mode: Mode) -> list[Help]:
    """The mode's other keys by subject; ten alike (group 1 to 0) are one line."""
    on_card = {action for _, action, _ in grid(keymap, mode)}
    found = []
    for subject, prefixes in SUBJECTS:
        for action in keymap.actions.values():
            shown = action.id.startswith(prefixes) and mode in action.modes and action.keys
            if shown and action.id not in on_card and _first(action.id):
                keys = tuple(key.text() for key in action.keys)
                found.append(_line(action.id, keys, action.help, subject))
    return found


def _first(action: str) -> bool:
    """Of ten alike only the first is listed; queued twins are said once, on the card."""
    stem, _, digit = action.rpartition(".")
    return (stem not in _MANY or digit == "1") and not action.endswith(".queued")


def _line(action: str, keys: tuple[str, ...], text: str, subject: str) -> Help:
    stem = action.rpartition(".")[0]
    if stem in _MANY:
        return Help((f"{keys[0]} … 0",), title(stem), text.replace(" 1", " 1 to 0"), subject)
    return Help(keys, title(action), text, subject)
