"""Every driver by its kind."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from commandcenter.compose.base import SystemClock, SystemIds

if TYPE_CHECKING:
    from commandcenter.core.redact import Redactor
    from commandcenter.drivers.base import Driver
    from commandcenter.gate.gate import Gate
    from commandcenter.hosts.local import LocalHost


class Needs(NamedTuple):
    """What drivers are made of."""

    gate: "Gate"
    host: "LocalHost"
    waits: Callable[[int], bool]
    """Does a call of this thread wait at the gate?"""
    redactor: "Callable[[], Redactor]"


MakeDrivers = Callable[[Needs], "Mapping[str, Driver]"]
"""Drivers by kind."""


def all_drivers(needs: Needs) -> "Mapping[str, Driver]":
    """Ours and those of foreign agents."""
    from commandcenter.drivers.acp import AcpDriver
    from commandcenter.drivers.claude import ClaudeDriver
    from commandcenter.drivers.codex import CodexDriver
    from commandcenter.drivers.foreign import ForeignPorts
    from commandcenter.drivers.native import NativeDriver
    from commandcenter.drivers.native_desk import NativePorts
    from commandcenter.drivers.terminal import TerminalDriver

    host, waits = needs.host, needs.waits
    ids, clock, env = SystemIds(), SystemClock(), dict(os.environ)
    foreign = ForeignPorts(host, ids, clock, waits, needs.redactor)
    return {
        "native": NativeDriver(NativePorts(needs.gate.call, host, ids, clock, waits)),
        "claude": ClaudeDriver(foreign, env),
        "codex": CodexDriver(foreign, env),
        "acp": AcpDriver(foreign, env),
        "terminal": TerminalDriver(foreign, env),
    }
