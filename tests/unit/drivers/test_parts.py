"""Tools, answers, memory and brake, each for itself."""

import asyncio
import json
from pathlib import Path

import pytest

from commandcenter.core.conversation import (
    Message,
    StopPiece,
    TextPiece,
    ThoughtPiece,
    ToolCall,
    ToolCallPiece,
    ToolResult,
)
from commandcenter.core.events import Event, TextAdded
from commandcenter.drivers.native_answer import Answer
from commandcenter.drivers.native_brake import Brake
from commandcenter.drivers.native_files import already, middle_cut, on_files
from commandcenter.drivers.native_memory import Memory, broken_off, never_ran
from commandcenter.drivers.shown import message_numbers
from commandcenter.drivers.tools import KINDS, TOOLS, ToolUse, read_call, shown_args
from commandcenter.hosts.files import Files
from commandcenter.testing.clock import FakeClock


def call(name: str, **args: object) -> ToolCall:
    return ToolCall("c1", name, json.dumps(args))


def test_every_tool_has_a_kind_and_reads_its_own_schema() -> None:
    assert [spec.name for spec in TOOLS] == list(KINDS)
    for spec in TOOLS:
        samples = {"string": "x", "array": [], "boolean": True}
        args = {name: samples[kind["type"]] for name, kind in spec.schema["properties"].items()}
        assert read_call(call(spec.name, **args)).name == spec.name


@pytest.mark.parametrize(
    ("name", "args", "title"),
    [
        ("read", {"path": "a/b.py"}, "read a/b.py"),
        ("run", {"command": "a\n\x1b[31mb"}, "run a ␛[31mb"),
        ("search", {"pattern": "x y", "path": "src"}, "search x y"),
        ("finish", {}, "finish"),
    ],
)
def test_titles(name: str, args: dict[str, str], title: str) -> None:
    assert read_call(call(name, **args)).title == title


@pytest.mark.parametrize("args", ['{"path": 1}', "[]", '{"path": "a"', "{}", "null"])
def test_arguments_that_do_not_fit(args: str) -> None:
    with pytest.raises(ValueError, match="the arguments do not fit the tool read"):
        read_call(ToolCall("c", "read", args))


def test_shown_arguments_stay_json() -> None:
    shown = json.loads(shown_args(call("write", path="a", content="x" * 20_000)))
    assert shown["path"] == "a"
    assert len(shown["content"]) == 8_000
    assert shown_args(ToolCall("c", "read", "[1]")) == "{}"
    assert shown_args(ToolCall("c", "read", "{")) == "{}"


def test_a_repeated_answer_is_shown_once_and_goes_on() -> None:
    told: list[Event] = []
    answer = Answer(told.append, message_numbers())
    answer.begin()
    answer.take(ThoughtPiece("hm"))
    answer.take(TextPiece("one two"))
    answer.begin()
    for delta in ("one", " two", " three"):
        answer.take(TextPiece(delta))
    answer.end()
    shown = [event for event in told if isinstance(event, TextAdded)]
    assert [event.delta for event in shown] == ["one two", " three"]
    assert {event.message for event in shown} == {2}
    assert answer.text == "one two three"


def test_a_shorter_repeat_counts_as_it_came() -> None:
    answer = Answer(lambda event: None, message_numbers())
    answer.begin()
    answer.take(TextPiece("one two"))
    answer.begin()
    answer.take(TextPiece("one"))
    answer.end()
    assert answer.text == "one"


def test_calls_of_a_cut_answer_are_dropped() -> None:
    answer = Answer(lambda event: None, message_numbers())
    answer.begin()
    answer.take(ToolCallPiece(call("list")))
    answer.take(StopPiece("max_tokens"))
    answer.end()
    assert answer.calls == []
    assert answer.message() is None


CALLS = (ToolCall("a", "read", "{}"), ToolCall("b", "run", "{}"))


def test_memory_knows_what_has_no_result() -> None:
    memory = Memory((Message("user", "go"), Message("assistant", "", CALLS)))
    assert memory.unanswered() == CALLS
    memory.added(Message("tool", results=(ToolResult("b", "run", "2"),)))
    assert memory.unanswered() == CALLS[:1]
    memory.added(never_ran(CALLS[:1], "no"))
    assert memory.unanswered() == ()
    assert Memory(()).unanswered() == ()
    assert Memory(()).last is None


def test_results_stand_together_in_the_order_of_their_calls() -> None:
    memory = Memory((Message("user", "go"), Message("assistant", "", CALLS)))
    memory.added(Message("tool", results=(ToolResult("b", "run", "2"),)))
    memory.added(Message("tool", results=(ToolResult("a", "read", "1"),)))
    said = memory.conversation("be good")
    assert [message.role for message in said] == ["system", "user", "assistant", "tool"]
    assert [result.call for result in said[-1].results] == ["a", "b"]
    assert broken_off("half").text.startswith("half\n[")


def test_file_tools(tmp_path: Path) -> None:
    files = Files(tmp_path)

    def act(name: str, **args: str) -> str:
        return on_files(files, ToolUse("c", name, args)).text

    assert act("write", path="d/a", content="one\ntwo\n") == "created d/a"
    assert act("write", path="d/a", content="one\nthree\n") == "replaced d/a"
    assert act("edit", path="d/a", old="three", new="four") == "edited d/a"
    assert act("edit", path="d/a", old="three", new="4").startswith("error: the old text stands 0")
    assert act("read", path="d/a") == "one\nfour\n"
    assert act("list", path=".") == "d/"
    assert act("list", path="d") == "a  9 bytes"
    assert act("search", pattern="four", path=".") == "d/a:2: four"
    assert act("search", pattern="f.*r$", path=".", regex="true") == "d/a:2: four"
    assert act("search", pattern="none", path=".") == "nothing found"
    assert act("write", path="e", content="") == "created e"
    assert act("read", path="e") == "(an empty file)"
    assert "secrets" in act("read", path=".env")
    assert middle_cut("x" * 10 + "y" * 10, 6) == "xxxx\n[... 14 characters left out ...]\nyy"


@pytest.mark.parametrize(
    ("args", "stands"),
    [
        ({"old": "a", "new": "b"}, {"b": True, "a": False, "ab": False}),
        ({"old": "a", "new": "ab"}, {"ab": True, "a": False}),
        ({"old": "a", "new": ""}, {"x": True, "a": False}),
    ],
)
def test_was_an_edit_done(tmp_path: Path, args: dict[str, str], stands: dict[str, bool]) -> None:
    use = ToolUse("c", "edit", {"path": "f", **args})
    assert not already(Files(tmp_path), use)
    for text, done in stands.items():
        (tmp_path / "f").write_text(text)
        assert already(Files(tmp_path), use) is done


async def test_brake_holds_boundaries_and_frozen_time_does_not_count() -> None:
    clock = FakeClock()
    brake = Brake(clock)
    await brake.boundary()
    brake.set("step")
    await brake.thawed()
    waits = asyncio.create_task(brake.boundary(), name="boundary")
    await asyncio.sleep(0)
    assert brake.resting
    brake.set("freeze")
    began = brake.unfrozen_s()
    clock.step(5)
    assert brake.unfrozen_s() == began
    brake.set("step")
    assert brake.level == "freeze"
    brake.release()
    await waits
    clock.step(2)
    assert brake.unfrozen_s() == pytest.approx(began + 2)
    assert not brake.resting
