"""What Claude Code has asked and waits for: may a tool run, and its questions to the person."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from commandcenter.core.base import Record
from commandcenter.drivers.base import Answer, Asking
from commandcenter.drivers.claude_tools import QUESTION, ours, title_of
from commandcenter.drivers.claude_turn import Turn
from commandcenter.drivers.rest import Rest
from commandcenter.wires import claude as wire

DENIED: Final = "The person did not allow this. Go on without it, or ask what to do instead."
CANCELLED: Final = "Cancelled: this was not run. Stop here."


class _Question(Record, frozen=True):
    """One of the questions of an AskUserQuestion call."""

    text: str
    options: tuple[str, ...]


class Open(Record, frozen=True):
    """A request that waits; `answers` so far, of questions."""

    item: wire.MayUse
    questions: tuple[_Question, ...] = ()
    answers: tuple[str, ...] = ()


class Asks:
    """The open requests of a session; `say` writes a line to the agent."""

    def __init__(self, rest: Rest, say: Callable[[bytes], Awaitable[None]]) -> None:
        self._rest = rest
        self._say = say
        self._open: dict[str, tuple[Open, Turn]] = {}

    def take(self, item: wire.MayUse, turn: Turn, ask: Callable[[Asking], None]) -> None:
        """Put it to rules or player."""
        questions = _questions(item.call) if item.call.name == QUESTION else ()
        self._put(Open(item, questions), turn, ask)

    def _put(self, open: Open, turn: Turn, ask: Callable[[Asking], None]) -> None:
        key = f"{open.item.request}/{len(open.answers)}"
        self._open[key] = (open, turn)
        self._rest.asked(key)
        ask(_asking(key, open, turn.folders))

    async def answer(self, key: str, answer: Answer, ask: Callable[[Asking], None]) -> None:
        """The agent hears it; a late or repeated answer is ignored. Raises AgentFailed(crashed)."""
        found = self._open.pop(key, None)
        if found is None:
            return
        open, turn = found
        said = (*open.answers, answer.text)
        if answer.option in ("answer", "allow") and len(said) < len(open.questions):
            self._put(Open(open.item, open.questions, said), turn, ask)
            self._rest.answered(key)
            return
        data = self._told(Open(open.item, open.questions, said), answer, turn)
        await self._say(wire.reply(open.item.request, data))
        self._rest.answered(key)

    def _told(self, open: Open, answer: Answer, turn: Turn) -> wire.Args:
        call = open.item.call
        asked = bool(open.questions)
        if answer.option == "allow" or (answer.option == "answer" and asked):
            turn.allowed(call.id)
            edited = {"command": answer.edit} if answer.edit else {}
            return wire.allow({**call.args, **_answered(open), **edited})
        turn.denied.add(call.id)
        return wire.deny(CANCELLED if answer.option == "cancelled" else answer.text or DENIED)

    def withdraw(self, request: str) -> None:
        """The agent waits no more."""
        for key in [key for key, (open, _) in self._open.items() if open.item.request == request]:
            del self._open[key]
            self._rest.answered(key)

    def close(self) -> None:
        """The turn is over: nobody waits any more."""
        for key in tuple(self._open):
            del self._open[key]
            self._rest.answered(key)


def _asking(key: str, open: Open, folders: tuple[str, ...]) -> Asking:
    call = open.item.call
    if open.questions:
        question = open.questions[len(open.answers)]
        return Asking(key, "question", call.name, {}, call.id, question.text, question.options)
    name, args = ours(call.name, call.args, folders)
    return Asking(key, "tool", name, args, call.id, title_of(name, args))


def _questions(call: wire.Call) -> tuple[_Question, ...]:
    """Empty where the arguments are not as we know them: then it is asked like any tool."""
    given = call.args.get("questions")
    found = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return tuple(_Question(str(one.get("question", "")), _options(one)) for one in found)


def _options(question: dict[str, Any]) -> tuple[str, ...]:
    given = question.get("options")
    if not isinstance(given, list):
        return ()
    return tuple(str(one["label"]) for one in given if isinstance(one, dict) and "label" in one)


def _answered(open: Open) -> wire.Args:
    if not open.questions:
        return {}
    asked = (question.text for question in open.questions)
    return {"answers": dict(zip(asked, open.answers, strict=False))}
