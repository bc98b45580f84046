"""What the catalog says of a program in a terminal: its keys, and how its state is seen."""

import re
from re import Pattern
from typing import Literal

from commandcenter.core.base import AgentFailed, Record
from commandcenter.drivers.base import AgentSpec

START_S = 10.0
"""How long a program with an `idle` expression may take to its first prompt."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_KNOWN = frozenset(
    ("submit", "interrupt", "paste", "quiet_s", "start_s", "submit_s", "idle", "asks", "busy")
)


class Sight(Record, frozen=True):
    """What a program shows; `question` is the line with which it asks."""

    state: Literal["idle", "busy", "asks"]
    question: str = ""


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

    def sight(self, lines: str, since: int) -> Sight:
        """What it shows: the expression that matches last decides. `since` = where in `lines`
        begins what came after the last keys: older questions and signs of work are over."""
        asks = _last(self.asks, lines, since)
        found = {
            "idle": _last(self.idle, lines, 0),
            "busy": _last(self.busy, lines, since),
            "asks": asks,
        }
        newest = max(found, key=lambda name: found[name])
        if newest == "asks" and asks >= 0:
            start = lines.rfind("\n", 0, asks) + 1
            return Sight("asks", lines[start:].partition("\n")[0].strip())
        if newest == "busy" and found["busy"] >= 0:
            return Sight("busy")
        return Sight("idle" if self.idle is None or found["idle"] >= 0 else "busy")


def _last(expression: Pattern[str] | None, lines: str, since: int) -> int:
    """Where its last match begins, -1 = nowhere."""
    if expression is None:
        return -1
    return max((found.start() for found in expression.finditer(lines, since)), default=-1)


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
