"""What all turns of one native session work with."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, cast

from msgspec import field

from commandcenter.core.base import Clock, Ids, Record
from commandcenter.core.conversation import ModelRequest
from commandcenter.drivers.base import SessionStart, Sink
from commandcenter.drivers.native_brake import Brake
from commandcenter.drivers.native_hands import HandParts
from commandcenter.drivers.native_memory import Memory
from commandcenter.drivers.native_shell import Place, Shell, ShellLimits
from commandcenter.drivers.tools import TOOLS
from commandcenter.hosts.base import Host, Proc
from commandcenter.wires import anthropic, chat, ollama
from commandcenter.wires.base import Kind, Wire, WireRequest

WIRES: Final[dict[Kind, Wire]] = {
    "chat": cast("Wire", chat),
    "anthropic": cast("Wire", anthropic),
    "ollama": cast("Wire", ollama),
}


class NativePorts(Record, frozen=True):
    """What the native driver needs of the outside.

    `call(thread, epoch, request)` is the gate's: the bytes of a whole answer, in order; it raises
    GateRefused before the first byte and CallCut after it; closing it ends the call.
    `waits(thread)`: a call of the thread waits at the gate. `env`: the person's environment.
    """

    call: Callable[[int, int, WireRequest], AsyncIterator[bytes]]
    host: Host
    ids: Ids
    clock: Clock
    waits: Callable[[int], bool] = lambda thread: False
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class NativeSettings(Record, frozen=True):
    """Steps a turn may have, tokens an answer may have, limits of commands."""

    steps: int = 200
    max_tokens: int = 8192
    shell: ShellLimits = ShellLimits()


class Desk:
    """A session's own: conversation, brake, shell, model."""

    def __init__(
        self, start: SessionStart, sink: Sink, ports: NativePorts, settings: NativeSettings
    ) -> None:
        """`ports.env` is already clean."""
        self.start = start
        self.sink = sink
        self.settings = settings
        self.model = start.model
        self.wire = WIRES[start.wire]
        self.memory = Memory(start.history or start.seed)
        self.brake = Brake(ports.clock)
        place = Place(start.workspace, start.thread, start.epoch, {**ports.env, **start.env})
        self.shell = Shell(ports.host, place, self.brake, settings.shell)
        self.hand_parts = HandParts(start.workspace, self.brake, self.shell, ports.clock, ports.ids)
        self.lost = self._begun_before()
        """Tool calls that an earlier session began and never ended, by id."""
        self.killed = 0
        self._ports = ports

    def _begun_before(self) -> frozenset[str]:
        """Where it is not known which calls had begun, all had."""
        left = frozenset(call.id for call in self.memory.unanswered())
        return left if self.start.started is None else left & self.start.started

    def request(self) -> WireRequest:
        """The next step's request: the whole conversation."""
        messages = self.memory.conversation(self.start.system)
        most, warmth = self.settings.max_tokens, self.start.temperature
        asked = ModelRequest(self.model, messages, TOOLS, most, temperature=warmth)
        return self.wire.encode(asked)

    def call(self, request: WireRequest) -> AsyncIterator[bytes]:
        """The answer's bytes, through the gate."""
        return self._ports.call(self.start.thread, self.start.epoch, request)

    def held(self) -> bool:
        """A call of the thread waits at the gate."""
        return self._ports.waits(self.start.thread)

    async def freeze(self) -> tuple[Proc, ...]:
        """Stop every process of the session."""
        return await self._ports.host.freeze(self.start.thread, self.start.epoch)

    async def thaw(self) -> None:
        """Let them go on."""
        await self._ports.host.thaw(self.start.thread, self.start.epoch)

    async def kill_tools(self) -> tuple[Proc, ...]:
        """End every process of the session; those that live on, which should be none."""
        report = await self._ports.host.kill_tree(self.start.thread, self.start.epoch)
        self.killed += len(report.killed)
        return report.survivors
