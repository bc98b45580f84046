"""The filter language: `api is:waiting not group:3 cost>1`; all terms must hold (screen.md 6)."""

import re
from collections.abc import Callable
from typing import Literal, get_args

from commandcenter.core.base import Record
from commandcenter.core.world import Head, World
from commandcenter.hud.seen import SEEN, seen
from commandcenter.hud.words import money

Field = Literal["is", "name", "tag", "agent", "model", "host", "op", "group"]
Figure = Literal["cost", "tokens", "ctx", "unseen", "queue"]
FIELDS: tuple[str, ...] = get_args(Field)
FIGURES: tuple[str, ...] = get_args(Figure)
STATES = (*(state.replace(" ", "-") for state in SEEN), "idle", "unseen")
"""What may follow `is:`."""
HOST = "local"
"""Where every thread runs until hosts have their orders."""
HELP = "words match name, tag, agent, model, host; is:waiting op:api group:3 cost>1 not"
_TERM = re.compile(r"([A-Za-z]+)(:|<=|>=|<|>)(.*)", re.DOTALL)
_PIECE = re.compile(r'(?:"[^"]*"|[^\s"])+')
_NUMBER = re.compile(r"\$?(\d+(?:\.\d+)?)([kKmM]?)%?")
_UNITS = {"": 1.0, "k": 1_000.0, "m": 1_000_000.0}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ":": lambda have, asked: have == asked,
    "<": lambda have, asked: have < asked,
    ">": lambda have, asked: have > asked,
    "<=": lambda have, asked: have <= asked,
    ">=": lambda have, asked: have >= asked,
}


class Term(Record, frozen=True):
    """One condition: `field` empty = a word; `wanted` = false behind `not`."""

    field: str
    sign: str
    text: str
    number: float = 0.0
    wanted: bool = True


class Filter(Record, frozen=True):
    """What was typed, and its terms; no term matches everything."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse(text: str) -> Filter:
    """Read a filter. Raises ValueError with a sentence that says what is wrong."""
    if text.count('"') % 2:
        raise ValueError("a quote is not closed")
    terms, wanted = [], True
    for piece in _PIECE.findall(text):
        if piece.lower() == "not":
            wanted = not wanted
            continue
        terms.append(_term(piece, wanted))
        wanted = True
    if not wanted:
        raise ValueError("`not` stands before a word or a term")
    return Filter(text.strip(), tuple(terms))


def matches(found: Filter, head: Head, world: World) -> bool:
    """Does the thread meet every term?"""
    return all(_holds(term, head, world) == term.wanted for term in found.terms)


def _term(piece: str, wanted: bool) -> Term:
    split = _TERM.fullmatch(piece)
    if split is None:
        return Term("", ":", piece.replace('"', "").lower(), wanted=wanted)
    field, sign, text = split[1].lower(), split[2], split[3].replace('"', "").strip()
    if field in FIGURES:
        return Term(field, sign, text, _number(field, text), wanted)
    if field not in FIELDS:
        known = ", ".join((*FIELDS, *FIGURES))
        raise ValueError(f"a filter knows no {field!r}; it knows {known}")
    if sign != ":":
        raise ValueError(f"`{field}` is followed by `:`, not by `{sign}`")
    if not text and field != "op":
        raise ValueError(f"`{field}:` lacks what it looks for")
    return Term(field, sign, _value(field, text), wanted=wanted)


def _value(field: str, text: str) -> str:
    low = text.lower()
    if field == "is":
        low = {"needs": "needs-you", "needsyou": "needs-you"}.get(low, low.replace(" ", "-"))
        if low not in STATES:
            raise ValueError(f"`is:` is followed by one of {', '.join(STATES)}")
    if field == "group" and not (low.isascii() and low.isdigit() and len(low) == 1):
        raise ValueError("`group:` is followed by a digit, 0 to 9")
    return low


def _number(field: str, text: str) -> float:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"`{field}` is followed by a number, as in `{field}>1`")
    return float(found[1]) * _UNITS[found[2].lower()]


def _holds(term: Term, head: Head, world: World) -> bool:
    if not term.field:
        return _word(term.text, head)
    if term.field in FIGURES:
        return _COMPARE[term.sign](_figure(term.field, head), term.number)
    if term.field == "is":
        return _is(term.text, head, world)
    if term.field == "group":
        return head.id in world.groups.get(int(term.text), ())
    if term.field == "op" and not term.text:
        return not head.operation
    return any(term.text in one.lower() for one in _texts(term.field, head))


def _word(text: str, head: Head) -> bool:
    if text in head.name.lower() or text in head.agent.lower() or text in head.model.lower():
        return True
    return text == HOST or any(text in tag.lower() for tag in head.tags)


def _texts(field: str, head: Head) -> tuple[str, ...]:
    own = {"name": head.name, "agent": head.agent, "model": head.model, "op": head.operation}
    if field == "tag":
        return head.tags
    return (own.get(field, HOST),)


def _is(state: str, head: Head, world: World) -> bool:
    if state == "idle":
        return head.state == "idle" and not head.parked
    if state == "unseen":
        return head.results > head.results_seen
    return seen(head, world.accounts.get(head.account)).replace(" ", "-") == state


def _figure(field: str, head: Head) -> float:
    if field == "cost":
        return float(money(head))
    if field == "tokens":
        return float(head.tokens.total)
    if field == "ctx":
        return 100 * head.context_used / head.context_size if head.context_size else 0.0
    return float(head.results - head.results_seen if field == "unseen" else len(head.orders))
