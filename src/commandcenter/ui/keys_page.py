"""Keys changed one by one, with the check shown at once; a profile imported after its diff."""

from collections.abc import Sequence
from pathlib import Path

from commandcenter.config.private import LARGEST
from commandcenter.core.text import line
from commandcenter.hud import palette, profiles
from commandcenter.hud.keymap import Chord
from commandcenter.hud.profiles import Profile
from commandcenter.ui.comfort import Settings
from commandcenter.ui.screen import Screen
from commandcenter.ui.sheet import Choice, Sheet


class KeysPage(Sheet):
    """A list of all actions; Return waits for the new key, Shift+Return takes the base's again."""

    opener = "settings.keys"
    title = "Change a key"
    hint = "find an action"
    foot = "Return, then the new key · Shift+Return: as shipped · Esc: back"

    def __init__(self, screen: Screen, settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self._typed = ""
        self._action = ""
        """The one that waits for its key."""
        self._said = ""
        self._shown: list[palette.Find] = []

    def choices(self) -> Sequence[Choice]:
        """All actions with their keys; the player's own stand in accent."""
        own = self._settings.profile.bind
        finds = [
            palette.Find("action", action.id, palette.title(action.id), action.help, key)
            for action in self._screen.keymap.actions.values()
            for key in [" ".join(key.text() for key in action.keys)]
        ]
        self._shown = palette.ranked(finds, self._typed, 400)
        return [
            Choice(
                find.name,
                "press the new key; Esc keeps" if find.id == self._action else find.note,
                find.key.partition(" ")[0],
                id=find.id,
                tone="accent" if find.id in own else "fg",
            )
            for find in self._shown
        ]

    def about(self) -> str:
        """What came of it."""
        return self._said or f"profile {self._settings.profile.name}"

    def typed(self, text: str) -> None:
        """Find by name."""
        self._typed, self._said = text, ""

    def chosen(self, index: int) -> None:
        """Wait for the new key."""
        self._action = self._shown[index].id
        self._said = f"{palette.title(self._action)}: press its new key"
        self.grabs = True

    def other(self, index: int) -> None:
        """The base's own keys again."""
        action = self._shown[index].id
        self._take(profiles.as_shipped(self._settings.profile, action))

    def pressed(self, chord: Chord) -> bool:
        """The new key, while one is waited for."""
        if not self._action:
            return False
        action, self._action, self.grabs = self._action, "", False
        if chord.text() == "Esc":
            self._said = "kept as it was"
            return True
        self._take(profiles.rebound(self._settings.profile, action, (chord.text(),)))
        return True

    def _take(self, profile: Profile) -> None:
        """Use it when nothing collides; else say what does."""
        old = self._screen.keymap
        found = self._settings.keep_keys(profile)
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            self._said = f"not taken: {found[0]}{more}"
            return
        self._screen.keymap = self._settings.keymap()
        self._screen.on_comfort()
        lines = profiles.diff(old, self._screen.keymap) or ["nothing changed"]
        self._said = "; ".join([*lines, *self._warnings()])

    def _warnings(self) -> list[str]:
        """What the check says of the player's own keys that is no error."""
        own = self._settings.profile.bind
        found = profiles.problems(self._screen.keymap)
        return [problem.line for _, problem in found if any(name in problem.line for name in own)]


class ImportPage(Sheet):
    """A path, then what would change; only Return on the first line writes."""

    opener = "settings.import"
    title = "Import a profile"
    hint = "path of a keys.toml"
    foot = "nothing is written before Return on the first line · Esc: back"
    empty = ""

    def __init__(self, screen: Screen, settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self._found: Profile | None = None
        self._lines: list[str] = []
        self._said = "type or paste the path"

    def about(self) -> str:
        """What is wrong with the file, or how much it changes."""
        return self._said

    def typed(self, text: str) -> None:
        """Read the file as soon as there is one."""
        self._found, self._lines = None, []
        path = Path(text.strip()).expanduser()
        if not text.strip() or not path.is_file():
            self._said = "no such file" if text.strip() else "type or paste the path"
            return
        try:
            with path.open("rb") as file:
                found = profiles.read(file.read(LARGEST).decode())
            table = self._settings.keymap(found)
        except (OSError, ValueError) as error:
            self._said = line(str(error), 160)
            return
        wrong = profiles.errors(table)
        self._lines = profiles.diff(self._screen.keymap, table)
        unknown = f", {len(table.unknown)} unknown ids kept" if table.unknown else ""
        self._said = f"collides: {wrong[0]}" if wrong else f"{len(self._lines)} changes{unknown}"
        self._found = None if wrong else found

    def choices(self) -> Sequence[Choice]:
        """First the line that writes, then the diff."""
        if self._found is None:
            return [Choice(one) for one in self._lines]
        first = Choice(f"Write these {len(self._lines)} changes", tone="accent", key="Return")
        return [first, *(Choice(one) for one in self._lines)]

    def chosen(self, index: int) -> None:
        """Write on the first line only."""
        if self._found is None or index:
            return
        self._settings.keep_keys(self._found)
        self._screen.keymap = self._settings.keymap()
        self._screen.on_comfort()
        self._said = f"keys: {self._found.name}"
        self._found, self._lines = None, []
