"""What the catalog says of a program in a terminal: its keys, and how its state is seen."""

import re
from re import Pattern

from commandcenter.core.base import AgentFailed, Record
from commandcenter.drivers.base import AgentSpec

START_S = 10.0
"""How long a program with an `idle` expression may take to its first prompt."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_KNOWN = frozenset(
    ("submit", "interrupt", "paste", "quiet_s", "start_s", "submit_s", "idle", "asks", "busy")
)


class Signs(Record, frozen=True):
    """Quirks of a terminal agent. `submit` and `interrupt` are keys as a TOML string writes them;
    `paste` = auto (if the program asked for it), always, never; `quiet_s`: without output for so
    long it is taken as waiting; `submit_s` between a text and its submit key."""

    submit: str = "\r"
    interrupt: str = "\x03"
    paste: str = "auto"
    quiet_s: float = 1.5
    start_s: float = START_S
    submit_s: float = 0.05
    idle: Pattern[str] | None = None
    asks: Pattern[str] | None = None
    busy: Pattern[str] | None = None

    def keys(self, text: str, *, pasted: bool) -> bytes:
        """The keys that type `text`, without the submit key: no control character of it passes."""
        clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if self.paste == "always" or (self.paste == "auto" and pasted):
            return f"\x1b[200~{clean}\x1b[201~".encode()
        return clean.replace("\n", self.submit).encode()

    def says_idle(self, lines: str) -> bool:
        """It shows its prompt, and no sign of work."""
        if self.busy is not None and self.busy.search(lines):
            return False
        return self.idle is None or self.idle.search(lines) is not None

    def question(self, lines: str) -> str:
        """The line with which it asks the person something, empty when it does not."""
        found = self.asks.search(lines) if self.asks is not None else None
        if found is None:
            return ""
        start = lines.rfind("\n", 0, found.start()) + 1
        return lines[start:].partition("\n")[0].strip()


def signs(agent: AgentSpec) -> Signs:
    """Its quirks. Raises AgentFailed(unsupported) that names the quirk."""
    given = agent.quirks
    if unknown := sorted(set(given) - _KNOWN):
        raise AgentFailed("unsupported", f"{agent.id}: unknown quirk {unknown[0]}")
    made: dict[str, object] = {}
    for name, text in given.items():
        try:
            made[name] = _value(name, text)
        except (ValueError, re.error) as error:
            raise AgentFailed("unsupported", f"{agent.id}: quirk {name}: {error}") from error
    return Signs(**made)  # type: ignore[arg-type]  # each is made to its field's type


def _value(name: str, text: str) -> object:
    if name.endswith("_s"):
        return max(0.0, float(text))
    if name in ("idle", "asks", "busy"):
        return re.compile(text, re.MULTILINE)
    return text
