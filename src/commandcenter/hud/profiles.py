"""A person's own keys: a base and what differs from it, as the TOML file <config>/keys.toml."""

import tomllib
from collections.abc import Callable
from html import escape

import msgspec

from commandcenter.core.base import Record
from commandcenter.hud import helping
from commandcenter.hud.bases import BASES
from commandcenter.hud.keymap import Keymap, Mode, Platform, Problem, check, parse

FILE = "keys.toml"
VERSION = 1
PLATFORMS: tuple[Platform, ...] = ("lin", "win", "mac")


class Profile(Record, frozen=True):
    """Only the deltas are kept; `bind` names an action's keys, an empty list unbinds it."""

    name: str = "grid"
    base: str = "grid"
    version: int = VERSION
    bind: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


def read(text: str) -> Profile:
    """The profile of a file's text. Raises ValueError with one sentence."""
    try:
        found = msgspec.convert(tomllib.loads(text), Profile)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the profile is no TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ValueError(f"the profile cannot be read: {error}") from error
    if found.base not in BASES:
        raise ValueError(f"no keys are called {found.base!r}; there are {', '.join(BASES)}")
    if found.version != VERSION:
        raise ValueError(f"the profile is of version {found.version}; this screen reads {VERSION}")
    return found


def write(profile: Profile) -> str:
    """The file's text; `read` gives the profile back."""
    lines = [
        f"name = {_quoted(profile.name)}",
        f"base = {_quoted(profile.base)}",
        f"version = {profile.version}",
        "",
        "[bind]",
    ]
    for action, keys in sorted(profile.bind.items()):
        lines.append(f"{_quoted(action)} = [{', '.join(_quoted(key) for key in keys)}]")
    return "\n".join(lines) + "\n"


def keymap(shipped: str, profile: Profile) -> Keymap:
    """The table that a profile makes of the shipped one. Raises ValueError for an unknown key."""
    return parse(shipped, write(profile))


def rebound(profile: Profile, action: str, keys: tuple[str, ...]) -> Profile:
    """The profile with other keys for one action."""
    return msgspec.structs.replace(profile, bind={**profile.bind, action: keys}, name="own")


def as_shipped(profile: Profile, action: str) -> Profile:
    """The profile with the base's own keys for one action."""
    rest = {name: keys for name, keys in profile.bind.items() if name != action}
    return msgspec.structs.replace(profile, bind=rest)


def problems(table: Keymap) -> list[tuple[Platform, Problem]]:
    """What the check says on each platform; the same line only once."""
    seen: set[str] = set()
    found = []
    for platform in PLATFORMS:
        for problem in check(table, platform):
            if problem.line not in seen:
                seen.add(problem.line)
                found.append((platform, problem))
    return found


def errors(table: Keymap) -> list[str]:
    """What forbids saving a table."""
    return [problem.line for _, problem in problems(table) if problem.severity == "error"]


def diff(old: Keymap, new: Keymap) -> list[str]:
    """What changes, one line an action: `order.goal: T becomes U`."""
    lines = []
    for name, action in new.actions.items():
        was, now = _text(old, name), " ".join(key.text() for key in action.keys)
        if was != now:
            lines.append(f"{name}: {was or 'no key'} becomes {now or 'no key'}")
    return lines


def _text(table: Keymap, action: str) -> str:
    found = table.actions.get(action)
    return " ".join(key.text() for key in found.keys) if found else ""


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


# --- the cheat sheet --------------------------------------------------------------------------

_STYLE = """body{font:11px/1.35 sans-serif;margin:16px;color:#111}h1{font-size:18px;margin:0 0 8px}
h2{font-size:12px;margin:10px 0 4px;border-bottom:1px solid #999}main{columns:3;column-gap:20px}
section{break-inside:avoid}table{border-collapse:collapse;width:100%}td{padding:1px 4px 1px 0;
vertical-align:top}kbd{border:1px solid #777;border-radius:3px;padding:0 4px;white-space:nowrap;
font:10px sans-serif}.card{columns:1}.card td{border:1px solid #999;padding:6px;width:20%}
@media print{body{margin:0}}"""
_SHEETS: tuple[Mode, ...] = (
    "map",
    "approval",
    "subcard",
    "target",
    "composer",
    "terminal",
    "overlay",
)


def cheat_sheet(table: Keymap, label: Callable[[str], str]) -> str:
    """All keys as one HTML page to print; no script, nothing loaded. `label` = what is printed
    on the player's keyboard for a chord."""
    known: set[str] = set()
    parts = [_card(table, mode, label) for mode in ("map", "approval")]
    for mode in _SHEETS:
        rows = [line for line in helping.lines(table, mode) if line.name not in known]
        known |= {line.name for line in rows}
        if rows:
            parts.append(
                f"<section><h2>{mode.upper()}</h2><table>{_rows(rows, label)}</table></section>"
            )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>Keys</title><style>{_STYLE}</style></head><body>"
        f"<h1>commandcenter: keys ({escape(table.name)})</h1><main>{''.join(parts)}</main>"
        "</body></html>\n"
    )


def _card(table: Keymap, mode: Mode, label: Callable[[str], str]) -> str:
    cells = [
        f"<td><kbd>{escape(label(key))}</kbd> {escape(name)}</td>"
        for key, _, name in helping.grid(table, mode)
    ]
    rows = "".join(f"<tr>{''.join(cells[n : n + 5])}</tr>" for n in range(0, 15, 5))
    return f"<section class='card'><h2>CARD in {mode.upper()}</h2><table>{rows}</table></section>"


def _rows(rows: list[helping.Help], label: Callable[[str], str]) -> str:
    made = []
    for row in rows:
        keys = " ".join(f"<kbd>{escape(label(key))}</kbd>" for key in row.keys)
        made.append(f"<tr><td>{keys}</td><td>{escape(row.text)}</td></tr>")
    return "".join(made)
