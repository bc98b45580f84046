"""The first page: the repository, what was found, what is missing, and three ways on."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from commandcenter.core.base import Record
from commandcenter.core.text import line
from commandcenter.ui.paint import Ink, Plate
from commandcenter.ui.panel import Item, Panel
from commandcenter.ui.templates import LOGINS, accounts, drivable
from commandcenter.ui.theme import BOLD, HEADING, SEMIBOLD, Style

ADD = "commandcenter accounts add "
_KINDS = (
    ("Ollama on this machine", "local --kind ollama --url http://127.0.0.1:11434 --model M"),
    ("OpenAI-compatible", "mine --kind chat --url https://api.openai.com/v1 --model M --key"),
    ("Anthropic", "claude --kind anthropic --url https://api.anthropic.com --model M --key"),
)
_PRACTICE = "Mod+G"
WAYS = {
    "Return": "composer.open",
    "Mod+Shift+N": "thread.new_list",
    "Mod+K": "operation.new",
    _PRACTICE: "start.skirmish",
}
"""What a click on a way on does: the same as its key."""


class Found(Record, frozen=True):
    """One row: a sign, what it is, what is known of it."""

    glyph: str
    color: str
    name: str
    detail: str


class FirstPage(Record, frozen=True):
    """What the first page shows; `ways` = (key, what it does)."""

    title: str = ""
    detail: str = ""
    trouble: str = ""
    rows: tuple[Found, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()


def first_page(repository: dict[str, Any], found: dict[str, Any], skirmish: bool) -> FirstPage:
    """The page from the engine's answers `repository` and `found`."""
    usable = bool(repository.get("root"))
    agents = any(drivable(one, found) for one in found.get("agents", []))
    able = bool(accounts(found)) or agents
    ways = []
    if usable and able:
        ways.append(("Return", "start a thread with the brief below; Tab in it: another agent"))
    if able:
        ways.append(("Mod+Shift+N", "start one thread for each line of a list"))
    if usable:
        ways.append(
            ("Mod+K", "New operation, in the palette: a goal with its success command and budget")
        )
    if skirmish:
        ways.append((_PRACTICE, "the skirmish: 24 practice loops on a sample repository, no key"))
    return FirstPage(
        _title(repository), _detail(repository), _trouble(repository), _rows(found), tuple(ways)
    )


def _title(repository: dict[str, Any]) -> str:
    root = str(repository.get("root") or "")
    return line(root.rpartition("/")[2], 60) if root else "No repository"


def _detail(repository: dict[str, Any]) -> str:
    if not repository.get("root"):
        return ""
    dirty = int(repository.get("dirty", 0))
    branch = str(repository.get("branch") or "detached")
    commits = int(repository.get("commits", 0))
    files = "1 changed file" if dirty == 1 else f"{dirty} changed files"
    parts = [
        f"branch {branch}",
        f"{files}, which threads do not see" if dirty else "clean",
        "1 commit" if commits == 1 else f"{commits} commits",
        str(repository["root"]),
    ]
    return line(" · ".join(parts), 160)


def _trouble(repository: dict[str, Any]) -> str:
    why = str(repository.get("why") or "")
    if repository.get("root"):
        return ""
    if not repository:
        return "No folder was named: commandcenter PATH opens a repository."
    remedy = str(repository.get("remedy") or "")
    return line(f"This folder cannot be used: {why}" + (f"; {remedy}" if remedy else ""), 200)


def _rows(found: dict[str, Any]) -> tuple[Found, ...]:
    rows = [Found("done", "run", f"account {one['id']}", _account(one)) for one in accounts(found)]
    known = {one["id"] for one in accounts(found)}
    for offer in found.get("offers", []):
        if offer.get("id") not in known:
            rows.append(_offer(offer))
    for agent in found.get("agents", []):
        rows.append(_agent(agent, found))
    if found.get("trouble"):
        rows.append(Found("failed", "err", "accounts", line(str(found["trouble"]), 140)))
    if not accounts(found) and not any(row.glyph == "done" for row in rows):
        rows.append(
            Found("needs", "wait", "no account yet", "add one in a shell, then press Esc here:")
        )
        rows += [Found("idle", "mid", name, ADD + rest) for name, rest in _KINDS]
    return tuple(rows[:12])


def _agent(agent: dict[str, Any], found: dict[str, Any]) -> Found:
    """An agent on this machine: its version, and whether it brings a login of its own."""
    name = str(agent.get("name", ""))
    can = drivable(agent, found)
    parts = [str(agent.get("version", "")), str(agent.get("path", ""))]
    if name in LOGINS and can:
        parts.append("login asked for once, or a key")
    elif not can:
        parts.append("not driven by this engine")
    detail = line(" · ".join(part for part in parts if part), 120)
    return Found("done" if can else "idle", "run" if can else "mid", f"agent {name}", detail)


def _account(one: dict[str, Any]) -> str:
    parts = [one.get("kind", ""), one.get("base_url", ""), one.get("model") or "no default model"]
    return line(" · ".join(str(part) for part in parts if part), 120)


def _offer(offer: dict[str, Any]) -> Found:
    where = f"--kind {offer.get('kind')} --url {offer.get('base_url')}"
    add = f"accounts add {offer.get('id')} {where} --model M"
    if str(offer.get("key_ref", "")).startswith("env:"):
        return Found("waiting", "mid", f"key {offer['key_ref'][4:]}", line(add + " --key", 140))
    return Found("waiting", "mid", f"local server {offer.get('id')}", line(add, 140))


class FirstRunPanel(Panel):
    """Paints a `FirstPage` in the map's place."""

    def __init__(self, ink: Ink, parent: QWidget) -> None:
        super().__init__(ink, "start", parent)
        self.page = FirstPage()
        self.mod = "Ctrl"
        self.on_way: Callable[[str], None] = lambda action: None
        self._places: list[tuple[str, QRect]] = []

    def show_page(self, page: FirstPage) -> None:
        """Show another page."""
        self.page = page
        self.show_view(page)

    def draw(self, painter: QPainter) -> None:
        """Repository, what was found, the ways on."""
        page, panel = self.page, self.rect()
        self._places = []
        width = min(self.width() - 64, 820)
        x = (self.width() - width) // 2
        step = 24 if self.low else 30
        tall = 92 + len(page.rows) * step + 60 + len(page.ways) * (step + 2)
        y = max((self.height() - tall) // 2, 16)
        self.ink.put(painter, QRect(x, y, width, 26), page.title, Style(18, "fg", BOLD), panel)
        text = page.trouble or page.detail
        style = Style(12, "fg" if page.trouble else "mid")
        self.ink.put(painter, QRect(x, y + 28, width, 20), text, style, panel)
        y = self._section(painter, "found", QRect(x, y + 62, width, 20))
        for row in page.rows:
            self._row(painter, row, QRect(x, y, width, step - 4))
            y += step
        y = self._section(painter, "ways on", QRect(x, y + 16, width, 20))
        for key, words in page.ways:
            self._way(painter, key, words, QRect(x, y, width, step))
            y += step + 2

    def _section(self, painter: QPainter, name: str, rect: QRect) -> int:
        self.ink.put(painter, rect, name.upper(), HEADING, self.rect())
        return rect.bottom() + 6

    def _row(self, painter: QPainter, row: Found, rect: QRect) -> None:
        self.ink.plate(painter, rect, Plate("panel2", "edge", 5))
        spot = QRect(rect.x() + 10, rect.center().y() - 6, 13, 13)
        self.ink.glyph(painter, f"state:{row.glyph}", spot, row.color)
        name = QRect(rect.x() + 34, rect.y(), 200, rect.height())
        self.ink.put(painter, name, row.name, Style(12, "fg", SEMIBOLD), rect)
        detail = QRect(rect.x() + 240, rect.y(), rect.width() - 250, rect.height())
        self.ink.put(painter, detail, row.detail, Style(11, "mid"), rect)

    def _way(self, painter: QPainter, key: str, words: str, rect: QRect) -> None:
        shown = key.replace("Mod", self.mod)
        self.ink.keycap(painter, rect.x(), rect.center().y() - 7, shown)
        text = QRect(rect.x() + 110, rect.y(), rect.width() - 110, rect.height())
        self.ink.put(painter, text, words, Style(12, "mid"), rect)
        self._places.append((WAYS[key], rect))

    def items(self) -> list[Item]:
        """The ways on."""
        ways = zip(self._places, self.page.ways, strict=False)
        return [
            Item(action, words, rect, partial(self.on_way, action))
            for (action, rect), (_, words) in ways
        ]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A way on was clicked."""
        at = event.position().toPoint()
        for action, rect in self._places:
            if rect.contains(at) and event.button() == Qt.MouseButton.LeftButton:
                self.on_way(action)
                return
