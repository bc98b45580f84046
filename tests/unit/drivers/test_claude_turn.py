"""One turn: text is told once, however it comes; every call that began has an end."""

import pytest

from commandcenter.core.events import TextAdded, ToolEnded, ToolStarted, TurnEnded
from commandcenter.drivers.claude_turn import Turn, TurnParts
from commandcenter.testing.clock import FakeIds
from commandcenter.testing.gate import Ticking
from commandcenter.testing.sessions import Heard
from commandcenter.wires import claude as wire

CALL = wire.Call("c", "Bash", {"command": "ls"})


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def turn(heard: Heard) -> Turn:
    return Turn(1, TurnParts(heard, FakeIds(), Ticking(), ("/w",)))


def stream(turn: Turn, message: str, *pieces: str, whole: bool = True) -> None:
    turn.began(wire.Began(message, 7))
    for piece in pieces:
        turn.delta(wire.Delta("text", piece))
    if whole:
        turn.finished()


def test_a_block_that_was_streamed_is_not_told_again(turn: Turn, heard: Heard) -> None:
    stream(turn, "a", "one ", "two")
    turn.said(wire.Said("a", "one two"))
    turn.end(wire.Ended("end", "one two"))
    assert heard.text == "one two"


def test_an_answer_asked_for_again_goes_on_where_it_broke_off(turn: Turn, heard: Heard) -> None:
    stream(turn, "a", "one ", "two ", whole=False)
    turn.said(wire.Said("b", thought="hm"))
    turn.said(wire.Said("b", "one two three"))
    turn.end(wire.Ended("end"))
    assert heard.text == "one two three"
    assert {event.message for event in heard.of(TextAdded)} == {1}


def test_a_repeat_that_differs_is_a_message_of_its_own(turn: Turn, heard: Heard) -> None:
    stream(turn, "a", "one ", whole=False)
    stream(turn, "b", "other")
    assert [(event.message, event.delta) for event in heard.of(TextAdded)] == [
        (1, "one "),
        (2, "other"),
    ]


def test_what_only_the_result_says_is_told(turn: Turn, heard: Heard) -> None:
    turn.end(wire.Ended("end", "the cost is 1"))
    assert heard.text == "the cost is 1"


def test_a_subagents_words_are_not_the_threads(turn: Turn, heard: Heard) -> None:
    turn.said(wire.Said("s", "psst", parent="c"))
    assert not heard.events


def test_a_call_that_never_asked_has_a_start(turn: Turn, heard: Heard) -> None:
    turn.said(wire.Said("a", calls=(CALL,)))
    turn.results(wire.Results((wire.Result("c", "no such tool", ok=False),)))
    assert type(heard.events[0]) is ToolStarted
    assert heard.tools == [("run", "failed")]


@pytest.mark.parametrize(
    ("cause", "denied", "status"), [("", (), "denied"), ("player", (), "cancelled")]
)
def test_rejected_calls(
    turn: Turn, heard: Heard, cause: str, denied: tuple[str, ...], status: str
) -> None:
    turn.cause = cause
    turn.denied.update(denied)
    turn.starts(CALL)
    turn.results(wire.Results((wire.Result("c", "", ok=False, rejected=True),)))
    assert heard.of(ToolEnded)[0].status == status


def test_the_end_closes_what_is_open_and_comes_once(turn: Turn, heard: Heard) -> None:
    turn.starts(CALL)
    turn.lost("gone")
    turn.end(wire.Ended("end", input=3))
    assert [event.status for event in heard.of(ToolEnded)] == ["unknown"]
    assert heard.ends == [(1, TurnEnded("crashed", error="gone"))]


def test_a_call_starts_once(turn: Turn) -> None:
    assert turn.starts(CALL) is not None
    turn.allowed("c")
    assert turn.starts(CALL) is None
