"""The wire of an ACP session: lines of our process in, the SDK's connection and codec behind it.

Imports the SDK (about 0.5 s), so nobody imports this before the first session opens.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec
from acp import RequestError, interfaces
from acp.client.connection import ClientSideConnection
from acp.connection import Connection
from acp.meta import PROTOCOL_VERSION
from acp.schema import (
    ClientCapabilities,
    FileSystemCapabilities,
    ImageContentBlock,
    Implementation,
    NewSessionResponse,
    SessionNotification,
    TextContentBlock,
)
from pydantic import ValidationError

from commandcenter import __version__
from commandcenter.core.base import AgentFailed
from commandcenter.drivers.acp_client import Client
from commandcenter.drivers.lines import Hearing, LineProcess

T = TypeVar("T")
SERVED: Final = frozenset({"session/request_permission", "fs/read_text_file", "fs/write_text_file"})
"""Requests of the agent that we answer."""
SILENT: Final = frozenset({"$/cancel_request"})
SAMPLE: Final = 200
AUTH: Final = -32000
UNKNOWN_METHOD: Final = -32601


class Ears(Protocol):
    """Who hears what the agent says; nothing here waits or raises."""

    def updated(self, update: Any) -> None:
        """A session update, as the SDK's model."""
        ...

    def unknown(self, what: str) -> None:
        """A message that nobody knows."""
        ...

    def garbled(self, why: str, sample: bytes) -> None:
        """A line that is no message."""
        ...

    def gone(self, code: int, tail: str) -> None:
        """The process has ended; its last words."""
        ...


class Fault(msgspec.Struct):
    """A JSON-RPC error."""

    code: int = -32603
    message: str = "Error"
    data: Any = None


class Frame(msgspec.Struct):
    """The shape every message has; checked before the SDK's connection sees it."""

    id: int | str | None = None
    method: str | None = None
    error: Fault | None = None


class Pipe:
    """The SDK's transport: messages of the agent in the order of their lines.

    Session updates do not go through the connection, which would give each a task of its own.
    """

    def __init__(self, ears: Ears) -> None:
        self.process: LineProcess | None = None
        self.prompted = asyncio.Event()
        """The agent has taken a prompt."""
        self._ears = ears
        self._inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    @property
    def hearing(self) -> Hearing:
        """For the process."""
        return Hearing(self._line, self._too_long, self._ended)

    def _line(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line)
            frame = msgspec.convert(message, Frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._ears.garbled(str(error), line[:SAMPLE])
            return
        if frame.method == "session/update":
            self._update(message.get("params"))
        elif frame.method is None or frame.id is not None or frame.method in SERVED:
            self._inbox.put_nowait(message)
        elif frame.method not in SILENT:
            self._ears.unknown(frame.method)

    def _update(self, params: Any) -> None:
        try:
            self._ears.updated(SessionNotification.model_validate(params).update)
        except ValidationError:
            update = params.get("update") if isinstance(params, dict) else None
            kind = update.get("sessionUpdate") if isinstance(update, dict) else None
            self._ears.unknown(f"update {kind}"[:SAMPLE])

    def _too_long(self, head: bytes) -> None:
        self._ears.garbled("the line is longer than 16 MiB", head[:SAMPLE])

    def _ended(self, code: int, tail: str) -> None:
        self._ears.gone(code, tail)
        self._inbox.put_nowait(None)

    async def send(self, message: dict[str, Any]) -> None:
        """One message to the agent. Raises AgentFailed(crashed); an answer that it does not take
        any more is lost silently."""
        assert self.process is not None
        try:
            await self.process.say(msgspec.json.encode(message))
        except AgentFailed:
            if "method" in message:
                raise
        if message.get("method") == "session/prompt":
            self.prompted.set()

    async def receive(self) -> dict[str, Any] | None:
        """The next message for the connection, None at the end."""
        while (message := await self._inbox.get()) is not None:
            method = message.get("method")
            if method is None or method in SERVED:
                return message
            self._ears.unknown(f"request {method}"[:SAMPLE])
            error = {"code": UNKNOWN_METHOD, "message": f"we do not serve {method}"}
            await self.send({"jsonrpc": "2.0", "id": message.get("id"), "error": error})
        return None

    async def close(self) -> None:
        """No more messages."""
        self._inbox.put_nowait(None)


class Wire:
    """The connection: requests to the agent, every failure an AgentFailed."""

    def __init__(self, client: Client, pipe: Pipe) -> None:
        self.pipe = pipe
        self.agent = ClientSideConnection(cast("interfaces.Client", client), pipe)

    async def ask(self, answer: Awaitable[T]) -> T:
        """What the agent answers. Raises AgentFailed: crashed, auth, protocol, refused."""
        try:
            return await answer
        except ConnectionError as error:
            raise AgentFailed("crashed", "the agent has ended") from error
        except RequestError as error:
            raise AgentFailed("auth" if error.code == AUTH else "refused", told(error)) from error
        except ValidationError as error:
            raise AgentFailed("protocol", str(error)[:SAMPLE]) from error

    async def raw(self, method: str, params: dict[str, Any]) -> Any:
        """A method that the SDK has no function for. Raises AgentFailed."""
        connection: Connection = self.agent._conn  # the SDK has no other door for it
        return await self.ask(connection.send_request(method, params))

    async def close(self) -> None:
        """Give up what waits."""
        await self.agent.close()


def told(error: RequestError) -> str:
    """A JSON-RPC error in one line."""
    more = error.data if isinstance(error.data, str) else ""
    if isinstance(error.data, dict):
        details = error.data.get("details") or error.data.get("message") or error.data
        more = details if isinstance(details, str) else msgspec.json.encode(details).decode()
    return f"{error}: {more}"[:500] if more else f"{error} ({error.code})"


class Begun(msgspec.Struct, frozen=True):
    """What a session said of itself when it began."""

    id: str
    models: tuple[str, ...] = ()
    """Those that the config option of category `model` offers, or the agent's own list."""
    option: str = ""
    """That option's id; empty with `models` = the older session/set_model."""


class Hello(msgspec.Struct, frozen=True):
    """The handshake: version of the agent, what it can do."""

    version: str
    can: dict[str, bool]


async def hello(wire: Wire, *, files: bool) -> Hello:
    """Protocol 1; `files` = we offer ours. Raises AgentFailed."""
    able = ClientCapabilities(
        fs=FileSystemCapabilities(read_text_file=files, write_text_file=files)
    )
    us = Implementation(name="commandcenter", version=__version__)
    said = await wire.ask(wire.agent.initialize(PROTOCOL_VERSION, able, us))
    if said.protocol_version != PROTOCOL_VERSION:
        raise AgentFailed("protocol", f"it speaks version {said.protocol_version} of the protocol")
    can = said.agent_capabilities
    able_in = can.session_capabilities if can is not None else None
    images = can.prompt_capabilities if can is not None else None
    return Hello(
        said.agent_info.version if said.agent_info is not None else "",
        {
            "resume": able_in is not None and able_in.resume is not None,
            "fork": able_in is not None and able_in.fork is not None,
            "load": can is not None and bool(can.load_session),
            "image": images is not None and bool(images.image),
        },
    )


async def begin(wire: Wire, how: str, cwd: str, session: str) -> Begun:
    """A session: `how` = new, resume, load, or fork for a copy of it. Raises AgentFailed."""
    params: dict[str, Any] = {"cwd": cwd, "mcpServers": []}
    if how != "new":
        params["sessionId"] = session
    said = await wire.raw(f"session/{how}", params)
    raw = said if isinstance(said, dict) else {}
    try:
        known = NewSessionResponse.model_validate({"sessionId": session, **raw})
    except ValidationError as error:
        raise AgentFailed("protocol", str(error)[:SAMPLE]) from error
    option, models = model_option(known.config_options or ())
    return Begun(known.session_id, models or _older(raw.get("models")), option)


def model_option(options: Iterable[Any]) -> tuple[str, tuple[str, ...]]:
    """The config option that chooses the model, and what it offers."""
    for option in options:
        if option.category == "model" and option.type == "select":
            groups = [getattr(one, "options", None) or [one] for one in option.options]
            return option.id, tuple(one.value for group in groups for one in group)
    return "", ()


def _older(models: Any) -> tuple[str, ...]:
    """The list of session/set_model, which the SDK no longer knows."""
    listed = models.get("availableModels") if isinstance(models, dict) else None
    found = [one.get("modelId") for one in listed or () if isinstance(one, dict)]
    return tuple(one for one in found if isinstance(one, str))


async def choose_model(wire: Wire, begun: Begun, model: str) -> None:
    """The model of the next step. Raises AgentFailed."""
    if begun.option:
        await wire.ask(wire.agent.set_config_option(begun.option, begun.id, model))
    else:
        await wire.raw("session/set_model", {"sessionId": begun.id, "modelId": model})


async def prompt(
    wire: Wire, session: str, text: str, images: Iterable[tuple[str, str]]
) -> tuple[str, tuple[int, int] | None]:
    """One turn: why it stopped, and the (input, output) tokens that it reports.

    `images`: (base64, mime type) each. Raises AgentFailed.
    """
    pictures = [ImageContentBlock(type="image", data=d, mime_type=m) for d, m in images]
    said = await wire.ask(
        wire.agent.prompt(session, [TextContentBlock(type="text", text=text), *pictures])
    )
    used = said.usage
    if used is None:
        return said.stop_reason, None
    put = used.input_tokens + (used.cached_read_tokens or 0) + (used.cached_write_tokens or 0)
    return said.stop_reason, (put, used.output_tokens + (used.thought_tokens or 0))
