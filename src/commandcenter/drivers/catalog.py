"""The agents a driver can run; those of other drivers come with resources/agents/*.toml."""

from typing import Final

from commandcenter.core.base import Record
from commandcenter.drivers.base import DriverKind


class AgentSpec(Record, frozen=True):
    """One agent: the id that orders name, how the person reads it, who talks to it.

    `ask_limit_s`, `hold_limit_s`: how long it waits for an answer or a call, None = for ever.
    """

    id: str
    name: str
    driver: DriverKind
    command: tuple[str, ...] = ()
    install_hint: str = ""
    ask_limit_s: float | None = None
    hold_limit_s: float | None = None


NATIVE: Final = AgentSpec("native", "native loop", "native")


def agents() -> tuple[AgentSpec, ...]:
    """Every known agent, ours first."""
    return (NATIVE,)


def agent(id: str) -> AgentSpec | None:
    """The agent of that id."""
    return next((spec for spec in agents() if spec.id == id), None)
