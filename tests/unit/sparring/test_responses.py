"""The responses protocol: the stream's shape, its usage, free-form tools, and Codex' wrapping."""

import json
from typing import Any

import pytest

from commandcenter.sparring.protocols.compaction import MARK
from commandcenter.sparring.protocols.responses import read

RUN = {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}
EXEC = {"type": "function", "name": "exec_command", "description": "", "parameters": RUN}
PATCH = {"type": "custom", "name": "apply_patch", "description": "", "format": {"type": "grammar"}}
SEALED = {"include": ["reasoning.encrypted_content"]}


def said(text: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def body(*items: Any, **more: Any) -> dict[str, Any]:
    return {"model": "sparring-small", "input": list(items), "tools": [EXEC], "stream": True} | more


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


async def asked(bench: Any, *items: Any, **more: Any) -> list[dict[str, Any]]:
    answer = await bench.client.post("/v1/responses", json=body(*items, **more))
    assert answer.status_code == 200, answer.text
    return events(answer.text)


async def test_the_stream_builds_each_item_and_ends_with_the_usage(opened: Any) -> None:
    async with opened() as bench:
        found = await asked(bench, said("work " * 900), **SEALED)
        await asked(bench, said("work " * 900), **SEALED)
        true = bench.requests()[0].end.usage
        again = bench.requests()[1].end.usage
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    assert [found[0]["type"], found[-1]["type"]] == ["response.created", "response.completed"]
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert [item["type"] for item in done] == ["reasoning", "message", "function_call"]
    assert done[0]["encrypted_content"].startswith("gAAAA")
    assert done[1]["content"][0]["text"] == "one two three" == joined(found, "output_text")
    assert json.loads(done[2]["arguments"]) == {"cmd": "true"}
    assert joined(found, "function_call_arguments") == done[2]["arguments"]
    response = found[-1]["response"]
    assert response["output"] == done
    usage = response["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (true.input, true.output)
    assert usage["output_tokens_details"]["reasoning_tokens"] == true.thinking > 0
    assert usage["input_tokens_details"] == {"cached_tokens": 0}
    assert again.cached_read > 0


def joined(found: list[dict[str, Any]], kind: str) -> str:
    return "".join(e["delta"] for e in found if e["type"] == f"response.{kind}.delta")


async def test_a_whole_body_says_the_same_as_the_stream(opened: Any) -> None:
    async with opened() as bench:
        streamed = (await asked(bench, said("work"), **SEALED))[-1]["response"]
        plain = body(said("work"), **SEALED) | {"stream": False}
        whole = (await bench.client.post("/responses", json=plain)).json()
    for item in (*streamed["output"], *whole["output"]):
        item.pop("id"), item.pop("encrypted_content", None)
    assert whole["output"] == streamed["output"]
    assert (whole["status"], whole["usage"]) == ("completed", streamed["usage"])


async def test_an_answer_over_the_limit_is_incomplete(opened: Any) -> None:
    async with opened() as bench:
        found = await asked(bench, said("work"), max_output_tokens=4)
    assert found[-1]["type"] == "response.incomplete"
    assert found[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_a_free_form_tool_gets_the_patch_as_plain_text(opened: Any, fast: Any) -> None:
    step = {"tool": "write", "args": {"path": "a/b.txt", "content": "x \n\ty\n"}}
    fast["script"][0]["step"] = [step]
    patch = "*** Begin Patch\n*** Add File: a/b.txt\n+x \n+\ty\n*** End Patch\n"
    async with opened(fast) as bench:
        found = await asked(bench, said("work"), tools=[EXEC, PATCH])
        item = found[-1]["response"]["output"][-1]
        result = {"type": "custom_tool_call_output", "call_id": item["call_id"], "output": "Done"}
        after = await asked(bench, said("work"), item, result, tools=[EXEC, PATCH])
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", patch)
    assert joined(found, "custom_tool_call_input") == patch
    assert joined(after, "output_text") == "five six"


async def test_without_the_tool_the_shell_writes_and_reads(opened: Any, fast: Any) -> None:
    write = {"tool": "write", "args": {"path": "b.txt", "content": "x\n"}}
    fast["script"][0]["step"] = [write]
    async with opened(fast) as bench:
        found = await asked(bench, said("work"))
    command = json.loads(found[-1]["response"]["output"][-1]["arguments"])["cmd"]
    assert command.startswith("apply_patch <<'END_OF_PATCH'\n*** Begin Patch\n*** Add File: b.txt")


async def test_a_local_shell_call_has_its_own_item(opened: Any) -> None:
    async with opened() as bench:
        found = await asked(bench, said("work"), tools=[{"type": "local_shell"}])
    item = found[-1]["response"]["output"][-1]
    assert item["type"] == "local_shell_call"
    assert item["action"]["command"] == ["bash", "-lc", "true"]


AROUND = (
    said("You are a coding agent.", "developer"),
    {
        "type": "message",
        "role": "user",
        "content": [
            {
                "type": "input_text",
                "text": "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nbe "
                "kind\n</INSTRUCTIONS>",
            },
            {
                "type": "input_text",
                "text": "<environment_context>\n<cwd>/w</cwd>\n</environment_context>",
            },
        ],
    },
)


async def test_what_codex_puts_around_the_brief_is_no_word_of_the_person(opened: Any) -> None:
    turn = said("<turn_aborted>\nThe user interrupted the previous turn.\n</turn_aborted>")
    call = {"type": "function_call", "call_id": "c", "name": "exec_command", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c", "output": "ok"}
    async with opened() as bench:
        found = await asked(bench, *AROUND, said("work"), call, result, turn)
        await asked(bench, said("work"))
        begun = [logged.begin for logged in bench.requests()]
    assert joined(found, "output_text") == "four"
    assert begun[0].position == 1
    assert begun[0].conversation == begun[1].conversation


@pytest.mark.parametrize("wrong", [{"input": 3}, {"input": None}, {"model": 1}])
async def test_a_body_that_is_no_call_is_refused(opened: Any, wrong: dict[str, Any]) -> None:
    async with opened() as bench:
        answer = await bench.client.post("/v1/responses", json=body(said("work")) | wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_one_answer_of_several_items_is_one_message() -> None:
    items = [
        said("work"),
        {"type": "reasoning", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"type": "custom_tool_call", "call_id": "1", "name": "apply_patch", "input": "p"},
        {"type": "custom_tool_call_output", "call_id": "1", "output": [{"text": "done"}]},
    ]
    messages = read(json.dumps(body(*items)).encode()).messages
    assert [message.role for message in messages] == ["user", "assistant", "tool"]
    assert (messages[1].text, messages[1].tool_calls[0].args_json) == ("a", "p")
    assert (messages[2].results[0].name, messages[2].results[0].text) == ("apply_patch", "done")


async def test_models_are_listed_on_both_paths(opened: Any) -> None:
    async with opened() as bench:
        for path in ("/models", "/v1/models"):
            listed = (await bench.client.get(path)).json()
            assert listed["data"][0]["id"] == "sparring-small"
            assert listed["models"][1]["slug"] == "sparring-medium"


async def test_a_compacted_conversation_goes_on_where_it_stood(opened: Any) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "exec_command", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c", "output": "x" * 5000}
    trigger = {"type": "compaction_trigger"}
    async with opened() as bench:
        found = await asked(bench, *AROUND, said("work"), call, result, trigger, **SEALED)
        plain = body(said("work"), call, result, trigger) | {"stream": False}
        whole = (await bench.client.post("/v1/responses", json=plain)).json()
        items = found[-1]["response"]["output"]
        after = await asked(bench, *AROUND, said("work"), *items)
        foreign = [{"type": "compaction", "encrypted_content": text} for text in ("?", MARK + "?")]
        again = await asked(bench, said("work"), *foreign)
    assert [item["type"] for item in items] == ["compaction"]
    assert [item["type"] for item in whole["output"]] == ["compaction"]
    assert len(items[0]["encrypted_content"]) < 500
    assert joined(after, "output_text") == "four"
    assert joined(again, "output_text") == "one two three"


async def test_tools_that_come_as_an_item_make_no_side_request(opened: Any) -> None:
    tools = {"type": "additional_tools", "role": "developer", "tools": [EXEC]}
    async with opened() as bench:
        found = await asked(bench, tools, said("work"), tools=None)
    assert found[-1]["response"]["output"][-1]["type"] == "function_call"
