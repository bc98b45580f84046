"""What Claude Code, Codex and opencode put around the words of a person is told apart."""

import json

import pytest

from commandcenter.core.conversation import Message, ToolCall, ToolResult
from commandcenter.sparring.place import find_place
from commandcenter.sparring.protocols.anthropic import read
from commandcenter.sparring.scenario import Scenario, Script, Step
from commandcenter.sparring.wrapping import user_messages

REMINDER = "<system-reminder>\nContents of CLAUDE.md:\n\nbe kind\n</system-reminder>"
CODEX = "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>"
AGENTS = "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nbe kind\n</INSTRUCTIONS>"
STEER = (
    "The user sent a new message while you were working:\nuse the other file\n\nThis is how Claude "
    "Code surfaces messages the user sends mid-turn. Address the message above."
)
QUEUED = (
    "<system-reminder>\nThe user sent the following message:\nuse the other file\n\n"
    "Please address this message and continue with your tasks.\n</system-reminder>"
)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (["plain  words\n"], ["plain  words\n"]),
        ([REMINDER, REMINDER, "do it"], ["do it"]),
        ([f"{REMINDER}\ndo it"], ["do it"]),
        ([AGENTS, CODEX], []),
        ([CODEX, "do it"], ["do it"]),
        ([STEER], ["use the other file"]),
        ([QUEUED], ["use the other file"]),
        (["[Request interrupted by user for tool use]"], []),
        (["a < b and <b>bold</b>"], ["a < b and <b>bold</b>"]),
        ([""], [""]),
    ],
)
def test_the_words_of_the_person(parts: list[str], said: list[str]) -> None:
    messages = user_messages(parts)
    assert [message.text for message in messages if message.role == "user"] == said
    added = any(message.role == "system" for message in messages)
    assert added == (said != parts)


def test_a_reminder_behind_a_result_is_no_steer() -> None:
    body = {
        "model": "m",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "work"}]},
            {"role": "system", "content": [{"type": "text", "text": "# Environment"}]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "1", "content": "ok"},
                    {"type": "text", "text": REMINDER},
                ],
            },
        ],
    }
    found = read(json.dumps(body).encode()).messages
    assert [message.role for message in found] == ["user", "system", "tool", "system"]


@pytest.mark.parametrize(
    ("text", "heard", "at"),
    [
        (
            'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }',
            "denied",
            1,
        ),
        ("patch rejected by user", "denied", 1),
        ("The user rejected permission to use this specific tool call.", "denied", 1),
        ("aborted by user after 2.1s", "", 0),
        ("Tool execution aborted", "", 0),
        ("The user doesn't want to proceed with this tool use. The tool use was rejected", "", 0),
        ("patched what was rejected", "", 1),
    ],
)
def test_how_agents_say_that_a_call_was_denied_or_broken_off(
    text: str, heard: str, at: int
) -> None:
    script = Script("s", step=(Step(tool="shell"), Step(tool="shell")))
    messages = (
        Message("user", "work"),
        Message("assistant", tool_calls=(ToolCall("1", "run", "{}"),)),
        Message("tool", results=(ToolResult("1", "run", text),)),
    )
    place = find_place(Scenario("n", script=(script,)), script, messages, 1, lambda step: True)
    assert (place.heard, place.at) == (heard, at)
