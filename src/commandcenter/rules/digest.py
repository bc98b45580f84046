"""The short hand-over text of a thread (agents.md 5): from its entries alone, or a model's own.

Sections in a fixed order, plain text, at most 2,000 tokens. What agents and tools wrote stands in
indented or listed lines, so that none of it can be taken for a section.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, get_args

from commandcenter.core.base import Record
from commandcenter.core.codec import Entry
from commandcenter.core.events import (
    Answered,
    Asked,
    PlanChanged,
    SteerDelivered,
    SteerQueued,
    SteerWithdrawn,
    TextAdded,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from commandcenter.core.text import one_line, safe
from commandcenter.rules.planning import CLOSED

TOKENS: Final = 2_000
CHARS: Final = TOKENS * 4
TAIL: Final = 1_200
Section = Literal["GOAL", "DONE", "FILES", "TRIED AND FAILED", "OPEN", "LAST RESULT", "RULES"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
_ROOM: Final[dict[Section, int]] = {
    "GOAL": 2_200, "DONE": 1_500, "FILES": 800, "TRIED AND FAILED": 800, "OPEN": 600,
    "LAST RESULT": TAIL + 100, "RULES": 500,
}  # fmt: skip
"""Characters; with headings their sum stays under `CHARS`."""
_NONE: Final = "- none"
_OURS: Final = frozenset({"player", "steer", "queue"})
"""Triggers of prompts that are the player's words."""


class Told(Record, frozen=True):
    """What entries do not hold: `stat` = `git diff --stat` against the base; `rules` = lines."""

    goal: str = ""
    brief: str = ""
    stat: str = ""
    success: str = ""
    never: str = ""
    rules: tuple[str, ...] = ()


def digest(entries: Iterable[Entry], told: Told) -> str:
    """The digest of one thread by its entries, in their order. Never raises."""
    seen = _Seen()
    for entry in entries:
        seen.hear(entry)
    bodies: dict[Section, str] = {
        "GOAL": _goal(told, seen.said),
        "DONE": _newest(seen.done_lines(), _ROOM["DONE"]),
        "FILES": _files(told),
        "TRIED AND FAILED": _newest(seen.failed_lines(), _ROOM["TRIED AND FAILED"]),
        "OPEN": _newest(seen.open_lines(), _ROOM["OPEN"]),
        "LAST RESULT": _indented(_tail(seen.last), _ROOM["LAST RESULT"]),
        "RULES": _rules(told),
    }
    return _written(bodies)


def digest_prompt() -> str:
    """What the source's current model is asked, as one call without tools."""
    sections = "\n".join(
        (
            "GOAL\nwhat the work is for, and every fact and wish the person told you",
            "DONE\n- each fact found or thing done, with path:line and the call that shows it",
            "FILES\n- what was changed, file by file",
            "TRIED AND FAILED\n- what was tried, and why it failed",
            "OPEN\n- what is left to do, next thing first",
            "LAST RESULT\nthe last output that matters, word by word, at most 1,200 characters",
            "RULES\n- what must be kept to",
        )
    )
    return (
        "You hand this work over to another agent, which knows nothing of it but what you write"
        " now. Write the hand-over in exactly these seven sections, each heading on a line of its"
        " own, in this order, as plain text without Markdown, at most 1,500 words in all; where"
        " there is nothing to say write: none. Do not go on with the work and call no tool.\n\n"
        + sections
    )


def accept_digest(answer: str, told: Told | None = None) -> str:
    """A model's or the person's digest in our form; with `told`, FILES and RULES are ours.

    Raises ValueError with one sentence when a section is missing or it is too long.
    """
    if len(answer) > 4 * CHARS:
        raise ValueError(f"the digest has about {len(answer) // 4:,} tokens, at most {TOKENS:,}")
    bodies = _read(_unfenced(safe(answer.strip())))
    if not bodies["GOAL"].strip() or bodies["GOAL"].strip().lower() in ("none", _NONE):
        raise ValueError("the digest does not say what the goal is")
    if told is not None:
        bodies["FILES"], bodies["RULES"] = _files(told), _rules(told)
    text = _written(bodies)
    if len(text) > CHARS:
        raise ValueError(f"the digest has about {len(text) // 4:,} tokens, at most {TOKENS:,}")
    return text


class _Seen:
    """What a thread did, gathered entry by entry."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.last = ""
        self._started: dict[str, ToolStarted] = {}
        self._done: dict[str, str] = {}
        self._failed: dict[str, tuple[str, int]] = {}
        self._plan: tuple[tuple[str, str], ...] = ()
        self._waiting: dict[str, str] = {}
        self._asks: dict[int, str] = {}
        self._answer: tuple[int, int] = (-1, -1)

    def hear(self, entry: Entry) -> None:
        """One more entry; most kinds say nothing."""
        event = entry.event
        match event:
            case TurnStarted() if event.trigger in _OURS and event.prompt.strip():
                self.said.append(event.prompt)
            case TextAdded():
                place = (entry.stamp.turn, event.message)
                self.last = event.delta if place != self._answer else self.last + event.delta
                self._answer = place
            case ToolStarted():
                self._started[event.effect] = event
            case ToolEnded():
                self._ended(event)
            case TurnEnded() if event.stop not in ("end", "cancelled"):
                self._fail(f"turn {entry.stamp.turn} ended: {event.stop}", event.error)
            case _:
                self._stands(entry)

    def _stands(self, entry: Entry) -> None:
        event = entry.event
        match event:
            case PlanChanged():
                self._plan = event.items
            case SteerQueued():
                self._waiting[event.item] = event.note
            case SteerDelivered() | SteerWithdrawn():
                self._waiting.pop(event.item, None)
            case Asked():
                self._asks[event.ask] = event.line
            case Answered():
                self._asks.pop(event.ask, None)
            case _:
                pass

    def _ended(self, event: ToolEnded) -> None:
        started = self._started.pop(event.effect, None)
        call = event.call or (started.call if started else "")
        what = _what(started) if started else "a tool call"
        if event.status == "ok":
            self._failed.pop(what, None)
            if started is None or started.kind not in ("think", "other"):
                self._done.pop(what, None)  # the newest stands last
                self._done[what] = f"{_line(what, event.summary)} [{one_line(call, 40)}]"
        else:
            self._fail(what, event.summary or event.status)

    def _fail(self, what: str, why: str) -> None:
        _, times = self._failed.pop(what, ("", 0))
        self._failed[what] = (_line(what, why), times + 1)

    def done_lines(self) -> list[str]:
        """Plan items that are done, then calls that went well; the newest last."""
        items = [f"{_line(text, '')} (plan)" for text, state in self._plan if state in CLOSED]
        return items + list(self._done.values())

    def failed_lines(self) -> list[str]:
        """What failed and did not go well later; the newest last."""
        return [
            line if times == 1 else f"{line} ({times} times)"
            for line, times in self._failed.values()
        ]

    def open_lines(self) -> list[str]:
        """Plan items, texts that wait, questions, calls without an end."""
        lines = [_line(text, "") for text, state in self._plan if state not in CLOSED]
        lines += [_line("the person wrote", note) for note in self._waiting.values()]
        lines += [_line("asked", line) for line in self._asks.values()]
        return lines + [_line(_what(one), "its end is not known") for one in self._started.values()]


def _what(started: ToolStarted) -> str:
    paths = " ".join(path for path in started.paths if path not in started.title)
    return one_line(f"{started.title or started.name} {paths}".strip(), 160)


def _line(what: str, why: str) -> str:
    told = one_line(what, 200)
    return f"- {told}: {one_line(why, 200)}" if why.strip() else f"- {told}"


def _goal(told: Told, said: Sequence[str]) -> str:
    """Goal and brief whole where they fit, then what the player said, first and newest."""
    room = _ROOM["GOAL"]
    heads = [text.strip() for text in (told.goal, told.brief) if text.strip()]
    first = said[0].strip() if said else ""
    if first and not any(first in head for head in heads):
        heads.append(first)
    body = _indented("\n".join(dict.fromkeys(heads)), room - 600)
    later = [_line("said later", text) for text in said[1:]]
    more = _newest(later, room - len(body) - 1) if later else ""
    return f"{body}\n{more}" if more and body != _NONE else more or body


def _files(told: Told) -> str:
    return _indented(told.stat.rstrip(), _ROOM["FILES"])


def _rules(told: Told) -> str:
    lines = [_line("done when this succeeds", told.success)] if told.success else []
    if told.never:
        lines.append(_line("never optimise for (advisory)", told.never))
    return _newest([*lines, *(_line(rule, "") for rule in told.rules)], _ROOM["RULES"])


def _tail(text: str) -> str:
    told = text.strip()
    return told if len(told) <= TAIL else f"…{told[1 - TAIL :]}"


def _indented(text: str, room: int) -> str:
    """Every line two spaces in, cut at the end of `room` characters."""
    lines = safe(text, room).strip("\n").split("\n")
    body = "\n".join(f"  {line}".rstrip() for line in lines)
    return safe(body, room) if body.strip() else _NONE


def _newest(lines: Sequence[str], room: int) -> str:
    """The last lines that fit `room` characters, and how many stand before them."""
    kept: list[str] = []
    left = room - 30
    for line in reversed(lines):
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    over = len(lines) - len(kept)
    told = [f"- … {over:,} before these", *reversed(kept)] if over else list(reversed(kept))
    return "\n".join(told) or _NONE


def _written(bodies: dict[Section, str]) -> str:
    return "\n\n".join(f"{name}\n{bodies[name]}" for name in SECTIONS)


def _unfenced(text: str) -> str:
    found = re.fullmatch(r"```\w*\n(.*?)\n?```", text, re.S)
    return found[1] if found else text


def _read(text: str) -> dict[Section, str]:
    """The sections by name; each heading is looked for behind the one before it."""
    bodies: dict[Section, str] = {}
    wanted = list(SECTIONS)
    lines: list[str] = []
    for line in text.split("\n"):
        found = _heading(line, wanted[0]) if wanted else None
        if found is None:
            lines.append(line)
            continue
        _close(bodies, lines)
        bodies[wanted.pop(0)] = ""
        lines = [found] if found else []
    _close(bodies, lines)
    if wanted:
        raise ValueError(f"the digest has no section {wanted[0]}")
    return bodies


def _heading(line: str, name: Section) -> str | None:
    """What stands behind the heading on its line; None when this is none."""
    found = re.fullmatch(rf"(?:#+ +)?\**{name}\**[ \t]*(?::[* \t]*(.*))?", line)
    return (found[1] or "") if found else None


def _close(bodies: dict[Section, str], lines: Iterable[str]) -> None:
    """The lines belong to the section opened last; what stands before the first is dropped."""
    if bodies:
        bodies[list(bodies)[-1]] = "\n".join(_plain(lines)).strip("\n") or _NONE


def _plain(lines: Iterable[str]) -> Iterator[str]:
    """Lines without trailing space; one that reads like a heading is moved in."""
    for line in lines:
        bare = line.rstrip()
        yield f"  {bare}" if any(_heading(bare, name) is not None for name in SECTIONS) else bare
