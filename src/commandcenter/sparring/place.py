"""Where a script stands, read from the conversation alone: no memory between calls."""

import re
from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message, ToolResult
from commandcenter.sparring.chance import chance
from commandcenter.sparring.scenario import Scenario, Script, Step

ActRole = Literal["step", "floor", "command", "ask", "finish"]
Fits = Callable[[Step], bool]

MOST_JUMPS = 3
_FLOOR = re.compile(r"\W*(error\W+)?(denied|forbidden|refused) by (a |the )?rule\b", re.IGNORECASE)
_DENIED = re.compile(  # the second line: Codex
    r"\W*(error\W+)?((the )?(player|user|human|person)\W+(has\W+)?)?"
    r"(denied|refused|rejected|declined|not allowed|permission denied)\b"
    r"|(patch|exec_command failed: [^\n]*) ?\b(was )?rejected by user",
    re.IGNORECASE,
)
_LOST = re.compile(  # ours; Codex, opencode, Claude Code
    r"\W*(error\W+)?(cancelled|unknown|aborted|tool execution aborted"
    r"|the user doesn't want to (proceed|take this action))\b",
    re.IGNORECASE,
)


class Act(Record, frozen=True):
    """One answer of a script: a step of its file (`number` from 1) or one its behaviour adds."""

    step: Step
    role: ActRole = "step"
    number: int = 0


class Place(Record, frozen=True):
    """How far a conversation is; `position` counts the tool results since the script began."""

    script: Script
    acts: tuple[Act, ...]
    at: int = 0
    position: int = 0
    repeats: int = 0
    freed: bool = False
    jumps: int = 0
    gave_up: bool = False
    steer: str = ""
    heard: Literal["", "denied", "floor", "answer"] = ""
    onset: int | None = None

    @property
    def act(self) -> Act | None:
        """What comes next; None behind the finish."""
        return self.acts[self.at] if self.at < len(self.acts) else None

    @property
    def stuck(self) -> bool:
        """Does the script repeat itself now?"""
        script = self.script
        return script.behaviour == "stuck.repeat" and self.at == script.after and not self.freed


def acts_of(script: Script) -> tuple[Act, ...]:
    """A script's steps with what its behaviour puts between them, and the finish."""
    steps = [Act(step, "step", number) for number, step in enumerate(script.step, start=1)]
    added: list[Act] = []
    if script.behaviour == "risky":
        added = [_command(command, "floor") for command in script.tries]
        added.append(_command(script.command, "command"))
    elif script.behaviour == "question":
        args = {"question": script.question, "options": list(script.options)}
        added = [Act(Step(say="", tool="ask", args=args), "ask")]
    say = script.finish.say
    end = Act(Step(say=say, tool="finish", args={"summary": say}), "finish", len(script.step) + 1)
    return (*steps[: script.after], *added, *steps[script.after :], end)


def find_place(
    scenario: Scenario, script: Script, messages: tuple[Message, ...], seed: int, fits: Fits
) -> Place:
    """The place after all messages; the first one carries the brief and counts as nothing."""
    place = _settled(Place(script, acts_of(script)), fits)
    for message in messages[1:]:
        if message.role == "assistant":
            place = _said(place, message, fits)
        elif message.role == "user" and message.text.strip():
            place = _steered(scenario, place, message.text, seed)
        for result in message.results:
            place = _resulted(scenario, place, result)
        place = _settled(place, fits)
    return place


def _command(command: str, role: ActRole) -> Act:
    return Act(Step(tool="shell", args={"command": command}), role)


def _settled(place: Place, fits: Fits) -> Place:
    """Plans nobody can take are skipped; the moment a script turns bad is noted."""
    while place.act is not None and place.act.step.tool == "plan" and not fits(place.act.step):
        place = replace(place, at=place.at + 1)
    if place.stuck and place.onset is None:
        return replace(place, onset=place.position)
    return place


def _said(place: Place, message: Message, fits: Fits) -> Place:
    """An answer of words alone is a whole step only if the step had no tool to call."""
    place = replace(place, steer="", heard="")
    if message.tool_calls or place.act is None or (place.act.step.tool and fits(place.act.step)):
        return place
    return replace(place, at=place.at + 1)


def _resulted(scenario: Scenario, place: Place, result: ToolResult) -> Place:
    place = replace(place, position=place.position + 1)
    act = place.act
    if act is None or _LOST.match(result.text):
        return place  # a call that was broken off is taken again
    if place.stuck:
        repeats = place.repeats + 1
        return replace(place, repeats=repeats, gave_up=repeats >= place.script.limit)
    if _FLOOR.match(result.text):
        return replace(place, at=place.at + 1, heard="floor")
    if _DENIED.match(result.text) and act.role in ("step", "command"):
        return _jumped(scenario, replace(place, heard="denied"), place.script.on.denied, 1)
    if act.step.expect and act.step.expect not in result.text:
        if place.jumps >= MOST_JUMPS:
            return replace(place, gave_up=True)
        rule = act.step.otherwise or "ack_and_continue"
        return _jumped(scenario, replace(place, jumps=place.jumps + 1), rule, 1)
    heard: Literal["", "answer"] = "answer" if act.role == "ask" else ""
    return replace(place, at=place.at + 1, heard=heard)


def _steered(scenario: Scenario, place: Place, text: str, seed: int) -> Place:
    place = replace(place, steer=text, gave_up=False)
    if place.stuck and chance(seed, text, "yield") < place.script.give:
        place = replace(place, freed=True, at=place.at + 1)
    return _jumped(scenario, place, place.script.on.steer, 0)


def _jumped(scenario: Scenario, place: Place, rule: str, ahead: int) -> Place:
    """The place a reaction leads to; `ahead` is the way of one that only acknowledges."""
    kind, _, target = rule.partition(":")
    if kind == "goto":
        at = next(n for n, act in enumerate(place.acts) if act.number == int(target))
        return replace(place, at=at)
    if kind == "script":
        script = scenario.find(target)
        return replace(place, script=script, acts=acts_of(script), at=0, freed=False)
    return replace(place, at=place.at + ahead)
