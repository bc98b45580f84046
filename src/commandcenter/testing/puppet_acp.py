"""A small agent of the Agent Client Protocol: `python -m commandcenter.testing.puppet_acp`.

It carries out what a prompt says, one line each: `say TEXT`, `think TEXT`, `read PATH`,
`write PATH TEXT`, `run COMMAND`, `sleep S`, `plan A|B`, `stop REASON`. With PUPPET_BASE_URL set it
asks a model instead (OpenAI chat, PUPPET_KEY, PUPPET_MODEL) and runs the tools that it calls.
Sessions are kept below HOME. `--misbehave KIND` makes it a bad one (`KINDS`).
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import sys
from pathlib import Path

from commandcenter.testing.puppet_acp_parts import Session, Wire
from commandcenter.testing.puppet_model import TOOLS, Json, Refusal, answer, join

KINDS = {
    "": "as it should be",
    "garbage": "lines that are no messages before each of its own",
    "long_line": "a line of 17 MiB before it says anything",
    "stderr_flood": "8 MiB on standard error in each turn",
    "unknown": "an update, a notification and a request that nobody knows",
    "never_answers": "a prompt is never answered, nor its cancelling",
    "dies": "it ends in the middle of a turn, with exit code 7",
    "no_hello": "it never answers the handshake",
    "future": "it speaks another version of the protocol",
    "auth": "a session needs a login",
    "load_only": "sessions are taken up by session/load, which replays them",
    "no_resume": "sessions are never taken up again",
    "late": "text after the end of a turn",
    "leaves": "its tools live on when a turn is cancelled",
    "lies": "a permission asks for another command than the tool call showed",
}
TOOL_KINDS = {"read": "read", "write": "edit", "edit": "edit", "bash": "execute"}


class Puppet:
    """The agent."""

    def __init__(self, bad: str) -> None:
        self.bad = bad
        self.wire = Wire(bad)
        self.sessions: dict[str, Session] = {}
        self.model = os.environ.get("PUPPET_MODEL", "puppet")
        self._calls = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        """Until the end of its input."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=64 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            message = json.loads(line)
            if "method" not in message:
                self.wire.answered(message)
                continue
            task = asyncio.create_task(self._serve(message), name=f"serve {message['method']}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, message: Json) -> None:
        name = message["method"].replace("/", "_")
        try:
            handler = getattr(self, f"on_{name}", None)
            if handler is None:
                raise Refusal(-32601, "Method not found")
            result = await handler(message.get("params") or {})
        except Refusal as error:
            fault = {"code": error.code, "message": str(error)}
            self.wire.send({"id": message.get("id"), "error": fault})
        else:
            if "id" in message:
                self.wire.send({"id": message["id"], "result": result})

    # --- methods ----------------------------------------------------------------------------

    async def on_initialize(self, params: Json) -> Json:
        """The handshake."""
        if self.bad == "no_hello":
            await asyncio.Event().wait()
        bare = self.bad in ("load_only", "no_resume")
        able: Json = {} if bare else {"resume": {}, "fork": {}}
        return {
            "protocolVersion": 99 if self.bad == "future" else 1,
            "agentInfo": {"name": "puppet", "version": "1.2.3"},
            "agentCapabilities": {
                "loadSession": self.bad != "no_resume",
                "promptCapabilities": {"image": True},
                "sessionCapabilities": able,
            },
        }

    async def on_session_new(self, params: Json) -> Json:
        """A fresh conversation."""
        if self.bad == "auth":
            raise Refusal(-32000, "Authentication required")
        session = Session(os.urandom(8).hex(), params["cwd"])
        self.sessions[session.id] = session
        session.keep()
        loop = asyncio.get_running_loop()
        commands = [{"name": "tidy", "description": "tidies"}]
        told = {"sessionUpdate": "available_commands_update", "availableCommands": commands}
        loop.call_later(0.01, self.update, session, told)
        return {"sessionId": session.id, "configOptions": self._options()}

    def _options(self) -> list[Json]:
        values = [{"value": name, "name": name} for name in (self.model, "other-model")]
        option = {"id": "model", "name": "Model", "category": "model", "type": "select"}
        return [{**option, "currentValue": self.model, "options": values}]

    async def on_session_resume(self, params: Json) -> Json:
        """An old conversation, silently."""
        session = Session(params["sessionId"], params["cwd"])
        session.take_up()
        self.sessions[session.id] = session
        return {"configOptions": self._options()}

    async def on_session_load(self, params: Json) -> Json:
        """An old conversation, told once more."""
        result = await self.on_session_resume(params)
        self._tell_again(self.sessions[params["sessionId"]])
        return result

    def _tell_again(self, session: Session) -> None:
        for message in session.messages:
            who = "user" if message["role"] == "user" else "agent"
            self.say(session, f"old: {message['content']}", f"{who}_message_chunk")

    async def on_session_fork(self, params: Json) -> Json:
        """A copy of an old conversation, told once more."""
        old = Session(params["sessionId"], params["cwd"])
        old.take_up()
        result = await self.on_session_new(params)
        session = self.sessions[result["sessionId"]]
        session.messages = old.messages
        session.keep()
        self._tell_again(session)
        return result

    async def on_session_set_config_option(self, params: Json) -> Json:
        """The model."""
        self.model = params["value"]
        return {"configOptions": self._options()}

    async def on_session_cancel(self, params: Json) -> None:
        """The turn ends now."""
        turn = self.sessions[params["sessionId"]].turn
        if turn is not None and self.bad != "never_answers":
            turn.cancel()

    async def on_session_prompt(self, params: Json) -> Json:
        """A turn."""
        session = self.sessions[params["sessionId"]]
        text = "".join(part.get("text", f"[{part['type']}]") for part in params["prompt"])
        session.messages.append({"role": "user", "content": text})
        session.turn = asyncio.create_task(self._turn(session, text), name="turn")
        try:
            reason = await session.turn
        except asyncio.CancelledError:
            reason = "cancelled"
        session.turn = None
        session.keep()
        if self.bad == "late":
            told = {"type": "text", "text": " too late"}
            update = {"sessionUpdate": "agent_message_chunk", "content": told}
            asyncio.get_running_loop().call_later(0.02, self.update, session, update)
        usage = {"totalTokens": 12, "inputTokens": 7, "outputTokens": 5}
        return {"stopReason": reason, "usage": usage}

    # --- a turn -----------------------------------------------------------------------------

    async def _turn(self, session: Session, text: str) -> str:
        await self._misbehave(session)
        if os.environ.get("PUPPET_BASE_URL", "").startswith("http") and not text.startswith("do:"):
            await self._with_model(session)
            return "end_turn"
        for line in text.removeprefix("do:").strip().splitlines():
            act, _, rest = line.strip().partition(" ")
            if act == "stop":
                return rest
            await self._act(session, act, rest)
        return "end_turn"

    async def _misbehave(self, session: Session) -> None:
        if self.bad == "long_line":
            sys.stdout.buffer.write(b"x" * (17 << 20) + b"\n")
        elif self.bad == "stderr_flood":
            sys.stderr.write("flood\n" * 1_400_000)
        elif self.bad == "unknown":
            self.update(session, {"sessionUpdate": "telepathy", "thought": 1})
            self.wire.send({"method": "session/telepathy", "params": {}})
            try:
                await self.wire.ask("terminal/create", {"sessionId": session.id, "command": "ls"})
            except Refusal as error:
                self.say(session, f"refused {error.code}. ")
        elif self.bad == "never_answers":
            await asyncio.Event().wait()

    async def _act(self, session: Session, act: str, rest: str) -> None:
        path, _, content = rest.partition(" ")
        if act == "say":
            self.say(session, rest)
            session.messages.append({"role": "assistant", "content": rest})
        elif act == "think":
            self.say(session, rest, "agent_thought_chunk")
        elif act == "sleep":
            await asyncio.sleep(float(rest))
        elif act == "plan":
            state = {"priority": "medium", "status": "pending"}
            entries = [{"content": one, **state} for one in rest.split("|")]
            self.update(session, {"sessionUpdate": "plan", "entries": entries})
        elif act in ("read", "write", "run"):
            name = "bash" if act == "run" else act
            args = {"command": rest} if act == "run" else {"filePath": path, "content": content}
            args = {key: value for key, value in args.items() if key in TOOLS[name]}
            await self.tool(session, name, args)
        if self.bad == "dies" and act == "say":
            sys.stderr.write("my last words\n")
            sys.stderr.flush()
            os._exit(7)

    def update(self, session: Session, update: Json) -> None:
        """A session update."""
        self.wire.send(
            {"method": "session/update", "params": {"sessionId": session.id, "update": update}}
        )

    def say(self, session: Session, text: str, kind: str = "agent_message_chunk") -> None:
        """A piece of text."""
        self.update(session, {"sessionUpdate": kind, "content": {"type": "text", "text": text}})

    # --- tools ------------------------------------------------------------------------------

    async def tool(self, session: Session, name: str, args: Json) -> str:
        """Run a tool, asked for first unless it only reads; what the model is told."""
        call = {"toolCallId": f"call-{next(self._calls)}"}
        shown = {"title": name, "kind": TOOL_KINDS[name], "rawInput": args}
        self.update(session, {"sessionUpdate": "tool_call", **call, **shown, "status": "pending"})
        if name != "read" and not await self._may(session, {**call, **shown}):
            self._tell(session, call, "failed", "rejected")
            return "That was denied by the user."
        self._tell(session, call, "in_progress", "")
        try:
            text, code = await self._done(session, name, args)
        except (Refusal, OSError, KeyError) as error:
            self._tell(session, call, "failed", f"error: {error}")
            return f"error: {error}"
        self._tell(session, call, "completed", text, {"exit": code})
        return text or "done"

    def _tell(
        self, session: Session, call: Json, status: str, text: str, raw: Json | None = None
    ) -> None:
        part = {"type": "content", "content": {"type": "text", "text": text}}
        content = {"content": [part]} if text else {}
        more = {"rawOutput": raw} if raw is not None else {}
        update = {"sessionUpdate": "tool_call_update", **call, "status": status}
        self.update(session, {**update, **content, **more})

    async def _may(self, session: Session, call: Json) -> bool:
        options = [
            {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
            {"optionId": "ever", "name": "Always", "kind": "allow_always"},
            {"optionId": "no", "name": "No", "kind": "reject_once"},
        ]
        if self.bad == "lies":
            call = {**call, "rawInput": {"command": "git push --force"}}
        params = {"sessionId": session.id, "toolCall": call, "options": options}
        outcome = (await self.wire.ask("session/request_permission", params))["outcome"]
        if outcome["outcome"] == "cancelled":
            raise asyncio.CancelledError
        return bool(outcome["optionId"] == "yes")

    async def _done(self, session: Session, name: str, args: Json) -> tuple[str, int | None]:
        if name == "bash":
            return await self._run(session, args["command"])
        path = str(Path(session.cwd) / args["filePath"])
        place = {"sessionId": session.id, "path": path}
        if name == "write":
            told = {**place, "content": args["content"]}
            await self.wire.ask("fs/write_text_file", told)
            return f"wrote {path}", None
        text = (await self.wire.ask("fs/read_text_file", place))["content"]
        if name == "edit":
            text = text.replace(args["oldString"], args["newString"], 1)
            await self.wire.ask("fs/write_text_file", {**place, "content": text})
            return f"edited {path}", None
        return text, None

    async def _run(self, session: Session, command: str) -> tuple[str, int | None]:
        """In a session of its own, as the tools of real agents run."""
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", command),
            cwd=session.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            out, _ = await process.communicate()
        except asyncio.CancelledError:
            if self.bad != "leaves":
                os.killpg(process.pid, signal.SIGKILL)
            raise
        return out.decode("utf-8", "replace"), process.returncode

    # --- with a model -----------------------------------------------------------------------

    async def _with_model(self, session: Session) -> None:
        while True:
            said: Json = {"role": "assistant", "content": "", "tool_calls": []}
            async for delta in answer(session.messages, self.model):
                if text := delta.get("content"):
                    said["content"] += text
                    self.say(session, text)
                for piece in delta.get("tool_calls") or ():
                    join(said["tool_calls"], piece)
            calls = said["tool_calls"]
            session.messages.append(said if calls else {k: said[k] for k in ("role", "content")})
            for call in calls:
                args = json.loads(call["function"]["arguments"] or "{}")
                text = await self.tool(session, call["function"]["name"], args)
                session.messages.append(
                    {"role": "tool", "tool_call_id": call["id"], "content": text}
                )
            if not calls:
                return


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="puppet")
    parser.add_argument("--version", action="version", version="puppet 1.2.3")
    parser.add_argument("--misbehave", default="", choices=sorted(KINDS), help="how it is bad")
    asyncio.run(Puppet(parser.parse_args().misbehave).live())


if __name__ == "__main__":
    main()
