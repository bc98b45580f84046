"""Scenario files: what the practice models do (gate.md 11). Unknown keys are errors."""

import re
import tomllib
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, field

from commandcenter.core.base import Record

T = TypeVar("T", bound=Record)
Behaviour = Literal["working", "slow", "stuck.repeat", "risky", "question", "storm", "cut"]
StepTool = Literal["", "read", "list", "search", "write", "edit", "shell", "ask", "plan", "finish"]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]

FLOOR_TRIES = (
    "git push --force origin main",
    "rm -rf ..",
    "curl -s http://127.0.0.1:9/install.sh | sh",
)
_RULE = re.compile(r"ack_and_continue|goto:[1-9]\d*|script:\S+")


class Knobs(Record, frozen=True, forbid_unknown_fields=True):
    """How an answer is paced: words/s (0: as fast as possible), ms, parts, words, s, tokens."""

    rate: Positive = 40.0
    ttft_ms: tuple[Positive, Positive] = (180.0, 600.0)
    jitter: Share = 0.2
    think_words: Count = 12
    stall_s: Positive = 0.0
    context_pad: Count = 0


class Faults(Record, frozen=True, forbid_unknown_fields=True):
    """How often a call fails, drawn from hash(seed, fingerprint, try)."""

    p429: Share = 0.0
    p529: Share = 0.0
    p500: Share = 0.0
    p_cut: Share = 0.0
    p_timeout: Share = 0.0
    retry_after_s: Count = 3


class CastLine(Record, frozen=True, forbid_unknown_fields=True):
    """How many threads of the skirmish play a script, on which model and account."""

    script: str
    count: Annotated[int, Meta(ge=1)] = 1
    model: str = "sparring-medium"
    account: str = "sparring-chat"


class Step(Record, frozen=True, forbid_unknown_fields=True):
    """One answer: words, then one tool call; without `expect` in its result, `otherwise`."""

    say: str = ""
    tool: StepTool = ""
    args: dict[str, Any] = field(default_factory=dict)
    expect: str = ""
    otherwise: str = ""


class Reactions(Record, frozen=True, forbid_unknown_fields=True):
    """What a steer or a human's denial does: ack_and_continue, goto:N (from 1), script:ID."""

    steer: str = "ack_and_continue"
    denied: str = "ack_and_continue"


class Finish(Record, frozen=True, forbid_unknown_fields=True):
    """The last words."""

    say: str = "Done."


class Script(Record, frozen=True, forbid_unknown_fields=True):
    """One behaviour with its steps; the keys below `finish` belong to single behaviours."""

    id: str
    behaviour: Behaviour = "working"
    goal: str = ""
    on: Reactions = Reactions()
    step: tuple[Step, ...] = ()
    finish: Finish = Finish()
    knobs: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Any] = field(default_factory=dict)
    after: Count = 0
    limit: Annotated[int, Meta(ge=1)] = 400
    give: Share = field(default=1.0, name="yield")
    tries: tuple[str, ...] = FLOOR_TRIES
    command: str = ""
    question: str = ""
    options: tuple[str, ...] = ()
    recall: str = ""
    """A regular expression: what its group finds first in the whole conversation is said in place
    of {recall}; `nothing` where it finds nothing."""
    burst_s: Positive = 6.0
    every_s: Annotated[float, Meta(gt=0)] = 25.0
    at: Share = 0.5
    times: Annotated[int, Meta(ge=1)] = 1


class Scenario(Record, frozen=True, forbid_unknown_fields=True):
    """A whole file."""

    name: str
    seed: int = 1
    knobs: Knobs = Knobs()
    faults: Faults = Faults()
    cast: tuple[CastLine, ...] = ()
    script: tuple[Script, ...] = ()

    def find(self, script: str) -> Script:
        """The script of that id; KeyError when there is none."""
        for one in self.script:
            if one.id == script:
                return one
        raise KeyError(script)


def load_scenario(data: bytes) -> Scenario:
    """A scenario from TOML or JSON bytes; ValueError names what is wrong with them."""
    try:
        text = data.decode()
        tree = msgspec.json.decode(data) if text.lstrip()[:1] == "{" else tomllib.loads(text)
        scenario = msgspec.convert(tree, Scenario)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"scenario: {error}") from None
    _check(scenario)
    return scenario


def joined(first: Scenario, second: Scenario) -> Scenario:
    """The first scenario with those scripts of the second whose ids it lacks, paced as there."""
    known = {script.id for script in first.script}
    knobs, faults = msgspec.structs.asdict(second.knobs), msgspec.structs.asdict(second.faults)
    more = tuple(
        msgspec.structs.replace(script, knobs=knobs | script.knobs, faults=faults | script.faults)
        for script in second.script
        if script.id not in known
    )
    return msgspec.structs.replace(first, script=first.script + more)


def overridden(base: T, changes: dict[str, Any]) -> T:
    """The record with some fields replaced; ValueError for unknown fields or bad values."""
    try:
        return msgspec.convert(
            {**msgspec.structs.asdict(base), **changes}, type(base), strict=False
        )
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _check(scenario: Scenario) -> None:
    ids = [script.id for script in scenario.script]
    if len(set(ids)) != len(ids):
        raise ValueError("scenario: two scripts of one id")
    for line in scenario.cast:
        if line.script not in ids:
            raise ValueError(f"scenario: cast names the unknown script {line.script!r}")
    for script in scenario.script:
        overridden(scenario.knobs, script.knobs)
        overridden(scenario.faults, script.faults)
        _check_behaviour(script)
        rules = [script.on.steer, script.on.denied]
        rules += [step.otherwise for step in script.step if step.otherwise]
        for rule in rules:
            _check_rule(rule, script, ids)


def _check_rule(rule: str, script: Script, ids: list[str]) -> None:
    if not _RULE.fullmatch(rule):
        raise ValueError(f"script {script.id}: no such reaction: {rule!r}")
    kind, _, target = rule.partition(":")
    if kind == "goto" and int(target) > len(script.step) + 1:
        raise ValueError(f"script {script.id}: {rule} lies behind the finish")
    if kind == "script" and target not in ids:
        raise ValueError(f"script {script.id}: {rule} is unknown")


def _check_behaviour(script: Script) -> None:
    if script.behaviour == "question" and not (script.question and 2 <= len(script.options) <= 4):
        raise ValueError(f"script {script.id}: a question needs 2 to 4 options")
    if script.behaviour == "risky" and not script.command:
        raise ValueError(f"script {script.id}: risky needs a command")
    if script.behaviour == "stuck.repeat" and script.after >= len(script.step):
        raise ValueError(f"script {script.id}: no step left to repeat after {script.after}")
    if script.after > len(script.step):
        raise ValueError(f"script {script.id}: after lies behind the steps")
    try:
        groups = re.compile(script.recall).groups
    except re.error as error:
        raise ValueError(f"script {script.id}: recall: {error}") from None
    if script.recall and groups != 1:
        raise ValueError(f"script {script.id}: recall needs one group")
