"""Of the stand-in for an ACP agent: its lines, and where it keeps a conversation."""

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from commandcenter.testing.puppet_model import Json, Refusal


class Wire:
    """JSON-RPC lines over standard input and output."""

    def __init__(self, bad: str) -> None:
        self.bad = bad
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}

    def send(self, message: Json) -> None:
        """One line; a bad puppet says more than that."""
        if self.bad == "garbage":
            for line in (
                b"no json",
                b'{"id": [1]}',
                b"[1, 2]",
                b'{"id": 1, "error": "x"}',
                b"\xff",
            ):
                sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.write(b"[" * 5_000 + b"\n")
        whole = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
        sys.stdout.buffer.write(whole.encode() + b"\n")
        sys.stdout.buffer.flush()

    async def ask(self, method: str, params: Json) -> Any:
        """A request to the client. Raises Refusal."""
        number = next(self._ids)
        self._asked[number] = asyncio.get_running_loop().create_future()
        self.send({"id": number, "method": method, "params": params})
        return await self._asked[number]

    def answered(self, message: Json) -> None:
        """An answer of the client."""
        waits = self._asked.pop(message["id"], None)
        if waits is None or waits.done():
            return
        if "error" in message:
            error = message["error"]
            details = (error.get("data") or {}).get("details", "")
            waits.set_exception(Refusal(error["code"], f"{error['message']} {details}".strip()))
        else:
            waits.set_result(message.get("result"))


class Session:
    """A conversation and where it is kept."""

    def __init__(self, id: str, cwd: str) -> None:
        self.id = id
        self.cwd = cwd
        self.messages: list[Json] = []
        self.turn: asyncio.Task[str] | None = None

    @property
    def _file(self) -> Path:
        return Path.home() / ".puppet" / f"{self.id}.json"

    def keep(self) -> None:
        """On disk, so that another process can take it up."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.messages))

    def take_up(self) -> None:
        """From disk. Raises Refusal."""
        if not self._file.exists():
            raise Refusal(-32002, f"no session {self.id}")
        self.messages = json.loads(self._file.read_text())
