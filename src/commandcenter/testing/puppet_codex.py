"""A stand-in for `codex app-server`: the same JSON-RPC lines, real tools, no wits of its own.

With a provider in `thread/start` its answers come from there, as the real one's do. Without, the
prompt is the script, a line each (`puppet_codex_model.scripted`): `say TEXT`, `slow TEXT`,
`think TEXT`, `fail TEXT`, `run COMMAND`, `patch PATH TEXT`, `question TEXT|LEFT|RIGHT`,
`agent TITLE`, `plan A|B`, `web QUERY`; the answer ends at each tool. `--misbehave KIND`: garbage,
long-line, stderr, mute (no turn/start is answered), deaf (no interrupt ends a turn), no-exit (stays
at the end of its input), die (in its first turn), strange (unknown messages), eager (a turn that
nobody ordered), bypass (asks nothing, no sandbox), reader (is told to write nothing),
helper (a server of its own from its first turn on).
"""

import asyncio
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from commandcenter.testing.puppet_codex_model import BadAnswer, called, scripted
from commandcenter.testing.puppet_codex_tools import Terminals, apply, patch_of

VERSION = "0.171.0"
Json = dict[str, Any]
CALLED = {"response.output_text.delta": "item/agentMessage/delta",
          "response.reasoning_text.delta": "item/reasoning/textDelta"}  # fmt: skip


class Puppet:
    """One app-server with one thread."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.thread: Json = {}
        self.provider: Json = {}
        self.policy = ""
        self.items: list[Json] = []
        self.terminals = Terminals(os.getcwd())
        self.total = {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}
        self._asks = 0
        self._turns = 0
        self._waits: dict[int, asyncio.Future[Json]] = {}
        self._turn: asyncio.Task[None] | None = None
        self._call: asyncio.Task[None] | None = None
        self._kept: set[asyncio.Task[Any]] = set()
        self._id = ""

    # --- lines ---------------------------------------------------------------------------------

    def say(self, **line: Any) -> None:
        """One line."""
        if self.how == "garbage":
            sys.stdout.write(
                '{"method": "turn/\x00\n[[[[\n"a"\n{"method":"error","params":3}\n{}\n'
            )
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def note(self, method: str, **params: Any) -> None:
        """A notification about the thread."""
        told = {"threadId": self.thread.get("id"), "turnId": self._id, **params}
        self.say(method=method, params=told)

    async def ask(self, method: str, **params: Any) -> Json:
        """A request of ours."""
        number, self._asks = self._asks, self._asks + 1
        waits: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waits[number] = waits
        told = {"threadId": self.thread["id"], "turnId": self._id, **params}
        self.say(id=number, method=method, params=told)
        try:
            return await waits
        finally:
            self.note("serverRequest/resolved", requestId=number)

    async def hear(self) -> None:
        """Until the end of input."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 26)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            said = json.loads(line)
            if "method" not in said:
                waits = self._waits.pop(said.get("id", -1), None)
                if waits is not None and not waits.done():
                    waits.set_result(said.get("result") or {})
            elif "id" in said:
                await self._asked(said["id"], said["method"], said["params"])
        while self.how == "no-exit":
            await asyncio.sleep(60)
        await self.terminals.end()

    async def _asked(self, number: int, method: str, params: Json) -> None:
        try:
            result = await self._answer(method, params)
        except ValueError as error:
            self.say(id=number, error={"code": -32600, "message": str(error)})
            return
        if result is not None:
            self.say(id=number, result=result)

    async def _answer(self, method: str, params: Json) -> Json | None:
        match method:
            case "initialize":
                return {"userAgent": f"commandcenter/{VERSION} (puppet)"}
            case "thread/start" | "thread/resume":
                return self._opened(params)
            case "thread/fork":
                return self._forked(params)
            case "thread/inject_items":
                return self._injected(params)
            case "config/read":
                return {"config": {"sandbox_mode": "read-only" if self.how == "reader" else None}}
            case "turn/start":
                return self._started(params)
            case "turn/steer":
                return self._steered(params)
            case "turn/interrupt":
                return self._interrupted()
            case _:
                return await self._terminal(method.rpartition("/")[2], params)

    async def _terminal(self, verb: str, params: Json) -> Json:
        match verb:
            case "list":
                return {"data": self.terminals.listed(), "nextCursor": None}
            case "clean":
                await self.terminals.end()
                return {}
            case "terminate":
                await self.terminals.end(params["processId"])
                return {"terminated": True}
            case _:
                raise ValueError(f"unknown method {verb}")

    # --- the thread ----------------------------------------------------------------------------

    def _file(self, thread: str) -> Path:
        home = os.environ.get("CODEX_HOME") or f"{os.environ['HOME']}/.codex"
        return Path(home) / "sessions/2026/11/28" / f"rollout-2026-11-28T00-00-00-{thread}.jsonl"

    def _opened(self, params: Json) -> Json:
        id = params.get("threadId") or f"puppet-{os.getpid()}"
        if "threadId" in params:
            self.items = self._kept_of(id)
        self.provider = params["config"].get(f"model_providers.{params.get('modelProvider')}", {})
        self.thread = {"id": id, "model": params.get("model", "own")}
        self.policy = params.get("approvalPolicy", "never" if self.how == "bypass" else "untrusted")
        sandbox = {"type": "dangerFullAccess" if self.how == "bypass" else "readOnly"}
        if "sandbox" in params:
            sandbox = {"type": "workspaceWrite"}
        if self.how == "strange":
            self.note("thread/never/heard", much=[1])
            self.note("thread/never/heard", much=[2])
            self.say(id="x", method="item/tool/call", params={})
        return {"thread": self.thread, "approvalPolicy": self.policy, "sandbox": sandbox}

    def _injected(self, params: Json) -> Json:
        for item in params["items"]:
            self.keep(item)
        return {}

    def _forked(self, params: Json) -> Json:
        """A copy under a name of its own, through the turn that is named."""
        source, last = params.pop("threadId"), params.get("lastTurnId")
        items = self._kept_of(source)
        turns = [item.get("turn") for item in items]
        if last is not None and last not in turns:
            raise ValueError(f"turn not found: {last}")
        opened = self._opened(params)
        end = len(turns) if last is None else len(turns) - turns[::-1].index(last)
        for item in items[:end]:
            self.keep(item)
        return opened

    def _kept_of(self, thread: str) -> list[Json]:
        if not self._file(thread).exists():
            raise ValueError(f"no rollout found for thread id {thread}")
        kept: list[Json] = json.loads(self._file(thread).read_text())
        return kept

    def keep(self, item: Json) -> None:
        """Into the conversation, and onto the disk."""
        self.items.append({"turn": self._id, **item})
        file = self._file(self.thread["id"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.items))

    # --- turns ---------------------------------------------------------------------------------

    def _started(self, params: Json) -> Json | None:
        if self.how == "mute":
            return None
        self.thread["model"] = params.get("model", self.thread["model"])
        self.policy = params.get("approvalPolicy", self.policy)
        self._turns += 1
        if self.how == "helper" and self._turns == 1:
            helper = asyncio.create_subprocess_exec("tail", "-f", "/dev/null")
            self._kept.add(asyncio.create_task(helper, name="puppet helper"))
        self._id = f"turn-{os.getpid()}-{self._turns}"
        self._told(params["input"])
        self._turn = asyncio.create_task(self._live(self._id), name="puppet turn")
        return {"turn": {"id": self._id, "status": "inProgress", "items": []}}

    def _told(self, given: list[Json]) -> None:
        texts = [{"type": "input_text", "text": one["text"]} for one in given if "text" in one]
        shown = [{"type": "input_image", "path": one["path"]} for one in given if "path" in one]
        self.keep({"type": "message", "role": "user", "content": [*texts, *shown]})

    def _steered(self, params: Json) -> Json:
        if self._turn is None or self._turn.done() or params["expectedTurnId"] != self._id:
            raise ValueError("no active turn to steer")
        self._told(params["input"])
        if self._call is not None:
            self._call.cancel()
        return {"turnId": self._id}

    def _interrupted(self) -> Json:
        if self._turn is None or self._turn.done():
            raise ValueError("no active turn to interrupt")
        if self.how != "deaf":
            self._turn.cancel()
        return {}

    async def _live(self, id: str) -> None:
        if self.how == "die":
            self.note("item/agentMessage/delta", itemId="m", delta="I am ")
            sys.stdout.flush()
            os._exit(7)
        self.note("turn/started", turn={"id": id, "status": "inProgress"})
        status, error = "completed", None
        try:
            while await self._step():
                pass
        except BadAnswer as bad:
            status, error = "failed", {"message": str(bad)}
            self.note("error", error=error, willRetry=False)
        except asyncio.CancelledError:
            status = "interrupted"
        ended: Json = {"id": id, "status": status, "error": error, "items": []}
        self.note("turn/completed", turn=ended)
        if self.how == "eager":
            self.note("turn/started", turn={"id": "own-will", "status": "inProgress"})

    async def _step(self) -> bool:
        """One answer and its tools; False = the turn is over."""
        calls: list[Json] = []
        before = len(self.items)
        self._call = asyncio.create_task(self._listen(calls), name="puppet call")
        try:
            await self._call
        except asyncio.CancelledError:
            self._call.cancel()
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]  # in a task
                raise
            return len(self.items) > before
        for call in calls:
            text = await self._tool(call)
            told = {"type": "function_call_output", "call_id": call["call_id"], "output": text}
            self.keep(told)
        return bool(calls)

    async def _listen(self, calls: list[Json]) -> None:
        answer = scripted(self.items)
        if self.provider:
            told = [{k: v for k, v in item.items() if k != "turn"} for item in self.items]
            answer = called(self.provider, self.thread["model"], told)
        async for event in answer:
            item = event.get("item") or {}
            if event["type"] in CALLED:
                self.note(CALLED[event["type"]], itemId=event["item_id"], delta=event["delta"])
            elif event["type"] == "response.output_item.done" and item["type"] == "function_call":
                calls.append(item)
                self.keep(item)
            elif event["type"] == "response.output_item.done" and item["type"] == "message":
                self.keep(item)
                text = "".join(part["text"] for part in item["content"])
                self.note("item/completed", item={"type": "agentMessage", "id": item["id"],
                                                  "text": text})  # fmt: skip
            elif event["type"] == "response.completed":
                self._used(event["response"]["usage"])

    def _used(self, usage: Json) -> None:
        read, written = usage["input_tokens"], usage["output_tokens"]
        last = {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
        self.total = {name: self.total[name] + last[name] for name in last}
        told = {"total": self.total, "last": last, "modelContextWindow": 1_000}
        self.note("thread/tokenUsage/updated", tokenUsage=told)

    # --- tools ---------------------------------------------------------------------------------

    async def _tool(self, call: Json) -> str:
        name, id, said = call["name"], call["call_id"], call["arguments"]
        if name == "exec_command":
            name, said = "run", json.loads(said)["cmd"]
        match name:
            case "run" if changes := patch_of(said):
                return await self._patch(id, changes)
            case "run":
                return await self._run(id, said)
            case "patch":
                path, _, text = said.partition(" ")
                kind = {"type": "update" if Path(self.terminals.cwd, path).exists() else "add"}
                return await self._patch(id, [{"path": path, "kind": kind, "diff": f"+{text}\n"}])
            case "question":
                return await self._question(id, said)
            case _:
                return self._told_of(name, id, said)

    def _told_of(self, name: str, id: str, said: str) -> str:
        if name == "plan":
            steps = [{"step": one, "status": "inProgress"} for one in said.split("|")]
            self.note("turn/plan/updated", plan=steps)
        elif name == "web":
            item: Json = {"type": "webSearch", "id": id, "query": said}
            self.note("item/started", item=item)
            self.note("item/completed", item=item)
        else:
            item = {"type": "collabAgentToolCall", "id": id, "tool": "spawnAgent", "prompt": said,
                    "status": "completed", "receiverThreadIds": ["sub-1"]}  # fmt: skip
            self.note("item/started", item={**item, "receiverThreadIds": []})
            self.note("item/completed", item=item)
            for method, status in (("turn/started", "inProgress"), ("turn/completed", "completed")):
                told = {"threadId": "sub-1", "turn": {"id": "sub-turn", "status": status}}
                self.say(method=method, params=told)
        return "done"

    async def _may(self, method: str, id: str, **params: Any) -> str:
        """accept, decline or cancel."""
        if self.policy == "never":
            return "accept"
        answer = await self.ask(f"item/{method}/requestApproval", itemId=id, **params)
        if answer["decision"] == "cancel" and self._turn is not None:
            self._turn.cancel()
            await asyncio.sleep(0)
        return str(answer["decision"])

    async def _run(self, id: str, command: str) -> str:
        shown = f"/bin/bash -lc {shlex.quote(command)}"
        item: Json = {"type": "commandExecution", "id": id, "command": shown}
        self.note("item/started", item={**item, "status": "inProgress"})
        if await self._may("commandExecution", id, command=shown, cwd=os.getcwd()) != "accept":
            self.note("item/completed", item={**item, "status": "declined"})
            return "rejected by user"
        work = asyncio.create_task(
            self.terminals.run(
                id,
                command,
                lambda text: self.note("item/commandExecution/outputDelta", itemId=id, delta=text),
            ),
            name="puppet command",
        )
        self._kept.add(work)
        text, code = await asyncio.shield(work)
        status = "failed" if code else "completed"
        ended = {**item, "status": status, "exitCode": code, "aggregatedOutput": text}
        self.note("item/completed", item=ended)
        return f"Exit code: {code}\nOutput:\n{text}"

    async def _patch(self, id: str, changes: list[Json]) -> str:
        item = {"type": "fileChange", "id": id, "changes": changes}
        self.note("item/started", item={**item, "status": "inProgress"})
        if await self._may("fileChange", id) != "accept":
            self.note("item/completed", item={**item, "status": "declined"})
            return "patch rejected by user"
        apply(changes, self.terminals.cwd)
        self.note("item/completed", item={**item, "status": "completed"})
        return "Success. Updated the following files:"

    async def _question(self, id: str, said: str) -> str:
        text, *options = said.split("|")
        asked = {"id": "q", "header": "?", "question": text}
        shown = {**asked, "options": [{"label": one, "description": ""} for one in options]}
        answer = await self.ask("item/tool/requestUserInput", itemId=id, questions=[shown])
        return json.dumps(answer)


async def main() -> None:
    """Until the end of input."""
    argv = sys.argv[1:]
    how = argv[argv.index("--misbehave") + 1] if "--misbehave" in argv else ""
    if "--version" in argv:
        sys.stdout.write(f"codex-cli {VERSION}\n")
        return
    if how == "stderr":
        for _ in range(2_000):
            sys.stderr.write("noise " * 200 + "\n")
    if how == "long-line":
        sys.stdout.write("x" * (17 << 20) + "\n")
    await Puppet(how).hear()


if __name__ == "__main__":
    asyncio.run(main())
