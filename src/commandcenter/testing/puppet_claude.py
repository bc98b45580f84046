"""A stand-in for `claude`: the same stream-json, real tools, no wits of its own.

With ANTHROPIC_BASE_URL its answers come from there, as the real one's do. Without, the prompt is
the script, a line each: `say TEXT`, `slow TEXT`, `run COMMAND`, `read PATH`, `write PATH TEXT`,
`question TEXT|LEFT|RIGHT`, `todo TEXT`, `task TITLE`, `fail TEXT`, `die`; the answer ends at each
tool. `--misbehave KIND`: garbage, long-line, stderr, mute, deaf, no-exit, no-init, bare (neither
hooks nor asks), twice (a second result nobody ordered).
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from commandcenter.testing.puppet_claude_model import BadAnswer, called, scripted
from commandcenter.testing.puppet_claude_tools import act

VERSION = "2.1.0"
Json = dict[str, Any]
KINDS = ("garbage", "long-line", "stderr", "mute", "deaf", "no-exit", "no-init", "bare", "twice")


class Puppet:
    """One session."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.id = options.session_id or options.resume or "puppet"
        self.model = options.model
        self.how = options.misbehave
        self._number = 0
        self._waits: dict[str, asyncio.Future[Json]] = {}
        self._hook = ""
        self._turn: asyncio.Task[None] | None = None
        self._queue: list[Json] = []
        home = os.environ.get("CLAUDE_CONFIG_DIR") or f"{os.environ['HOME']}/.claude"
        self._projects = Path(home) / "projects"
        self._file = self._projects / os.getcwd().replace("/", "-") / f"{self.id}.jsonl"
        self._lines: list[tuple[str, Json]] = []
        """(uuid, message) each."""
        if options.resume:
            self._lines = self._taken_up(options.resume, options.resume_session_at)

    def _taken_up(self, resume: str, at: str) -> list[tuple[str, Json]]:
        """What a file has, by its path or its session's id, through the line `at`."""
        found = [Path(resume)] if "/" in resume else [*self._projects.glob(f"*/{resume}.jsonl")]
        if not found or not found[0].exists():
            sys.exit(f"No conversation found with session ID: {resume}")
        lines = [json.loads(line) for line in found[0].read_text().splitlines()]
        ids = [line[0] for line in lines]
        if at and at not in ids:
            sys.exit(f"No message found with message.uuid of: {at}")
        return lines[: ids.index(at) + 1] if at else lines

    @property
    def messages(self) -> list[Json]:
        """The conversation."""
        return [message for _, message in self._lines]

    # --- lines ---------------------------------------------------------------------------------

    def say(self, type: str, **fields: Any) -> None:
        """One line."""
        if self.how == "garbage":
            sys.stdout.write('{"type": "assist\x00\n[[[[\n"a"\n{"type":"stream_event","event":3}\n')
        line = {"type": type, **fields, "session_id": self.id}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    async def hear(self) -> None:
        """Until the end of input."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 26)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            await self._heard(json.loads(line))
        while self.how == "no-exit":
            await asyncio.sleep(60)
        if self._turn is not None:
            self._turn.cancel()

    async def _heard(self, line: Json) -> None:
        if line["type"] == "user":
            self._queue.append(line["message"])
            if self._turn is None or self._turn.done():
                self._turn = asyncio.create_task(self._turns(), name="puppet turn")
        elif line["type"] == "control_response":
            answer = line["response"]
            if (waits := self._waits.pop(answer["request_id"], None)) is not None:
                waits.set_result(answer.get("response") or {})
        elif line["type"] == "control_request":
            self._asked(line["request_id"], line["request"])

    def _asked(self, id: str, asked: Json) -> None:
        kind, told = asked["subtype"], dict[str, Any]()
        if kind == "initialize":
            self._hook = asked["hooks"]["PreToolUse"][0]["hookCallbackIds"][0]
            told = {"commands": [{"name": "compact"}], "claude_code_version": VERSION}
            told["current_permission_mode"] = "default"
            if self.how == "no-init":
                return
        elif kind == "set_model":
            self.model = asked["model"]
        elif kind == "interrupt" and self.how != "deaf" and self._turn is not None:
            self._turn.cancel()
        self.say(
            "control_response", response={"subtype": "success", "request_id": id, "response": told}
        )

    async def ask(self, **body: Any) -> Json:
        """A request of ours; withdrawn when the turn is broken off."""
        self._number += 1
        id = f"p{self._number}"
        waits: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waits[id] = waits
        self.say("control_request", request_id=id, request=body)
        try:
            return await waits
        except asyncio.CancelledError:
            self._waits.pop(id, None)
            self.say("control_cancel_request", request_id=id)
            raise

    # --- turns ---------------------------------------------------------------------------------

    async def _turns(self) -> None:
        while self._queue:
            await self._one(self._queue.pop(0))

    async def _one(self, prompt: Json) -> None:
        self.say("system", subtype="init", model=self.model, slash_commands=["compact", "cost"])
        self._keep(prompt)
        if self.how == "stderr":
            sys.stderr.write("noise\n" * 200_000)
        if self.how == "long-line":
            sys.stdout.write("x" * (32 << 20) + "\n")
        if self.how == "mute":
            await asyncio.Event().wait()
        try:
            await self._steps()
            self._ended("success", stop_reason="end_turn", result="")
        except BadAnswer as error:
            self._ended("success", is_error=True, result=f"API Error: {error}")
        except asyncio.CancelledError:
            self._ended("error_during_execution", is_error=True, terminal_reason="aborted_tools")
        if self.how == "twice":
            self._ended("success", result="once more")

    async def _steps(self) -> None:
        while True:
            id = str(uuid.uuid4())
            blocks = await self._answer(id)
            self._keep({"role": "assistant", "content": blocks}, id)
            calls = [block for block in blocks if block["type"] == "tool_use"]
            if not calls:
                return
            id = str(uuid.uuid4())
            results = [await self._tool(call, id) for call in calls]
            self._keep({"role": "user", "content": results}, id)

    async def _answer(self, id: str) -> list[Json]:
        url = os.environ.get("ANTHROPIC_BASE_URL", "")
        events: AsyncIterator[Json]
        events = called(url, self.model, self.messages) if url else scripted(self.messages)
        blocks: list[Json] = []
        message = ""
        async with contextlib.aclosing(events) as heard:  # type: ignore[type-var]  # a generator
            async for event in heard:
                self.say("stream_event", event=event, parent_tool_use_id=None)
                if event["type"] == "message_start":
                    message = event["message"]["id"]
                _built(blocks, event)
                if event["type"] == "content_block_stop":
                    told = {"id": message, "role": "assistant", "content": [blocks[-1]]}
                    self.say("assistant", message=told, parent_tool_use_id=None, uuid=id)
        return blocks

    async def _tool(self, call: Json, id: str) -> Json:
        """Hook, question, action."""
        given = {"tool_name": call["name"], "tool_input": call["input"], "tool_use_id": call["id"]}
        text, ok = "", True
        if self.how != "bare":
            told = await self.ask(
                subtype="hook_callback", callback_id=self._hook, input=given, tool_use_id=call["id"]
            )
            text, ok = await self._allowed(call, told)
        if ok:
            text, ok = await act(call["name"], call["input"], self)
        result = {"type": "tool_result", "tool_use_id": call["id"], "content": text}
        result["is_error"] = not ok
        told = {"role": "user", "content": [result]}
        self.say("user", message=told, parent_tool_use_id=None, uuid=id)
        return result

    async def _allowed(self, call: Json, hook: Json) -> tuple[str, bool]:
        """What it is told instead of being run, and whether it may; reads run unasked."""
        decided = (hook.get("hookSpecificOutput") or {}).get("permissionDecision")
        if decided != "ask" and call["name"] in ("Read", "TodoWrite", "Task"):
            return "", True
        told = await self.ask(
            subtype="can_use_tool",
            tool_name=call["name"],
            input=call["input"],
            tool_use_id=call["id"],
        )
        if told.get("behavior") == "allow":
            call["input"] = told["updatedInput"]
            return "", True
        return str(told.get("message")), False

    def task(self, state: str, title: str) -> None:
        """A subagent starts or ends."""
        subtype = "task_started" if state == "started" else "task_notification"
        more = {"task_type": "local_agent", "description": title}
        self.say("system", subtype=subtype, task_id="t1", tool_use_id="", **more)

    def _keep(self, message: Json, id: str = "") -> None:
        self._lines.append((id, message))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text("".join(f"{json.dumps(line)}\n" for line in self._lines))

    def _ended(self, subtype: str, **more: Any) -> None:
        use = {"inputTokens": 10, "outputTokens": 5, "contextWindow": 200_000}
        more["model_usage_since_last_result"] = {self.model or "m": use}
        self.say("result", subtype=subtype, **more)


def _built(blocks: list[Json], event: Json) -> None:
    """A stream's events back to the blocks of a message."""
    if event["type"] == "content_block_start":
        blocks.append({**event["content_block"], "_json": ""})
    elif event["type"] == "content_block_delta":
        delta, block = event["delta"], blocks[-1]
        block["_json"] += delta.get("partial_json", "")
        for name in ("text", "thinking"):
            if name in delta:
                block[name] += delta[name]
    elif event["type"] == "content_block_stop":
        raw = blocks[-1].pop("_json")
        if blocks[-1]["type"] == "tool_use":
            blocks[-1]["input"] = json.loads(raw or "{}")


def main() -> None:
    """As the real one is called; flags that change nothing here are taken and left."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{VERSION} (puppet)")
    parser.add_argument("--misbehave", choices=KINDS, default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--session-id", default="")
    parser.add_argument("--resume", default="")
    parser.add_argument("--resume-session-at", default="")
    options, _ = parser.parse_known_args()
    asyncio.run(Puppet(options).hear())


if __name__ == "__main__":
    main()
