"""`[[sparring script=ID seed=N key=value ...]]`: which script a conversation plays, and how."""

import re

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import Message
from commandcenter.sparring.chance import chance
from commandcenter.sparring.scenario import Faults, Knobs, Scenario, Script, overridden

_DIRECTIVE = re.compile(r"\[\[sparring\s+([^\]]*)\]\]")
_OWN = ("after", "limit", "yield", "command", "burst_s", "every_s", "at", "times")


class Part(Record, frozen=True):
    """The script of a conversation with everything that changes it, from message `start` on."""

    script: Script
    seed: int
    knobs: Knobs
    faults: Faults
    start: int


def cast_part(scenario: Scenario, messages: tuple[Message, ...]) -> Part:
    """Directive in the newest user text that has one, in the system text, else by weights.

    Raises ValueError for an unknown script or key.
    """
    pairs, start = _directive(messages)
    script_id = pairs.pop("script", "") or _drawn(scenario, first_user_text(messages))
    try:
        script = scenario.find(script_id)
    except KeyError:
        raise ValueError(f"sparring: no script {script_id!r}") from None
    seed = _number(pairs.pop("seed", str(scenario.seed)))
    return _changed(scenario, Part(script, seed, scenario.knobs, scenario.faults, start), pairs)


def first_user_text(messages: tuple[Message, ...]) -> str:
    """What the conversation began with; "" without a user message."""
    return next((message.text for message in messages if message.role == "user"), "")


def _directive(messages: tuple[Message, ...]) -> tuple[dict[str, str], int]:
    """The newest directive's keys and the index of the message the script counts from."""
    users = [n for n, message in enumerate(messages) if message.role == "user"]
    for n in reversed(users):
        if found := _DIRECTIVE.findall(messages[n].text):
            return _pairs(found[-1]), n
    start = users[0] if users else 0
    for message in messages:
        if message.role == "system" and (found := _DIRECTIVE.findall(message.text)):
            return _pairs(found[-1]), start
    return {}, start


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"sparring: {word!r} is no key=value")
        pairs[key] = value
    return pairs


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"sparring: seed={text} is no number") from None


def _changed(scenario: Scenario, part: Part, pairs: dict[str, str]) -> Part:
    knobs: dict[str, object] = dict(part.script.knobs)
    faults: dict[str, object] = dict(part.script.faults)
    own: dict[str, object] = {}
    for key, value in pairs.items():
        if key in Knobs.__struct_fields__:
            knobs[key] = _range(value) if key == "ttft_ms" else value
        elif key in Faults.__struct_fields__:
            faults[key] = value
        elif key in _OWN:
            own[key] = value
        else:
            raise ValueError(f"sparring: unknown key {key!r}")
    return msgspec.structs.replace(
        part,
        script=_with_own(part.script, own) if own else part.script,
        knobs=overridden(scenario.knobs, knobs),
        faults=overridden(scenario.faults, faults),
    )


def _with_own(script: Script, own: dict[str, object]) -> Script:
    """The script with some of its behaviour's keys replaced, their types checked."""
    tree = msgspec.to_builtins(script)
    try:
        return msgspec.convert({**tree, **own}, Script, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"sparring: {error}") from None


def _range(value: str) -> tuple[str, str]:
    low, _, high = value.partition("..")
    return low, high or low


def _drawn(scenario: Scenario, text: str) -> str:
    """A script of the cast by weight; the first script when there is no cast."""
    weights = [(line.script, line.count) for line in scenario.cast]
    if not weights:
        return scenario.script[0].id if scenario.script else ""
    place = chance(text, scenario.seed) * sum(count for _, count in weights)
    for script, count in weights:
        place -= count
        if place < 0:
            return script
    return weights[-1][0]
