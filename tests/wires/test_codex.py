"""Codex' app-server: a recorded turn, what its requests ask for, lines that are no messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.wires import codex
from commandcenter.wires.codex import Ask, Item, Note, Reply, Wanted
from commandcenter.wires.codex_items import decided, outcome_of, parts, script, touched, use_of

TURN = (Path(__file__).parent / "golden" / "codex_turn.jsonl").read_bytes().splitlines()


def item(**fields: Any) -> Item:
    return msgspec.convert({"id": "i", **fields}, Item)


def wanted(**fields: Any) -> Wanted:
    return msgspec.convert(fields, Wanted)


def test_a_recorded_turn() -> None:
    """codex 0.171: a command, a new file, an edit; each asked for."""
    said = [codex.read(line) for line in TURN]
    assert [type(one) for one in said if isinstance(one, Reply)] == [Reply] * 3
    notes = [one for one in said if isinstance(one, Note)]
    assert all(note.told is not None or note.method in codex.SILENT for note in notes)
    ended = [n.told.item for n in notes if n.method == "item/completed" and n.told is not None]
    uses = [(use_of(one), outcome_of(one)) for one in ended if one]
    tools = [(use.name, use.kind, how.status, how.exit) for use, how in uses if use is not None]
    assert tools == [
        ("run", "run", "ok", 0),
        ("write", "edit", "ok", None),
        ("edit", "edit", "ok", None),
    ]
    text = [n.told.delta for n in notes if n.method.endswith("agentMessage/delta") and n.told]
    assert "".join(str(one) for one in text) == "I look.I write.I correct.All done."
    last = notes[-1].told
    assert last is not None
    assert last.turn is not None
    assert last.turn.status == "completed"


def test_what_the_recorded_turn_asks_for() -> None:
    said = [codex.read(line) for line in TURN]
    begun = [n.told.item for n in said if isinstance(n, Note) and n.told and n.told.item]
    items = {one.id: one for one in begun}
    asked = [
        part
        for one in said
        if isinstance(one, Ask) and one.wanted is not None
        for part in parts(one.method, one.wanted, items[one.wanted.item_id or ""], "/work")
    ]
    assert [(part.name, part.args.get("command") or part.args.get("path")) for part in asked] == [
        ("run", "ls -la"),
        ("write", "/work/n/a.txt"),
        ("edit", "/work/n/a.txt"),
    ]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("/bin/bash -lc 'ls -la'", "ls -la"),
        ("bash -lc ls", "ls"),
        ("""/bin/zsh -lc "echo \\"a\\" 'b'" """, "echo \"a\" 'b'"),
        ("bash -lc 'a' b", "bash -lc 'a' b"),
        ("python -c 'x'", "python -c 'x'"),
        ("bash -lc 'open", "bash -lc 'open"),
        ("", ""),
    ],
)
def test_the_shell_around_a_command(command: str, wanted: str) -> None:
    assert script(command) == wanted


def test_a_command_elsewhere_says_so_to_the_rules() -> None:
    (part,) = parts(codex.COMMAND, wanted(command="bash -lc ls", cwd="/root"), None, "/work")
    assert part.args == {"command": "cd /root && ls"}


def test_more_than_a_command_is_no_plain_run() -> None:
    more = {"command": "bash -lc ls", "additionalPermissions": {"network": True}}
    (part,) = parts(codex.COMMAND, wanted(**more), None, "/work")
    assert part.name == "run with permissions"
    more = {"command": "bash -lc ls", "networkApprovalContext": {"host": "a.example"}}
    (part,) = parts(codex.COMMAND, wanted(**more), None, "/work")
    assert (part.name, "a.example" in part.args["asked"]) == ("network", True)


def test_every_file_of_a_patch_is_judged() -> None:
    changes = [
        {"path": "/work/a", "kind": {"type": "add"}, "diff": "+a"},
        {"path": "/work/b", "kind": {"type": "update", "move_path": "/etc/b"}, "diff": "+b"},
        {"path": "/work/c", "kind": {"type": "delete"}, "diff": ""},
    ]
    patch = item(type="fileChange", changes=changes)
    asked = parts(codex.CHANGE, wanted(grantRoot="/etc"), patch, "/work")
    assert [(part.name, part.args.get("path", "")) for part in asked] == [
        ("write", "/work/a"),
        ("edit", "/work/b"),
        ("edit", "/etc/b"),
        ("delete", "/work/c"),
        ("grant write access", ""),
    ]
    assert parts(codex.CHANGE, wanted(), None, "/work")[0].name == "unseen patch"
    assert touched((patch.changes or [])[1]) == ("/work/b", "/etc/b")


@pytest.mark.parametrize(
    ("method", "verdict", "answer"),
    [
        (codex.COMMAND, "allow", {"decision": "accept"}),
        (codex.COMMAND, "deny", {"decision": "decline"}),
        (codex.CHANGE, "cancelled", {"decision": "cancel"}),
        (codex.PERMISSION, "deny", {"permissions": {}, "scope": "turn"}),
        (codex.PERMISSION, "allow", {"permissions": {"network": True}, "scope": "turn"}),
        (codex.ELICITATION, "deny", {"action": "decline", "content": None}),
        (codex.ELICITATION, "allow", {"action": "accept", "content": {}}),
        (codex.QUESTION, "deny", {"answers": {}}),
    ],
)
def test_answers_grant_nothing_for_longer(method: str, verdict: str, answer: Any) -> None:
    assert decided(method, verdict, wanted(permissions={"network": True})) == answer


def test_how_tools_end() -> None:
    failed = item(type="commandExecution", status="failed", exitCode=2, aggregatedOutput="\nbad\n")
    assert (outcome_of(failed).summary, outcome_of(failed).text) == ("exit 2: bad", "\nbad\n")
    result = {"content": [{"type": "text", "text": "4"}, {"type": "image"}]}
    mcp = item(type="mcpToolCall", server="sum", tool="add", status="completed", result=result)
    assert (outcome_of(mcp).text, outcome_of(mcp).status) == ("4\n[not text]", "ok")
    broken = item(type="mcpToolCall", server="s", tool="t", status="failed", error={"message": "x"})
    assert (outcome_of(broken).text, outcome_of(broken).status) == ("x", "failed")
    assert outcome_of(item(type="commandExecution", status="new word")).status == "unknown"
    names = [use.name for one in (mcp, broken) if (use := use_of(one)) is not None]
    assert names == ["sum.add", "s.t"]
    assert use_of(item(type="agentMessage", text="hi")) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":"x"}',
        b'{"method":3}',
        b'{"method":"error","params":[1]}',
        b'{"method":"item/started","params":{"item":{"type":"agentMessage"}}}',
        b'{"id":1,"result":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"id":1,"result":"\xff"}',
        b'{"id":1,"error":' + b"[" * 100_000,
    ],
)
def test_what_is_no_message(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        codex.read(line)


@given(st.binary(max_size=200), st.integers(0, len(TURN) - 1), st.integers(0, 400))
def test_any_bytes_are_a_message_or_a_value_error(noise: bytes, line: int, at: int) -> None:
    for data in (noise, TURN[line][:at] + noise, TURN[line][:at] + noise + TURN[line][at:]):
        try:
            said = codex.read(data)
        except ValueError:
            continue
        assert isinstance(said, Reply | Ask | Note)


def test_messages_of_ours() -> None:
    decode: Callable[[bytes], Any] = msgspec.json.decode
    assert decode(codex.request(3, "turn/start", {"a": 1}))["method"] == "turn/start"
    assert decode(codex.notification("initialized")) == {"method": "initialized"}
    assert decode(codex.answer("x", {"decision": "accept"}))["id"] == "x"
    assert decode(codex.refusal(4, "item/tool/call"))["error"]["code"] == codex.NO_METHOD


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ('{"error":{"message":"budget reached","code":"cc"}}', "budget reached"),
        ('status 400: {"error":{"message":"too long"}}', "too long"),
        ('{"error": broken', '{"error": broken'),
        ("plain", "plain"),
    ],
)
def test_a_fault_in_plain_words(message: str, wanted: str) -> None:
    assert codex.fault_text(message) == wanted
