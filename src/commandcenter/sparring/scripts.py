"""Conversation in, answer out: what a practice model says. Pure."""

import re
from typing import Any, Literal

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import ToolCall
from commandcenter.sparring.arguments import Fitted, Offer, fit, value_for
from commandcenter.sparring.chance import between, chance, digest
from commandcenter.sparring.directive import Part, cast_part
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.place import Place, find_place
from commandcenter.sparring.planning import drawn_up
from commandcenter.sparring.scenario import Faults, Knobs, Scenario, Step

SLOW_WORDS = 24
SLOW_ANSWER_S = 14.0
_TITLES = (
    "Small fix in tally",
    "Reading the failing test",
    "Bookkeeping code, short task",
    "Tidy up one module",
)
_ACKS = ("Understood", "All right", "Noted", "Got it")


class Storm(Record, frozen=True):
    """`times` bursts of refusals, `burst_s` long, one every `every_s` after its first call."""

    burst_s: float
    every_s: float
    times: int


class Cut(Record, frozen=True):
    """The connection drops at this part of the answer, in the first `times` tries."""

    at: float
    times: int


class Answer(Record, frozen=True):
    """What is said, how fast, and what the log shall know about it."""

    text: str
    call: ToolCall | None
    knobs: Knobs
    faults: Faults
    seed: int
    script: str
    position: int = 0
    onset: int | None = None
    longest_s: float | None = None
    storm: Storm | None = None
    cut: Cut | None = None

    @property
    def stop(self) -> Literal["end", "tools"]:
        """Why the answer ends."""
        return "tools" if self.call else "end"


def answer_to(scenario: Scenario, inquiry: Inquiry) -> Answer:
    """The answer of the script that this conversation plays.

    Raises ValueError for a directive that names an unknown script or key.
    """
    part = cast_part(scenario, inquiry.messages)
    if inquiry.compacted or not inquiry.tools:
        return _aside(part, inquiry)
    fits = _fitter(inquiry)
    messages = inquiry.messages[part.start :]
    place = find_place(scenario, part.script, messages, part.seed, lambda s: fits(s) is not None)
    step = _step(place, part.seed)
    if place.script.recall:
        step = _recalling(step, _recalled(inquiry, place.script.recall))
    fitted = fits(step) if step.tool else None
    return _behaved(part, place, inquiry, _said(part, place, step, fitted), fitted)


def _fitter(inquiry: Inquiry) -> Any:
    offer = Offer(inquiry.tools, inquiry.free_form)

    def fits(step: Step) -> Fitted | None:
        return fit(offer, step.tool, step.args) if step.tool else None

    return fits


def _aside(part: Part, inquiry: Inquiry) -> Answer:
    """Titles, routers and the like offer no tools: four words, or what the call asks for."""
    if inquiry.compacted:
        text = inquiry.compacted
    elif inquiry.schema is not None:
        text = msgspec.json.encode(value_for(inquiry.schema)).decode()
    elif not (text := drawn_up(inquiry.messages)):
        text = _TITLES[int(chance(part.seed, inquiry.fingerprint, "title") * len(_TITLES))]
    return Answer(text, None, part.knobs, part.faults, part.seed, part.script.id)


def _step(place: Place, seed: int) -> Step:
    """The step to take now, with its words."""
    act = place.act
    if place.gave_up:
        return Step(say="I am getting nowhere with this and stop here; it needs another look.")
    if act is None:
        return Step(say=f"This is finished already. {place.script.finish.say}")
    if act.role == "floor":
        ordinal = place.at - place.script.after
        lead = ("I try the direct way first.", "Then the other way.", "One more way is left.")
        return msgspec.structs.replace(act.step, say=lead[min(ordinal, 2)])
    if act.role == "command":
        return msgspec.structs.replace(act.step, say="That is ruled out. I ask for this instead.")
    return act.step


def _recalled(inquiry: Inquiry, wanted: str) -> str:
    """What the conversation first says of it, whoever says it."""
    for message in inquiry.messages:
        for text in (message.text, *(result.text for result in message.results)):
            if found := re.search(wanted, text):
                return str(found[1])
    return "nothing"


def _recalling(step: Step, word: str) -> Step:
    args = {
        name: value.replace("{recall}", word) if isinstance(value, str) else value
        for name, value in step.args.items()
    }
    return msgspec.structs.replace(step, say=step.say.replace("{recall}", word), args=args)


def _said(part: Part, place: Place, step: Step, fitted: Fitted | None) -> str:
    """The step's words behind whatever the last message asks to be acknowledged."""
    words = step.say
    if step.tool == "ask" and fitted is None:
        options = " ".join(f"({n}) {text}" for n, text in enumerate(place.script.options, 1))
        words = f"{place.script.question} {options}"
    if place.steer:
        ack = _ACKS[int(chance(part.seed, place.steer, "ack") * len(_ACKS))]
        words = f"{ack}: {_short(place.steer)} {words}"
    elif place.heard == "denied":
        words = f"That was not allowed; I go on without it. {words}"
    elif place.heard == "answer":
        words = f"Thanks, that settles it. {words}"
    if part.script.behaviour == "slow":
        words = " ".join(words.split()[:SLOW_WORDS])
    return words.strip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= 60 else line[:59] + "…"
    return line if line[-1:] in ".!?…" else line + "."


def _behaved(
    part: Part, place: Place, inquiry: Inquiry, text: str, fitted: Fitted | None
) -> Answer:
    script, key = place.script, (part.seed, inquiry.conversation, place.position)
    call = None
    if fitted is not None:
        call_id = "call_" + digest(*key, part.start, "call")[:24]  # one script may be played twice
        call = ToolCall(call_id, fitted.name, fitted.args_json)
    knobs, longest = part.knobs, None
    if script.behaviour == "slow":
        knobs, longest = _slowed(part, key), SLOW_ANSWER_S
    answer = Answer(text, call, knobs, part.faults, part.seed, script.id, place.position)
    return msgspec.structs.replace(
        answer,
        onset=place.onset,
        longest_s=longest,
        storm=Storm(script.burst_s, script.every_s, script.times)
        if script.behaviour == "storm"
        else None,
        cut=Cut(script.at, script.times)
        if script.behaviour == "cut" and place.position == script.after
        else None,
    )


def _slowed(part: Part, key: tuple[object, ...]) -> Knobs:
    """2 to 4 words/s and 3 to 8 s to the first word."""
    return msgspec.structs.replace(
        part.knobs, rate=between(2.0, 4.0, *key, "slow"), ttft_ms=(3000.0, 8000.0)
    )
