"""Which program opens a worktree, a shell or a port: chosen from the environment alone.

The programs run outside the thread: what marks a thread's own processes is not in their
environment, and no word of an agent is ever one of their arguments.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from commandcenter.core.base import Record

Tool = Literal["editor", "terminal", "browser"]
Have = Callable[[str], bool]
"""Is there such a program on the PATH?"""
SETTINGS: dict[Tool, str] = {"editor": "$VISUAL", "terminal": "$TERMINAL", "browser": "$BROWSER"}
"""What the person sets where nothing was found."""
_EDITORS = ("code", "codium", "cursor", "zed", "subl", "kate", "gedit", "gnome-text-editor")
_LINE_FLAGS = {"code": "--goto", "codium": "--goto", "cursor": "--goto"}
_IN_TERMINAL = frozenset({"vi", "vim", "nvim", "nano", "emacs", "hx", "helix", "micro", "joe"})
_TERMINALS = (
    *("x-terminal-emulator", "gnome-terminal", "konsole", "xfce4-terminal", "kitty"),
    *("alacritty", "wezterm", "foot", "xterm"),
)
_BEFORE = {
    "gnome-terminal": ("--",),
    "xfce4-terminal": ("-x",),
    "kitty": (),
    "foot": (),
    "wezterm": ("start", "--"),
}
"""What stands between a terminal and the command it runs; `-e` for the others."""
_ABSENT = ("PORT", "CC_PORT", "CC_THREAD", "CC_HOME")


class Start(Record, frozen=True):
    """A program with its arguments; it begins in the worktree."""

    argv: tuple[str, ...]


def editor(env: Mapping[str, str], have: Have, path: str, line: int = 0) -> Start | None:
    """The person's editor on a folder, or on a file at a line; None = nothing was found."""
    chosen = _words(env, ("VISUAL", "EDITOR"), have) or _first(_EDITORS, have)
    if not chosen:
        return None
    name = chosen[0].rpartition("/")[2]
    where = _at(name, path, line)
    if name not in _IN_TERMINAL:
        return Start((*chosen, *where))
    return terminal(env, have, (*chosen, *where))


def terminal(env: Mapping[str, str], have: Have, command: tuple[str, ...] = ()) -> Start | None:
    """The person's terminal, with a command in it or their shell; None = nothing was found."""
    chosen = _words(env, ("TERMINAL",), have) or _first(_TERMINALS, have)
    if not chosen:
        return None
    if not command:
        return Start(chosen)
    return Start((*chosen, *_BEFORE.get(chosen[0].rpartition("/")[2], ("-e",)), *command))


def browser(env: Mapping[str, str], have: Have, port: int) -> Start | None:
    """The person's browser on a port of this machine; None = nothing was found."""
    chosen = _words(env, ("BROWSER",), have) or _first(("xdg-open", "open"), have)
    return Start((*chosen, f"http://127.0.0.1:{port}/")) if chosen else None


def by_hand(env: Mapping[str, str], have: Have, line: str) -> Start | None:
    """A terminal in which the session is opened by the command line that the engine gave."""
    return terminal(env, have, ("sh", "-c", f"{line}; exec ${{SHELL:-sh}}"))


def clean(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what belongs to a thread."""
    return {name: value for name, value in env.items() if name not in _ABSENT}


def _at(name: str, path: str, line: int) -> tuple[str, ...]:
    if not line:
        return (path,)
    if name in _LINE_FLAGS:
        return (_LINE_FLAGS[name], f"{path}:{line}")
    return (f"+{line}", path)


def _words(env: Mapping[str, str], names: tuple[str, ...], have: Have) -> tuple[str, ...]:
    for name in names:
        words = tuple(env.get(name, "").split())
        if words and have(words[0]):
            return words
    return ()


def _first(programs: tuple[str, ...], have: Have) -> tuple[str, ...]:
    return next(((one,) for one in programs if have(one)), ())
