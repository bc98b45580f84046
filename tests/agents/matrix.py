"""The matrix agent x what held, generated into docs/agents.md between its two marks."""

from pathlib import Path

from field import AGENTS

ROWS = (
    "spawn",
    "stream",
    "approve",
    "deny",
    "pause 110 s",
    "pause 10 min",
    "resume",
    "freeze 20 s",
    "steer",
    "interrupt",
    "kill tree",
    "model change live",
    "budget stop",
    "exact metering",
    "hibernate and wake",
    "fork",
    "after kill -9 of the agent",
    "after kill -9 of the engine",
    "profile mine",
    "plan login",
)
BEGIN, END = "<!-- matrix -->", "<!-- end of matrix -->"
LATER: dict[str, str] = {}
"""Rows of a milestone to come."""


class Matrix:
    """What each cell said last."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._cells: dict[tuple[str, str], str] = {}

    def put(self, row: str, agent: str, outcome: str, cell: str) -> None:
        """The outcome of one test."""
        self._cells[row, agent] = (cell or "yes") if outcome == "passed" else "**no**"

    def write(self) -> None:
        """Into the page; a run of a few tests leaves it alone."""
        wanted = {(row, agent) for row in ROWS if row not in LATER for agent in AGENTS}
        if not wanted <= set(self._cells) or not self._page.exists():
            return
        text = self._page.read_text()
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        self._page.write_text(f"{before}{BEGIN}\n{self._table()}\n{END}{after}")

    def _table(self) -> str:
        lines = ["| | " + " | ".join(AGENTS) + " |", "|---" * (len(AGENTS) + 1) + "|"]
        for row in ROWS:
            cells = [LATER.get(row) or self._cells[row, agent] for agent in AGENTS]
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        return "\n".join(lines)
