"""What holds for a thread, as the Policy tab shows it: each rule, its layer, and how firmly."""

from typing import Final, Literal

from commandcenter.core.base import Record
from commandcenter.core.events import Level
from commandcenter.rules.commands import Ruling

Layer = Literal["floor", "user", "operation", "thread", "grant"]
Binding = Literal["enforced", "checked", "advisory"]
"""enforced: the act cannot happen past us. checked: only where the agent asks us first.
advisory: words alone."""
Subject = Literal["command", "file", "calls"]


class Rule(Record, frozen=True):
    """One rule in force; `what` is the sentence for the player."""

    layer: Layer
    subject: Subject
    rule: str
    verdict: Ruling
    level: Level
    what: str
    binding: Binding = "advisory"


_FLOOR: Final = (
    Rule(
        "floor",
        "command",
        "floor",
        "deny",
        "R4",
        "commands that destroy, gain rights, force a push or reach the engine",
    ),
    Rule(
        "floor",
        "file",
        "outside",
        "deny",
        "R4",
        "files outside the workspace, and links that lead out of it",
    ),
    Rule(
        "floor",
        "file",
        "floor",
        "deny",
        "R4",
        "secrets, git's own files, agents' settings and shell start files",
    ),
)
_USER: Final = (
    Rule("user", "file", "read-in-scope", "allow", "R0", "reads inside the workspace"),
    Rule("user", "file", "write-in-scope", "allow", "R1", "writes inside the workspace"),
    Rule("user", "command", "exact-list", "allow", "R0", "the short exact list of commands"),
    Rule("user", "command", "not-listed", "ask", "R2", "commands that no rule lists"),
    Rule("user", "command", "unreadable", "ask", "R2", "lines that cannot be read for certain"),
    Rule("user", "command", "unknown-tool", "ask", "R2", "tools that no rule knows"),
    Rule("user", "command", "network", "ask", "R3", "commands that may leave this machine"),
)


def effective(driver: str, asks: str, routed: bool, success: str = "") -> tuple[Rule, ...]:
    """Floor and user layer on this kind of agent; `asks` as in its capabilities, `routed` = its
    model calls were seen to pass the gate."""
    found: tuple[Rule, ...] = (*_FLOOR, *_USER)
    if success:
        what = f"the operation's success command: {success}"
        found += (Rule("operation", "command", "success-command", "allow", "R0", what),)
    return tuple(bound(rule, driver, asks, routed) for rule in found)


def bound(rule: Rule, driver: str, asks: str, routed: bool) -> Rule:
    """The rule with how firmly it holds on this kind of agent (safety.md 3)."""
    binding: Binding = "advisory"
    if rule.subject == "calls":
        binding = "enforced" if routed else "advisory"
    elif driver == "native":
        binding = "enforced"
    elif asks in ("all", "some"):
        binding = "checked"
    return Rule(rule.layer, rule.subject, rule.rule, rule.verdict, rule.level, rule.what, binding)
