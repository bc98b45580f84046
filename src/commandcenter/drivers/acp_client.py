"""What an agent may ask of us: permissions, and files beneath the workspace.

Imports the SDK, as `acp_wire` does.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from acp import RequestError
from acp.schema import (
    AllowedOutcome,
    DeniedOutcome,
    PermissionOption,
    ReadTextFileResponse,
    RequestPermissionResponse,
    ToolCallUpdate,
    WriteTextFileResponse,
)

from commandcenter.core.base import Ids
from commandcenter.core.text import one_line
from commandcenter.drivers.acp_names import named
from commandcenter.drivers.acp_turn import Call, Turn
from commandcenter.drivers.base import Answer, Asking
from commandcenter.drivers.rest import Rest
from commandcenter.hosts.files import Files

T = TypeVar("T")
CHOICES: Final = {
    "allow": ("allow_once", "allow_always"),
    "deny": ("reject_once", "reject_always"),
}
"""Kinds of options in the order in which they are chosen; `always` only where nothing else is."""
CANCELLED: Final = Answer("cancelled")


@dataclass
class Open:
    """A permission that the agent waits for; `kept` was given while the thread is stopped."""

    answered: asyncio.Future[Answer]
    kept: Answer | None = None


@dataclass
class Client:
    """The SDK's client. `turn` = the running turn; `workspace` = where files are served from."""

    workspace: str
    ids: Ids
    rest: Rest
    turn: Callable[[], Turn | None]
    open: dict[str, Open] = field(default_factory=dict)

    # --- permissions ------------------------------------------------------------------------

    async def request_permission(
        self,
        session_id: str,
        tool_call: ToolCallUpdate,
        options: list[PermissionOption],
        **more: Any,
    ) -> RequestPermissionResponse:
        """May this tool run? Waits for as long as nobody answers."""
        turn = self.turn()
        if turn is None or turn.cause:
            return chosen(CANCELLED, options)
        call = turn.known(tool_call)
        answer = await self._ask(turn, call)
        if answer.option == "allow":
            await turn.allowed(call)
        elif answer.option == "deny":
            turn.refused(call)
        return chosen(answer, options)

    async def _ask(self, turn: Turn, call: Call) -> Answer:
        key = self.ids.fresh()
        waits = self.open[key] = Open(asyncio.get_running_loop().create_future())
        self.rest.asked(key)
        name, args = named(call.tool, self.workspace)
        title = one_line(call.tool.title, 200)
        turn.scribe.sink.ask(Asking(key, "tool", name, args, call.tool.id, title), turn.number)
        try:
            return await waits.answered
        finally:
            self.open.pop(key, None)
            self.rest.answered(key)

    def answer(self, key: str, answer: Answer) -> None:
        """The first answer counts; while the thread is stopped it waits for `go`."""
        waits = self.open.get(key)
        if waits is None or waits.answered.done() or waits.kept is not None:
            return
        if self.rest.level is not None:
            waits.kept = answer
        else:
            waits.answered.set_result(answer)

    def go(self) -> None:
        """Answers that were kept reach the agent."""
        for waits in tuple(self.open.values()):
            if waits.kept is not None and not waits.answered.done():
                waits.answered.set_result(waits.kept)

    def cancel(self) -> None:
        """Every open permission is answered `cancelled`."""
        for waits in tuple(self.open.values()):
            if not waits.answered.done():
                waits.answered.set_result(CANCELLED)

    # --- files ------------------------------------------------------------------------------

    async def read_text_file(
        self,
        session_id: str,
        path: str,
        line: int | None = None,
        limit: int | None = None,
        **more: Any,
    ) -> ReadTextFileResponse:
        """A file of the workspace, or `limit` lines of it from `line` (from 1) on."""
        text = await self._on_disk(path, lambda files: files.read(path).text)
        if line is not None or limit is not None:
            first = max((line or 1) - 1, 0)
            rows = text.splitlines(keepends=True)[first:]
            text = "".join(rows if limit is None else rows[:limit])
        return ReadTextFileResponse(content=text)

    async def write_text_file(
        self, session_id: str, path: str, content: str, **more: Any
    ) -> WriteTextFileResponse:
        """A file of the workspace is written, while a turn runs."""
        turn = self.turn()
        if turn is None or turn.cause:
            raise RequestError.invalid_request({"details": "no turn runs"})
        await self._on_disk(path, lambda files: files.write(path, content))
        return WriteTextFileResponse()

    async def _on_disk(self, path: str, act: Callable[[Files], T]) -> T:
        try:
            return await asyncio.to_thread(lambda: act(Files(Path(self.workspace))))
        except FileNotFoundError as error:
            raise RequestError.resource_not_found(path) from error
        except (OSError, ValueError) as error:
            raise RequestError.invalid_params({"details": str(error)}) from error


def chosen(answer: Answer, options: Sequence[PermissionOption]) -> RequestPermissionResponse:
    """The agent's own option for our answer; without one it is cancelled."""
    for kind in CHOICES.get(answer.option, ()):
        for option in options:
            if option.kind == kind:
                outcome = AllowedOutcome(outcome="selected", option_id=option.option_id)
                return RequestPermissionResponse(outcome=outcome)
    return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
