"""Texts of an ACP agent's turn: what it says twice since it asked twice is shown once."""

from types import SimpleNamespace
from typing import Any

import pytest

from commandcenter.core.events import TextAdded
from commandcenter.drivers.acp_turn import Scribe, Turn
from commandcenter.testing.clock import FakeClock, FakeIds
from commandcenter.testing.sessions import Heard

FIRST = "word0 word1 word2 word3 word4 word5 word6 "
MORE = "word7 word8 word9 word10 word11 word12 word13 "
REST = "word14 word15 word16 word17 word18 word19."


def turn(heard: Heard) -> Turn:
    return Turn(Scribe(heard, FakeIds(), FakeClock(), "/"), 1)


def said(text: str, message: str = "m1") -> Any:
    return SimpleNamespace(message_id=message, content=SimpleNamespace(type="text", text=text))


def told(*pieces: str) -> tuple[str, int]:
    """The text on the transcript, and the number of its messages."""
    heard = Heard()
    one = turn(heard)
    for piece in pieces:
        one.text(said(piece))
    one.close("unknown")
    return heard.text, len({event.message for event in heard.of(TextAdded)})


@pytest.mark.parametrize(
    ("pieces", "text", "messages"),
    [
        ((FIRST, MORE, REST), FIRST + MORE + REST, 1),
        ((FIRST, MORE, FIRST, MORE, REST), FIRST + MORE + REST, 1),
        ((FIRST, MORE, FIRST, REST), FIRST + MORE + FIRST + REST, 2),
        ((FIRST, MORE, FIRST), FIRST + MORE + FIRST, 1),
        (("Hi. ", "Hi. ", "Hi."), "Hi. Hi. Hi.", 1),
    ],
    ids=["once", "asked twice", "differs", "its beginning again", "short words"],
)
def test_what_was_asked_twice_is_shown_once(
    pieces: tuple[str, ...], text: str, messages: int
) -> None:
    assert told(*pieces) == (text, messages)


def test_another_message_is_its_own() -> None:
    heard = Heard()
    one = turn(heard)
    one.text(said(FIRST, "m1"))
    one.text(said(FIRST, "m2"))
    assert [event.message for event in heard.of(TextAdded)] == [1, 2]
