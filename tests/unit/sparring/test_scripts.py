"""Scripts are pure: where they stand, what steers them, which tool they take."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec
from commandcenter.sparring.arguments import Fitted, Offer, fit, value_for
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.pace import pieces_of
from commandcenter.sparring.scenario import Scenario, load_scenario
from commandcenter.sparring.scripts import Answer, answer_to

TREE: dict[str, Any] = {
    "name": "test",
    "seed": 3,
    "knobs": {"rate": 40.0, "context_pad": 100},
    "cast": [{"script": "plain", "count": 3}, {"script": "other"}],
    "script": [
        {
            "id": "plain",
            "knobs": {"think_words": 3},
            "on": {"denied": "goto:2"},
            "step": [
                {"say": "first", "tool": "shell", "args": {"command": "one"}},
                {
                    "say": "second",
                    "tool": "shell",
                    "args": {"command": "two"},
                    "expect": "OK",
                    "otherwise": "goto:1",
                },
            ],
            "finish": {"say": "over"},
        },
        {"id": "other", "step": [{"say": "elsewhere", "tool": "shell", "args": {"command": "x"}}]},
        {
            "id": "stuck",
            "behaviour": "stuck.repeat",
            "after": 1,
            "limit": 5,
            "step": [
                {"say": "a", "tool": "shell", "args": {"command": "a"}},
                {"say": "b", "tool": "shell", "args": {"command": "b"}},
                {"say": "c", "tool": "shell", "args": {"command": "c"}},
            ],
        },
        {
            "id": "moving",
            "on": {"steer": "script:other"},
            "step": [{"say": "m", "tool": "shell", "args": {"command": "m"}}],
        },
        {
            "id": "asking",
            "behaviour": "question",
            "question": "Which?",
            "options": ["this", "that"],
            "finish": {"say": "settled"},
        },
        {"id": "knows", "recall": r"word is (\w+)", "finish": {"say": "It was {recall}."}},
        {
            "id": "slow",
            "behaviour": "slow",
            "step": [{"say": "word " * 60, "tool": "shell", "args": {"command": "x " * 40}}],
        },
    ],
}
SCENARIO = load_scenario(msgspec.json.encode(TREE))
RUN = ToolSpec(
    "run",
    "",
    {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


def say(*messages: Message, tools: tuple[ToolSpec, ...] = (RUN,)) -> Answer:
    return answer_to(SCENARIO, Inquiry("chat", "m", messages, "f", tools))


def user(text: str) -> Message:
    return Message("user", text)


def used(command: str, result: str = "done") -> tuple[Message, Message]:
    """One answer with a tool call, and its result."""
    call = ToolCall("c", "run", msgspec.json.encode({"command": command}).decode())
    return (
        Message("assistant", "", (call,)),
        Message("tool", results=(ToolResult("c", "run", result),)),
    )


def command(answer: Answer) -> str:
    assert answer.call is not None
    return str(msgspec.json.decode(answer.call.args_json)["command"])


PLAIN = user("[[sparring script=plain]] go")


def test_results_move_a_script_on_and_words_end_it() -> None:
    assert command(say(PLAIN)) == "one"
    assert command(say(PLAIN, *used("one"))) == "two"
    last = say(PLAIN, *used("one"), *used("two", "OK"))
    assert (last.text, last.call, last.stop, last.position) == ("over", None, "end", 2)


def test_expect_goes_back_three_times_then_gives_up() -> None:
    messages = [PLAIN]
    commands = []
    for _ in range(12):
        answer = say(*messages)
        if answer.call is None:
            break
        commands.append(command(answer))
        messages += used(commands[-1], "FAILED")
    assert commands == ["one", "two"] * 4
    assert "getting nowhere" in answer.text


def test_newest_directive_wins_then_system_then_the_cast() -> None:
    assert say(user("[[sparring script=other]]")).text == "elsewhere"
    assert say(Message("system", "[[sparring script=other]]"), user("go")).text == "elsewhere"
    later = say(PLAIN, *used("one"), user("[[sparring script=other]] now"))
    assert later.text == "elsewhere"
    drawn = {say(user(f"text {n}")).script for n in range(60)}
    assert drawn == {"plain", "other"}


def test_a_script_that_is_played_twice_takes_no_call_id_twice() -> None:
    """An agent that pairs results with calls by their ids would lose the second."""
    first = say(user("[[sparring script=plain]]"))
    told = (user("[[sparring script=plain]]"), *used("one"), user("[[sparring script=plain]]"))
    again = say(*told)
    assert (command(first), command(again)) == ("one", "one")
    assert first.call is not None
    assert again.call is not None
    assert first.call.id != again.call.id
    assert say(*told) == again, "asked once more it says the same"


def test_a_steer_is_acknowledged_and_the_script_goes_on() -> None:
    answer = say(PLAIN, *used("one"), user("use the public API"))
    assert "use the public API." in answer.text
    assert answer.text.endswith("second")
    assert say(PLAIN, *used("one"), user("x"), *used("two", "OK")).text == "over"


def test_a_human_denial_jumps_a_rule_moves_on() -> None:
    denied = say(PLAIN, *used("one", "denied by the player: no"))
    assert "not allowed" in denied.text
    assert command(denied) == "two"
    assert command(say(PLAIN, *used("one", "denied by rule floor.rm"))) == "two"


def test_a_call_that_was_broken_off_is_taken_again() -> None:
    for result in ("cancelled: the turn was broken off", "unknown: the engine was lost"):
        assert command(say(PLAIN, *used("one", result), user("go on"))) == "one"


def test_stuck_repeats_until_steered_and_knows_its_onset() -> None:
    brief = user("[[sparring script=stuck]]")
    messages = [brief, *used("a"), *used("b"), *used("b")]
    answer = say(*messages)
    assert (command(answer), answer.onset) == ("b", 1)
    freed = say(*messages, user("try something else"))
    assert command(freed) == "c"
    assert "try something else." in freed.text
    held = user("[[sparring script=stuck yield=0]]")
    assert command(say(held, *messages[1:], user("try something else"))) == "b"


def test_stuck_gives_up_at_its_limit() -> None:
    brief = user("[[sparring script=stuck limit=2]]")
    assert say(brief, *used("a"), *used("b"), *used("b")).call is None


def test_steer_can_change_the_script() -> None:
    answer = say(user("[[sparring script=moving]]"), *used("m"), user("do the other thing"))
    assert answer.text.endswith("elsewhere")


def test_question_asks_by_tool_or_in_words() -> None:
    ask = ToolSpec("ask", "", {"properties": {"question": {}, "options": {}}})
    brief = user("[[sparring script=asking]]")
    by_tool = say(brief, tools=(RUN, ask))
    assert by_tool.call is not None
    assert msgspec.json.decode(by_tool.call.args_json)["options"] == ["this", "that"]
    in_words = say(brief)
    assert (in_words.text, in_words.call) == ("Which? (1) this (2) that", None)
    settled = say(brief, Message("assistant", in_words.text), user("this"))
    assert settled.text.endswith("settled")


def test_a_partial_answer_does_not_count_as_a_step() -> None:
    assert command(say(PLAIN, Message("assistant", "fir"), user("go on"))) == "one"


def test_after_the_finish_nothing_starts_again() -> None:
    done = say(PLAIN, *used("one"), *used("two", "OK"), Message("assistant", "over"), user("more"))
    assert done.call is None
    assert "finished already" in done.text


def test_finish_calls_the_tool_of_that_name() -> None:
    finish = ToolSpec("finish", "", {"properties": {"summary": {"type": "string"}}})
    answer = say(PLAIN, *used("one"), *used("two", "OK"), tools=(RUN, finish))
    assert answer.call is not None
    assert msgspec.json.decode(answer.call.args_json) == {"summary": "over"}


def test_what_was_told_at_the_start_is_said() -> None:
    """The oldest wins; results of tools count too."""
    asked = user("[[sparring script=knows]] which?")
    told = (user("The word is plum."), Message("assistant", "The word is pear?"))
    assert say(*told, asked).text == "It was plum."
    assert say(PLAIN, *used("cat", "the word is fig"), asked).text == "It was fig."
    finish = ToolSpec("finish", "", {"properties": {"summary": {"type": "string"}}})
    answer = say(asked, tools=(RUN, finish))
    assert answer.call is not None
    assert msgspec.json.decode(answer.call.args_json) == {"summary": "It was nothing."}


def test_directive_overrides_script_overrides_scenario() -> None:
    assert say(PLAIN).knobs.think_words == 3
    assert say(PLAIN).knobs.context_pad == 100
    changed = say(user("[[sparring script=plain think_words=9 ttft_ms=5..9 p500=0.5 seed=8]]"))
    assert (changed.knobs.think_words, changed.knobs.ttft_ms) == (9, (5.0, 9.0))
    assert (changed.faults.p500, changed.seed) == (0.5, 8)


def test_slow_has_few_words_and_never_takes_long() -> None:
    for seed in range(20):
        answer = say(user(f"[[sparring script=slow seed={seed}]]"))
        assert 2 <= answer.knobs.rate <= 4
        assert len(answer.text.split()) <= 24
        assert sum(piece.wait_s for piece in pieces_of(answer, "f", 1.0)) <= 14.001


@given(st.integers(0, 99), st.floats(0.5, 50), st.integers(0, 30))
def test_pieces_are_the_answer(seed: int, speed: float, words: int) -> None:
    answer = say(user(f"[[sparring script=plain seed={seed} think_words={words}]]"))
    pieces = pieces_of(answer, "f", speed)
    assert answer.call is not None
    assert "".join(p.text for p in pieces if p.kind == "text") == answer.text
    assert "".join(p.text for p in pieces if p.kind == "args") == answer.call.args_json
    assert [p.kind for p in pieces if p.kind in ("open", "close")] == ["open", "close"]


def test_a_stall_stands_in_the_middle_of_the_answer() -> None:
    answer = say(user("[[sparring script=plain stall_s=9 think_words=0]]"))
    waits = [piece.wait_s for piece in pieces_of(answer, "f", 1.0)]
    assert max(waits) >= 9
    assert sum(waits) < 11


@pytest.mark.parametrize(
    ("tool", "args", "spec", "expected"),
    [
        (
            "shell",
            {"command": "ls"},
            {"name": "Bash", "required": ["command", "description"], "command": "string"},
            {"command": "ls", "description": "practice"},
        ),
        (
            "shell",
            {"command": "ls"},
            {"name": "exec_command", "required": ["cmd"], "cmd": "array"},
            {"cmd": ["bash", "-lc", "ls"]},
        ),
        (
            "edit",
            {"path": "p", "old": "a", "new": "b"},
            {"name": "mcp__x__Edit", "file_path": "string", "oldString": "", "new_str": ""},
            {"file_path": "p", "oldString": "a", "new_str": "b"},
        ),
        ("edit", {"path": "p", "old": "a", "new": "b"}, {"name": "write", "path": ""}, None),
        (
            "edit",
            {"path": "p", "old": "a", "new": "b"},
            {"name": "edit", "path": "", "x": ""},
            None,
        ),
        ("list", {"path": "."}, {"name": "run", "command": ""}, {"command": "ls ."}),
        (
            "search",
            {"pattern": "a b", "path": "t"},
            {"name": "shell", "command": ""},
            {"command": "grep -rn 'a b' t"},
        ),
        ("read", {"path": "p"}, {"name": "frobnicate", "path": ""}, None),
    ],
)
def test_arguments_take_the_shape_of_the_offered_tool(
    tool: str, args: dict[str, Any], spec: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    name, required = spec.pop("name"), spec.pop("required", [])
    properties = {key: {"type": kind or "string"} for key, kind in spec.items()}
    properties |= {key: {"type": "string"} for key in required if key not in properties}
    offered = ToolSpec(name, "", {"properties": properties, "required": required})
    found = fit(Offer((offered,)), tool, args)
    assert found == (None if expected is None else Fitted(name, expected))


def test_first_fitting_tool_is_taken() -> None:
    tools = tuple(ToolSpec(name, "", {}) for name in ("read", "bash", "run"))
    found = fit(Offer(tools), "shell", {"command": "x"})
    assert found is not None
    assert found.name == "bash"


def test_value_for_follows_references_and_choices() -> None:
    schema = {
        "$defs": {"colour": {"enum": ["red", "green"]}},
        "type": "object",
        "properties": {
            "colour": {"$ref": "#/$defs/colour"},
            "many": {"type": "array", "items": {"type": "number"}, "minItems": 2},
            "any": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "loop": {"$ref": "#"},
        },
        "required": ["colour", "many", "any"],
    }
    assert value_for(schema) == {"colour": "red", "many": [1, 1], "any": None}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"knobs": {"speed": 1}}, "speed"),
        ({"faults": {"p429": 2}}, "p429"),
        ({"cast": [{"script": "none"}]}, "none"),
        ({"script": [{"id": "a", "behaviour": "hollow"}]}, "hollow"),
        ({"script": [{"id": "a"}, {"id": "a"}]}, "two scripts"),
        ({"script": [{"id": "a", "on": {"steer": "goto:5"}}]}, "behind the finish"),
        ({"script": [{"id": "a", "on": {"steer": "jump"}}]}, "no such reaction"),
        ({"script": [{"id": "a", "on": {"steer": "script:b"}}]}, "unknown"),
        ({"script": [{"id": "a", "behaviour": "question", "question": "?"}]}, "2 to 4"),
        ({"script": [{"id": "a", "behaviour": "risky"}]}, "needs a command"),
        ({"script": [{"id": "a", "behaviour": "stuck.repeat"}]}, "no step left"),
        ({"script": [{"id": "a", "recall": "(", "finish": {}}]}, "recall"),
        ({"script": [{"id": "a", "recall": "plum"}]}, "one group"),
        ({"script": [{"id": "a", "knobs": {"rate": -1}}]}, "rate"),
    ],
)
def test_bad_scenarios_are_named(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        load_scenario(msgspec.json.encode({"name": "x", "cast": []} | change))


def test_toml_and_json_are_the_same_tree() -> None:
    toml = b'name = "x"\nseed = 2\nknobs = { rate = 1.0 }\n[[script]]\nid = "a"\nyield = 0.5\n'
    tree = {"name": "x", "seed": 2, "knobs": {"rate": 1}, "script": [{"id": "a", "yield": 0.5}]}
    found: Scenario = load_scenario(toml)
    assert found == load_scenario(msgspec.json.encode(tree))
    with pytest.raises(ValueError, match="scenario"):
        load_scenario(b"name = ")
