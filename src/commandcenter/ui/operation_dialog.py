"""The dialog of a new operation: its fields, or a TOML file that has them."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from commandcenter.core.orders import Operation
from commandcenter.core.text import one_line
from commandcenter.rules.operation_file import OperationFields, read_operation
from commandcenter.ui.figures import number
from commandcenter.ui.form import Button, Cell, FormSheet
from commandcenter.ui.giver import Giver
from commandcenter.ui.screen import Screen

LARGEST = 200_000
KEY = "operation:new"
"""What the draft is kept under."""
SENT = "operation:sent"
"""The name that was sent last: its draft goes once the engine has made it."""
_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("name", "name", "line", "a word for the map"),
    ("repo", "repository", "line", "the folder of a repository"),
    ("base", "base branch", "line", "what it begins from; empty = its HEAD"),
    ("goal", "goal", "lines", "what all its threads are for"),
    ("success", "success command", "line", "exit 0 means that it is reached, e.g. pytest -q"),
    ("protected", "protected files", "line", "taken from the base when it runs, with commas"),
    ("accept", "trade-offs that are fine", "lines", "told in every brief"),
    ("never", "never optimise for", "lines", "told in every brief; advisory until rules hold it"),
    ("usd", "budget in $", "line", "no limit"),
    ("tokens", "budget in tokens", "line", "no limit"),
    ("ladder", "ladder", "line", "of models, for escalate and downgrade"),
    ("file", "or a TOML file", "line", "its path; Return fills the fields from it"),
)
_ROWS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("name", "repo", "base"), 40),
    (("goal",), 72),
    (("success", "protected"), 40),
    (("accept", "never"), 66),
    (("usd", "tokens", "ladder"), 40),
    (("file",), 40),
)
"""Fields side by side, and the row's height in px."""
_GAP = 10


class OperationDialog(FormSheet):
    """Nothing is made but by Mod+Return or its button."""

    title = "New operation"
    foot = "Tab: the next field \u00b7 Esc keeps what was typed"
    wide, tall = 860, 560
    needs = 338

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self._texts = dict.fromkeys((name for name, *_ in _FIELDS), "")
        self._wrong: dict[str, str] = {}
        self._said = ""
        self.at = "name"
        self._texts["repo"] = self._here = self._place()
        self._texts |= self._kept()

    def _place(self) -> str:
        """The repository that is open; else that of the one selected, or of any operation."""
        screen = self._screen
        head, operations = screen.active, list(screen.world.operations.values())
        mine = [head.repo] if head is not None else []
        root = str(screen.repository.get("root") or "")
        found = (root, *mine, *(one.repo for one in operations), str(screen.options.path or ""))
        return next((one for one in found if one), "")

    def _kept(self) -> dict[str, str]:
        lines = self._screen.drafts.get(KEY, "").split("\x1e")
        pairs = (line.partition("=") for line in lines if "=" in line)
        found = {name: text for name, _, text in pairs if name in self._texts}
        made = found.get("name", "").strip() in self._screen.world.operations
        return {} if made and self._sent(found) else found

    def _sent(self, texts: dict[str, str]) -> bool:
        """Are these what the button sent last?"""
        return self._screen.drafts.get(SENT, "") == texts.get("name", "")

    def closed(self) -> None:
        """What was typed stays, until there is the operation it was typed for."""
        kept = [f"{name}={text}" for name, text in self._texts.items() if text]
        own = any(
            text and (name, text) != ("repo", self._here) for name, text in self._texts.items()
        )
        self._screen.drafts[KEY] = "\x1e".join(kept) if own else ""

    def about(self) -> str:
        """What is wrong, or what it is for."""
        return self._said or "a goal on a repository: one sector of the map"

    # --- fields --------------------------------------------------

    def cells(self, width: int, height: int) -> Sequence[Cell]:
        """All of them."""
        found, y = [], 0
        spec = {name: (label, kind, hint) for name, label, kind, hint in _FIELDS}
        for names, tall in _ROWS:
            wide = (width + _GAP) // len(names) - _GAP
            for n, name in enumerate(names):
                label, kind, hint = spec[name]
                rect = (n * (wide + _GAP), y, wide, tall)
                found.append(
                    Cell(name, label, self._texts[name], rect,
                         "lines" if kind == "lines" else "line", hint, self._wrong.get(name, ""))
                )  # fmt: skip
            y += tall + 8
        return found

    def write(self, key: str, text: str) -> None:
        """A text; what was wrong with it is looked at anew."""
        self._texts[key], self._said = text, ""
        self._wrong.pop(key, None)

    def next(self, by: int) -> None:
        """Round and round; leaving the file's field reads it."""
        names = [name for row, _ in _ROWS for name in row]
        if self.at == "file" and by > 0 and self._texts["file"].strip():
            self._read_file()
            return
        self.at = names[(names.index(self.at) + by) % len(names)]

    def _read_file(self) -> None:
        path = Path(self._texts["file"].strip()).expanduser()
        try:
            with path.open(encoding="utf-8") as file:
                found = read_operation(file.read(LARGEST))
        except (OSError, UnicodeDecodeError) as error:
            self._wrong["file"] = one_line(str(error), 120)
            return
        except ValueError as error:
            self._wrong["file"] = one_line(str(error), 160)
            return
        self._filled(found)
        self._texts["file"], self.at = "", "name"
        self._said = f"read from {path.name}; nothing is made yet"

    def _filled(self, found: OperationFields) -> None:
        for name in self._texts:
            value = getattr(found, name, "")
            if value not in ("", None, ()):
                self._texts[name] = ", ".join(value) if isinstance(value, tuple) else str(value)

    # --- making it --------------------------------------------------

    def buttons(self) -> Sequence[Button]:
        """Make it."""
        return (Button("make", "Make it", "Mod+Return", strong=True),)

    def press(self, button: str) -> None:
        """Give the order, when the fields can be read."""
        self._wrong = self._faults()
        if self._wrong:
            self.at = next(iter(self._wrong))
            self._said = "nothing is made yet"
            return
        order, name = self._order(), self._texts["name"].strip()
        key = self._screen.key_of("thread.new")
        said = f"operation {name} is made; {key} starts its first thread"
        if self._giver.order(order, (), said):
            self._screen.drafts[SENT] = self._texts["name"]
            self._screen.selection.go_to(name)
            self._screen.close_sheet()

    def _faults(self) -> dict[str, str]:
        found, name = {}, self._texts["name"].strip()
        if not name:
            found["name"] = "it needs a name"
        elif name in self._screen.world.operations:
            found["name"] = "there is one of that name"
        if not self._texts["repo"].strip():
            found["repo"] = "it needs a repository"
        if self._texts["usd"].strip() and _usd(self._texts["usd"]) is None:
            found["usd"] = "an amount such as 2.50"
        if self._texts["tokens"].strip() and _tokens(self._texts["tokens"]) is None:
            found["tokens"] = "a count such as 500 k"
        return found

    def _order(self) -> Operation:
        text = {name: value.strip() for name, value in self._texts.items()}
        return Operation(
            text["name"],
            text["repo"],
            text["base"],
            text["goal"],
            _usd(text["usd"]),
            _tokens(text["tokens"]),
            text["success"],
            text["accept"],
            text["never"],
            text["ladder"],
            text["protected"],
        )


def _usd(text: str) -> Decimal | None:
    found = number(text.strip().removeprefix("$")) if text.strip() else None
    return Decimal(found) if found is not None and found > 0 else None


def _tokens(text: str) -> int | None:
    """`500 k`, `1.5 M`, `120000`; None = it is no count."""
    found = number(text) if text.strip() else None
    return int(found) if found is not None and found >= 1 else None
