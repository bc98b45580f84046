"""How a Codex thread begins: new, resumed, a copy of another, or with a conversation of ours."""

import asyncio
import glob
from collections.abc import Callable, Iterator
from typing import Any, Final

from commandcenter.core.base import AgentFailed
from commandcenter.core.conversation import Message
from commandcenter.drivers.base import Origin, SessionStart
from commandcenter.drivers.beginning import copied, folder, newest, origin_env
from commandcenter.drivers.codex_config import thread_params
from commandcenter.drivers.codex_link import Link
from commandcenter.drivers.foreign import launch_of

OPEN_S: Final = 30.0
UNKNOWN: Final = "no rollout found"
"""What it says of a thread that it has not kept: one that never had a turn is not."""
NO_TURN: Final = "turn not found"
Json = dict[str, Any]


async def begin(link: Link, start: SessionStart, lost: Callable[[], None]) -> Json:
    """What Codex says of the thread. `lost` is called when it has lost the one to be resumed, and
    begins anew. Raises AgentFailed: unsupported when it cannot copy the session it should."""
    params, resume = thread_params(start), start.resume
    if start.fork is not None:
        return await _fork(link, start, start.fork)
    if resume is not None and resume.session:
        told = {**params, "threadId": resume.session, "excludeTurns": True}
        try:
            return await link.ask("thread/resume", told, OPEN_S)
        except AgentFailed as error:
            if UNKNOWN not in error.detail:
                raise
            lost()
    opened = await link.ask("thread/start", params, OPEN_S)
    if start.seed:
        thread = (opened.get("thread") or {}).get("id")
        told = {"threadId": thread, "items": list(items(start.seed))}
        await link.ask("thread/inject_items", told, OPEN_S)
    return opened


async def _fork(link: Link, start: SessionStart, origin: Origin) -> Json:
    await asyncio.to_thread(_bring, start, origin)
    told = {**thread_params(start), "threadId": origin.ref.session, "excludeTurns": True}
    if origin.at:
        told["lastTurnId"] = origin.mark
    try:
        return await link.ask("thread/fork", told, OPEN_S)
    except AgentFailed as error:
        if UNKNOWN in error.detail or NO_TURN in error.detail:
            raise AgentFailed("unsupported", error.detail) from error
        raise


def _bring(start: SessionStart, origin: Origin) -> None:
    """A thread of another CODEX_HOME is found only in its own: its record is copied there.
    Blocks. Raises AgentFailed(unsupported)."""
    env = launch_of(start).env
    here = folder(env, "CODEX_HOME", ".codex")
    there = folder(origin_env(origin, env), "CODEX_HOME", ".codex")
    if here == there:
        return
    name = f"sessions/*/*/*/rollout-*-{glob.escape(origin.ref.session)}.jsonl"
    file = newest(there, name)
    if file is None:
        raise AgentFailed("unsupported", "the session to copy is not on this disk")
    try:
        copied(file, here / file.relative_to(there))
    except OSError as error:
        raise AgentFailed("unsupported", f"{file}: {error}") from error


def items(seed: tuple[Message, ...]) -> Iterator[Json]:
    """A conversation as items of the Responses API."""
    for message in seed:
        if message.text:
            kind = "output_text" if message.role == "assistant" else "input_text"
            content = [{"type": kind, "text": message.text}]
            yield {"type": "message", "role": message.role, "content": content}
        for call in message.tool_calls:
            told = {"call_id": call.id, "name": call.name, "arguments": call.args_json or "{}"}
            yield {"type": "function_call", **told}
        for result in message.results:
            told = {"call_id": result.call, "output": result.text}
            yield {"type": "function_call_output", **told}
