"""Every skirmish script, played against the sample repository with a small tool executor."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commandcenter.config.resources import resource
from commandcenter.core.conversation import Message, ToolResult, ToolSpec
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.scenario import Scenario, load_scenario
from commandcenter.sparring.scripts import Answer, answer_to
from commandcenter.sparring.skirmish import SpawnSpec, plan

SCENARIO = load_scenario(resource("scenarios/skirmish.toml").read_bytes())
THREADS = plan(SCENARIO, 24, 7).threads
NATIVE = {
    "read": ["path"],
    "list": ["path"],
    "search": ["pattern", "path"],
    "write": ["path", "content"],
    "edit": ["path", "old", "new"],
    "run": ["command"],
    "ask": ["question", "options"],
    "plan": ["items"],
    "finish": ["summary"],
}
TOOLS = tuple(
    ToolSpec(
        name,
        name,
        {"type": "object", "properties": {key: {} for key in keys}, "required": keys},
    )
    for name, keys in NATIVE.items()
)
FLOOR = ("git push --force", "rm -rf", "curl")


class Workshop:
    """The tools of the native driver, as far as the scripts go; `asked` keeps what was asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self.ran: list[tuple[str, str]] = []
        self.deny = False

    def do(self, name: str, args: dict[str, Any]) -> str:
        match name:
            case "read":
                return (self.root / args["path"]).read_text()
            case "list":
                return "\n".join(sorted(path.name for path in (self.root / args["path"]).iterdir()))
            case "write":
                (self.root / args["path"]).write_text(args["content"])
                return "written"
            case "edit":
                return self._edit(self.root / args["path"], args["old"], args["new"])
            case "run":
                return self._run(args["command"])
            case "ask":
                self.asked.append(args["question"])
                return str(args["options"][0])
            case _:
                return "noted"

    def _edit(self, path: Path, old: str, new: str) -> str:
        text = path.read_text()
        if text.count(old) != 1:
            return f"error: found {text.count(old)} times"
        path.write_text(text.replace(old, new))
        return "edited"

    def _run(self, command: str) -> str:
        if command.startswith(FLOOR):
            return "denied by rule floor"
        if not command.startswith("python -m unittest"):
            self.asked.append(command)
            return "denied by the player: not now" if self.deny else "done"
        names = [name for name in command.split()[4:] if name != "tests.soak"]
        if not names:
            return "OK"
        argv = [sys.executable, "-B", "-S", "-m", "unittest", "-q", *names]
        ended = subprocess.run(argv, cwd=self.root, capture_output=True, text=True, check=False)
        self.ran.append((command, ended.stderr))
        return ended.stdout + ended.stderr


def ask_of(messages: list[Message]) -> Inquiry:
    return Inquiry("chat", "sparring-medium", tuple(messages), f"{len(messages)}", TOOLS)


def play(spec: SpawnSpec, shop: Workshop, steer_at: int = 10) -> tuple[list[Message], Answer]:
    """Until finish or the end of the turn; a thread that repeats itself is steered once."""
    messages = [Message("system", "You are an agent."), Message("user", spec.brief)]
    for step in range(80):
        if step == steer_at and "stuck" in SCENARIO.find(spec.script).behaviour:
            messages.append(Message("user", "Leave that file alone and finish."))
        answer = answer_to(SCENARIO, ask_of(messages))
        messages.append(Message("assistant", answer.text, (answer.call,) if answer.call else ()))
        if answer.call is None or answer.call.name == "finish":
            return messages, answer
        result = shop.do(answer.call.name, msgspec.json.decode(answer.call.args_json))
        messages.append(Message("tool", results=(ToolResult(answer.call.id, "", result),)))
    raise AssertionError(f"{spec.name} never finished")


def copy(root: Path) -> Workshop:
    shutil.copytree(resource("sample-repo"), root, ignore=shutil.ignore_patterns("__pycache__"))
    return Workshop(root)


def ends_green(spec: SpawnSpec, root: Path) -> str:
    """What went wrong with a thread; nothing is what should."""
    shop = copy(root)
    _, last = play(spec, shop)
    if last.call is None or last.call.name != "finish":
        return f"{spec.name}: ended with {last.text!r}"
    command, output = shop.ran[-1]
    return "" if output.rstrip().endswith("OK") else f"{spec.name}: {command}\n{output}"


@pytest.mark.slow
async def test_each_script_ends_green(tmp_path: Path) -> None:
    rooms = [(spec, tmp_path / spec.name) for spec in THREADS]
    done = await asyncio.gather(
        *(asyncio.to_thread(ends_green, spec, room) for spec, room in rooms)
    )
    assert [line for line in done if line] == []


@pytest.mark.slow
def test_sample_has_twelve_defects_and_each_working_script_mends_one(tmp_path: Path) -> None:
    shop = copy(tmp_path / "whole")
    before = failing(shop)
    working = [s for s in THREADS if SCENARIO.find(s.script).behaviour == "working"]
    assert len(working) == 12
    mended: set[str] = set()
    for spec in working:
        root = tmp_path / spec.name
        room = copy(root)
        for step in SCENARIO.find(spec.script).step:
            if step.tool == "edit":
                assert room.do("edit", step.args) == "edited"
        now = failing(room)
        assert now < before, spec.name
        assert not mended & (before - now), spec.name
        mended |= before - now
    assert mended == before


def failing(shop: Workshop) -> set[str]:
    """Names of the tests that fail in the whole suite."""
    argv = [sys.executable, "-B", "-S", "-m", "unittest", "-q"]
    ended = subprocess.run(argv, cwd=shop.root, capture_output=True, text=True, check=False)
    lines = ended.stderr.splitlines()
    return {line.split()[1] for line in lines if line.startswith(("FAIL:", "ERROR:"))}


def test_two_pairs_edit_overlapping_lines() -> None:
    first: dict[str, tuple[str, str]] = {}
    pairs = set()
    for script in SCENARIO.script:
        for step in script.step:
            if step.tool == "edit" and script.behaviour == "working":
                path, last_line = step.args["path"], step.args["old"].rstrip().splitlines()[-1]
                if path in first and first[path][1] != script.id:
                    assert last_line in first[path][0] or first[path][0] in last_line
                    pairs.add(path)
                first.setdefault(path, (last_line, script.id))
    assert pairs == {"tally/money.py", "tally/report.py"}


def test_risky_is_told_no_then_asks_and_takes_no_for_an_answer(tmp_path: Path) -> None:
    spec = next(s for s in THREADS if s.name == "ship-release")
    shop = copy(tmp_path / "room")
    shop.deny = True
    messages, last = play(spec, shop)
    assert shop.asked == ["git push origin main"]
    texts = [result.text for message in messages for result in message.results]
    assert texts[1:4] == ["denied by rule floor"] * 3
    assert any("was not allowed" in message.text for message in messages)
    assert last.call is not None
    assert last.call.name == "finish"


def test_stuck_repeats_one_call_until_its_limit(tmp_path: Path) -> None:
    spec = next(s for s in THREADS if s.name == "hunt-flake")
    messages, last = play(spec, copy(tmp_path / "room"), steer_at=999)
    calls = [call.args_json for message in messages for call in message.tool_calls]
    assert calls[3:] == [calls[3]] * 60
    assert last.call is None
    assert last.onset == 3


def test_the_scenario_has_no_long_file_names() -> None:
    assert all(len(spec.name) <= 14 for spec in THREADS)
    assert len({spec.name for spec in THREADS}) == 24
    assert isinstance(SCENARIO, Scenario)
