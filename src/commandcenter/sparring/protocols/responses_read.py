"""Reading a responses request: items, tools of four kinds, and what Codex puts around it."""

from typing import Any

import msgspec

from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec
from commandcenter.sparring.inquiry import Inquiry, decoded, fingerprint, text_of
from commandcenter.sparring.protocols.compaction import opened, sealed
from commandcenter.sparring.wrapping import user_messages

_FREE = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
_SHELL = {"type": "object", "properties": {"command": {"type": "array"}}, "required": ["command"]}
_CALLS = ("function_call", "custom_tool_call", "local_shell_call")
_RESULTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output")


def read(body: bytes) -> Inquiry:
    """The inquiry in a request body; BadInquiry when it is none."""
    tree = decoded(body, "input")
    instructions = text_of(tree.get("instructions"))
    messages = [Message("system", instructions)] if instructions else []
    messages += _messages(tree["input"])
    offered = _offered(tree)
    wanted = (tree.get("text") or {}).get("format") or {}
    schema = wanted.get("schema")
    if wanted.get("type") == "json_object":
        schema = {"type": "object"}
    return Inquiry(
        kind="responses",
        model=tree["model"],
        messages=tuple(messages),
        fingerprint=fingerprint(tree),
        tools=tuple(_tool(tool) for tool in offered),
        stream=bool(tree.get("stream")),
        show_thinking="reasoning.encrypted_content" in (tree.get("include") or ()),
        schema=schema,
        max_tokens=tree.get("max_output_tokens"),
        compacted=sealed(tuple(messages)) if _compacts(tree["input"]) else "",
        free_form=tuple(_name(t) for t in offered if t.get("type") in ("custom", "local_shell")),
    )


def _compacts(items: Any) -> bool:
    """Does the client want the conversation made short, and nothing else?"""
    last = items[-1] if isinstance(items, list) and items else None
    return isinstance(last, dict) and last.get("type") == "compaction_trigger"


def _offered(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools of the body; newer models of Codex get theirs as an item of the input."""
    groups = [tree.get("tools") or []]
    items = tree["input"] if isinstance(tree["input"], list) else []
    groups += [
        i.get("tools") or []
        for i in items
        if isinstance(i, dict) and i.get("type") == "additional_tools"
    ]
    return [tool for group in groups for tool in group if isinstance(tool, dict)]


def _name(tool: dict[str, Any]) -> str:
    return str(tool.get("name") or tool.get("type"))


def _tool(tool: dict[str, Any]) -> ToolSpec:
    """A tool; those the server runs itself and namespaces only count as text."""
    about = str(tool.get("description", ""))
    match tool.get("type"):
        case "function":
            return ToolSpec(_name(tool), about, tool.get("parameters") or {})
        case "custom":
            return ToolSpec(_name(tool), about, _FREE)
        case "local_shell":
            return ToolSpec("local_shell", about, _SHELL)
        case _:
            return ToolSpec(f"({_name(tool)})", msgspec.json.encode(tool).decode(), {})


def _messages(items: Any) -> list[Message]:
    """The conversation; what one answer consists of becomes one message again."""
    if isinstance(items, str):
        return user_messages([items])
    names: dict[str, str] = {}
    messages: list[Message] = []
    for item in items:
        if not isinstance(item, dict):
            continue
        for message in _of_item(item, names):
            last = messages[-1] if messages else None
            if last is not None and last.role == message.role == "assistant":
                messages[-1] = _joined(last, message)
            else:
                messages.append(message)
    return messages


def _of_item(item: dict[str, Any], names: dict[str, str]) -> list[Message]:
    kind = item.get("type", "message")
    if kind in _RESULTS:
        call = str(item.get("call_id", ""))
        result = ToolResult(call, names.get(call, ""), text_of(item.get("output")))
        return [Message("tool", results=(result,))]
    if kind in _CALLS:
        found = _call(item)
        names[found.id] = found.name
        return [Message("assistant", tool_calls=(found,))]
    if kind == "compaction":
        return opened(str(item.get("encrypted_content")))
    if kind != "message":
        return []
    role, content = item.get("role"), item.get("content")
    if role == "user":
        return user_messages(_parts(content))
    return [Message("assistant" if role == "assistant" else "system", text_of(content))]


def _parts(content: Any) -> list[str]:
    parts = content if isinstance(content, list) else [content]
    return [text_of([part]) if isinstance(part, dict) else text_of(part) for part in parts]


def _call(item: dict[str, Any]) -> ToolCall:
    call = str(item.get("call_id") or item.get("id") or "")
    if item.get("type") == "local_shell_call":
        action = item.get("action") or {}
        command = msgspec.json.encode({"command": action.get("command")})
        return ToolCall(call, "local_shell", command.decode())
    args = item.get("input") if item.get("type") == "custom_tool_call" else item.get("arguments")
    return ToolCall(call, str(item.get("name", "")), str(args or ""))


def _joined(first: Message, second: Message) -> Message:
    text = "\n".join(part for part in (first.text, second.text) if part)
    return Message("assistant", text, first.tool_calls + second.tool_calls)
