"""Which of the person's programs opens a worktree: editor, terminal, browser. Starts nothing.

No argument is ever one that an agent wrote: only the worktree's folder and a port number.
"""

import os.path
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from commandcenter.core.base import Record

What = Literal["editor", "shell", "browser"]
EDITORS: Final = ("code", "codium", "cursor", "zed", "subl", "kate")
IN_TERMINAL: Final = frozenset(
    ("vi", "vim", "nvim", "nano", "hx", "helix", "kak", "micro", "ne", "joe", "mcedit", "ed")
)
"""Editors that need a terminal around them; emacs does with -nw."""
TERMINALS: Final[dict[str, tuple[str, ...]]] = {
    "xdg-terminal-exec": (),
    "x-terminal-emulator": ("-e",),
    "ghostty": ("-e",),
    "kitty": (),
    "wezterm": ("start", "--"),
    "alacritty": ("-e",),
    "foot": (),
    "ptyxis": ("--",),
    "gnome-terminal": ("--",),
    "konsole": ("-e",),
    "xfce4-terminal": ("-x",),
    "mate-terminal": ("-x",),
    "terminator": ("-x",),
    "xterm": ("-e",),
}
"""Terminals, best first, and what stands before a command that they are to run."""
_MAC_RUNS: Final = (
    "osascript",
    *("-e", "on run argv"),
    *("-e", 'tell application "Terminal" to do script (item 1 of argv)'),
    *("-e", 'tell application "Terminal" to activate'),
    *("-e", "end run"),
)


class ToolMissing(LookupError):
    """Nothing here opens it; the sentence names the variable to set."""

    def __init__(self, what: str, says: str) -> None:
        super().__init__(says)
        self.what = what


class Desktop(Record, frozen=True):
    """Where the person sits; `which` says where a program lies ("" = nowhere), `platform` is as of
    sys."""

    env: Mapping[str, str]
    platform: str
    which: Callable[[str], str]

    @property
    def mac(self) -> bool:
        """macOS opens things by its own `open`."""
        return self.platform == "darwin"

    @property
    def seen(self) -> bool:
        """Windows can be shown here."""
        return self.mac or any(self.env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def outside(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of what is opened: it is none of the thread's processes."""
    return {k: v for k, v in env.items() if k != "PORT" and not k.startswith("CC_")}


def editor(desk: Desktop, folder: str, chosen: str = "") -> tuple[str, ...]:
    """What opens the folder in `chosen`, $VISUAL, $EDITOR or an editor that is found; raises
    ToolMissing."""
    given = _given(desk, "editor", chosen, ("VISUAL", "EDITOR"))
    if given:
        argv = (*given, folder)
        name = os.path.basename(given[0])
        in_terminal = name in IN_TERMINAL or (name.startswith("emacs") and "-nw" in given)
        return terminal(desk, folder, argv) if in_terminal else argv
    found = _first(desk, EDITORS) if desk.seen else ""
    if found:
        return (found, folder)
    return (*_opener(desk, "editor", "set $VISUAL or $EDITOR to your editor"), folder)


def shell(desk: Desktop, folder: str, chosen: str = "") -> tuple[str, ...]:
    """What opens a terminal with the person's shell; to be started in the folder. Raises
    ToolMissing."""
    given = _terminal(desk, chosen)
    if given:
        return (*given, "start") if os.path.basename(given[0]) == "wezterm" else given
    return ("open", "-a", "Terminal", folder)


def terminal(
    desk: Desktop, folder: str, command: tuple[str, ...], chosen: str = ""
) -> tuple[str, ...]:
    """What runs `command` in a terminal, to be started in the folder. Raises ToolMissing."""
    given = _terminal(desk, chosen)
    if given:
        return (*given, *TERMINALS.get(os.path.basename(given[0]), ("-e",)), *command)
    return (*_MAC_RUNS, f"cd {shlex.quote(folder)} && exec {shlex.join(command)}")


def browser(desk: Desktop, port: int) -> tuple[str, ...]:
    """What shows http://127.0.0.1:`port`/, by $BROWSER or the platform's way. Raises
    ToolMissing."""
    url = f"http://127.0.0.1:{port}/"
    given = _given(desk, "browser", "", ("BROWSER",))
    if given:
        return (*given, url)
    return (*_opener(desk, "browser", "set $BROWSER to your browser"), url)


def _terminal(desk: Desktop, chosen: str) -> tuple[str, ...]:
    """Empty = macOS's own."""
    given = _given(desk, "terminal", chosen, ("TERMINAL",))
    if given or desk.mac:
        return given
    found = _first(desk, TERMINALS) if desk.seen else ""
    if not found:
        raise ToolMissing("terminal", f"no terminal {_where(desk)}: set $TERMINAL to yours")
    return (found,)


def _given(desk: Desktop, what: str, chosen: str, variables: tuple[str, ...]) -> tuple[str, ...]:
    """What the person has named, with an absolute program; empty = nothing."""
    named = [("the setting", chosen)] + [(f"${name}", desk.env.get(name, "")) for name in variables]
    for source, text in named:
        if not text.strip():
            continue
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ToolMissing(what, f"{source} cannot be read: {error}") from error
        found = desk.which(words[0])
        if not found:
            raise ToolMissing(what, f"{source} names {words[0]}, which is not on the PATH")
        return (found, *words[1:])
    return ()


def _opener(desk: Desktop, what: str, mend: str) -> tuple[str, ...]:
    if desk.mac:
        return ("open",)
    found = _first(desk, ("xdg-open", "wslview")) if desk.seen else ""
    if not found:
        raise ToolMissing(what, f"no {what} {_where(desk)}: {mend}")
    return (found,)


def _where(desk: Desktop) -> str:
    return "is found here" if desk.seen else "can be shown here, there is no display"


def _first(desk: Desktop, names: Iterable[str]) -> str:
    return next((found for name in names if (found := desk.which(name))), "")
