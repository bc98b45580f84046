"""Claude Code's stream-json as the real one spoke it (2.1.332), and lines that cannot be read."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.wires import claude
from commandcenter.wires.base import BAD
from commandcenter.wires.claude_read import read

GOLDEN = Path(__file__).parent / "golden"
ASKS = (GOLDEN / "claude-asks.jsonl").read_bytes().splitlines()
BROKEN = (GOLDEN / "claude-interrupt.jsonl").read_bytes().splitlines()


def items(lines: list[bytes]) -> list[claude.Item]:
    return [item for line in lines for item in read(line)]


def of(kind: type[Any], lines: list[bytes]) -> list[Any]:
    return [item for item in items(lines) if isinstance(item, kind)]


def line(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_two_turns_one_allowed_one_denied() -> None:
    assert not of(claude.Note, ASKS)
    assert [call.name for one in of(claude.Said, ASKS) for call in one.calls] == ["Bash", "Bash"]
    assert [hook.call.args["command"] for hook in of(claude.Hook, ASKS)] == [
        "touch made; exit 3",
        "touch made; exit 3",
    ]
    hooks, asks = of(claude.Hook, ASKS), of(claude.MayUse, ASKS)
    assert [one.call.id for one in hooks] == [one.call.id for one in asks]
    results = [result for one in of(claude.Results, ASKS) for result in one.results]
    assert [(one.text, one.ok) for one in results] == [("Exit code 3", False), ("not now", False)]
    assert [one.stop for one in of(claude.Ended, ASKS)] == ["end", "end"]


def test_deltas_make_the_text_of_the_whole_block() -> None:
    streamed = "".join(one.text for one in of(claude.Delta, ASKS) if one.kind == "text")
    assert streamed == "".join(one.text for one in of(claude.Said, ASKS))
    assert len(of(claude.Began, ASKS)) == len(of(claude.Finished, ASKS)) == 4


def test_the_handshake() -> None:
    replies = of(claude.Reply, ASKS)
    assert replies[0].data["claude_code_version"] == "2.1.332"
    assert of(claude.Opened, ASKS)[0].model == "sparring-small"


def test_an_answer_that_was_broken_off_never_finished() -> None:
    first = BROKEN[: next(n for n, one in enumerate(BROKEN) if of(claude.Ended, [one])) + 1]
    assert not of(claude.Finished, first)
    ended = of(claude.Ended, first)[0]
    assert (ended.aborted, ended.stop) == (True, "error")
    assert ended.input > 0


def test_what_a_turn_used() -> None:
    ended = of(claude.Ended, ASKS)[0]
    assert (ended.input > 10_000, ended.output > 0, ended.window) == (True, True, 1_000_000)


@pytest.mark.parametrize(
    ("fields", "stop", "error"),
    [
        ({"subtype": "error_max_turns", "errors": ["too many"]}, "max_requests", "too many"),
        ({"subtype": "success", "is_error": True, "result": "API Error: 400 x"}, "error", "API"),
        ({"subtype": "success", "stop_reason": "refusal", "result": "no"}, "refusal", "no"),
        ({"subtype": "success", "stop_reason": "max_tokens", "result": ""}, "max_tokens", ""),
        ({"subtype": "error_during_execution"}, "error", "error_during_execution"),
    ],
)
def test_how_a_turn_ends(fields: dict[str, Any], stop: str, error: str) -> None:
    (ended,) = read(line(type="result", **fields))
    assert isinstance(ended, claude.Ended)
    assert ended.stop == stop
    assert ended.error.startswith(error)


def test_subagents() -> None:
    start = {"task_id": "a", "tool_use_id": "t", "description": "look"}
    (item,) = read(line(type="system", subtype="task_started", task_type="local_agent", **start))
    assert item == claude.Task("a", "t", "started", "look")
    assert read(line(type="system", subtype="task_started", task_type="local_bash", **start)) == ()
    (item,) = read(line(type="system", subtype="task_notification", status="completed", **start))
    assert item == claude.Task("a", "t", "ended")


def test_what_is_not_known_is_a_note_or_quiet() -> None:
    assert read(line(type="system", subtype="something_new")) == ()
    assert read(line(type="keep_alive")) == ()
    (note,) = read(line(type="novelty"))
    assert isinstance(note, claude.Note)
    assert note.kind == "unknown"
    (asked,) = read(line(type="control_request", request_id="r", request={"subtype": "mcp"}))
    assert asked == claude.Unknown("r", "mcp")
    (note,) = read(line(type="system", subtype="compact_boundary"))
    assert isinstance(note, claude.Note)
    assert note.kind == "compaction"


def test_results_may_be_blocks() -> None:
    content = [{"type": "text", "text": "one"}, {"type": "image"}]
    result = {"type": "tool_result", "tool_use_id": "t", "content": content}
    (item,) = read(line(type="user", message={"role": "user", "content": [result]}))
    assert item == claude.Results((claude.Result("t", "one\n[image]"),))
    assert read(line(type="user", message={"role": "user", "content": "hi"}, isReplay=True)) == ()


@given(st.sampled_from(ASKS + BROKEN), st.integers(0, 2_000), st.binary(max_size=4))
def test_a_damaged_line_is_read_or_refused(whole: bytes, at: int, put: bytes) -> None:
    for damaged in (whole[:at] + put + whole[at + len(put) :], whole[:at]):
        with contextlib.suppress(*BAD):
            read(damaged)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_a_line_of_other_values_is_read_or_refused(value: Any) -> None:
    for kind in ("stream_event", "assistant", "user", "control_request", "result", "system"):
        with contextlib.suppress(*BAD):
            read(line(type=kind, subtype="init", message=value, event=value, request=value))


def test_too_deep_is_refused() -> None:
    deep = b'{"type":"assistant","message":{"content":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    with pytest.raises(BAD):
        read(deep)


def test_what_is_said() -> None:
    text = json.loads(claude.prompt("hi"))
    assert text["message"] == {"role": "user", "content": "hi"}
    seen = json.loads(claude.prompt("hi", (("image/png", "AA"),)))["message"]["content"]
    assert [block["type"] for block in seen] == ["image", "text"]
    hooks = json.loads(claude.initialize("1", "cc", 86_400))["request"]["hooks"]["PreToolUse"]
    assert hooks == [{"matcher": None, "hookCallbackIds": ["cc"], "timeout": 86_400}]
    answer = json.loads(claude.reply("r", claude.allow({"a": 1})))["response"]
    assert answer["response"] == {"behavior": "allow", "updatedInput": {"a": 1}}
    assert json.loads(claude.refuse("r", "no"))["response"]["subtype"] == "error"
