"""What a result is called where it lands: commit messages, and a pull request's title and body."""

from typing import Final

from commandcenter.core.base import Record
from commandcenter.core.shaping import Critique, Verdict
from commandcenter.core.text import one_line, safe

TITLE: Final = 72
"""Characters of a commit's first line."""
BODY: Final = 8_000
LISTED: Final = 30
"""Files that a body names."""


class Result(Record, frozen=True):
    """A thread's result; `current` = the verdict is of what lands."""

    thread: int
    name: str
    brief: str
    goal: str = ""
    agent: str = ""
    model: str = ""
    files: tuple[str, ...] = ()
    verdict: Verdict | None = None
    current: bool = False
    critique: Critique | None = None


def title(result: Result) -> str:
    """The thread's name with the first words of its brief, at most 72 characters."""
    first = next((line for line in result.brief.splitlines() if line.strip()), "")
    words = one_line(first, 200)
    if not words or words.lower().startswith(result.name.lower().replace("-", " ")):
        return one_line(words or result.name, TITLE)
    return one_line(f"{result.name}: {words}", TITLE)


def message(result: Result) -> str:
    """A commit's message: title, what was asked, what was verified, by whom it is."""
    return "\n\n".join((title(result), _asked(result), _checked(result), _trailer(result)))


def draft_body(result: Result) -> str:
    """A pull request's text, for the person to edit."""
    parts = [_asked(result)]
    if result.files:
        more = len(result.files) - LISTED
        listed = [f"- {one_line(path, 200)}" for path in result.files[:LISTED]]
        if more > 0:
            listed.append(f"- and {more} more")
        parts.append("Changed:\n" + "\n".join(listed))
    parts.append(_checked(result))
    return "\n\n".join(parts)


def divided(text: str) -> tuple[str, str]:
    """Title and body of what the person typed."""
    first, _, rest = text.strip().partition("\n")
    return one_line(first, 250), rest.strip()


def _asked(result: Result) -> str:
    return safe((result.goal or result.brief).strip(), BODY) or "-"


def _checked(result: Result) -> str:
    """What is known of it, and nothing more."""
    seen = result.verdict
    if seen is None:
        lines = ["No success command has been run on it."]
    elif not result.current:
        lines = [f"Not verified as it stands; last: {_said(seen)}"]
    else:
        lines = [f"Verified: {_said(seen)}"]
    if result.critique is not None and result.critique.verdict != "none":
        judged = result.critique
        lines.append(f"{one_line(judged.model, 80)} says {judged.verdict}: {judged.line}")
    return "\n".join(lines)


def _said(verdict: Verdict) -> str:
    word = "green" if verdict.green else verdict.result
    return one_line(f"`{verdict.command}` is {word}: {verdict.line}", 400)


def _trailer(result: Result) -> str:
    who = " ".join(part for part in (result.agent, result.model) if part)
    return f"Commandcenter-Thread: #{result.thread} {one_line(result.name, 60)} ({who or 'agent'})"
