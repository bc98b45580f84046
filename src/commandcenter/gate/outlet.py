"""The native loop's end of a call: bytes joined between two reads, back-pressure beyond 4 MiB."""

import asyncio
from collections.abc import AsyncIterator

from commandcenter.gate.base import CallCut, Flow, Headers


class QueueOutlet:
    """An outlet read by `async for`; ends, or raises CallCut where the answer broke off."""

    def __init__(self, most: int) -> None:
        """`most`: unread bytes at which the provider is no longer read."""
        self.status = 0
        self.body = b""
        """The whole answer when it is no success."""
        self._most = most
        self._kept: list[bytes] = []
        self._size = 0
        self._slow = False
        self._flow: Flow | None = None
        self._ended = False
        self._cut = ""
        self._more: asyncio.Future[None] | None = None

    def begin(self, status: int, headers: Headers, flow: Flow) -> None:
        """The head."""
        self.status, self._flow = status, flow

    def write(self, data: bytes) -> None:
        """Bytes of the answer."""
        if self.status >= 300:
            self.body += data
            return
        self._kept.append(data)
        self._size += len(data)
        if self._size > self._most and not self._slow and self._flow is not None:
            self._slow = True
            self._flow.slow(True)
        self._wake()

    def end(self) -> None:
        """Whole."""
        self._ended = True
        self._wake()

    def abort(self, why: str) -> None:
        """Not whole."""
        self._cut = why
        self._wake()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What came since the last read, joined. Raises CallCut."""
        while True:
            if self._kept:
                data, self._kept, self._size = b"".join(self._kept), [], 0
                if self._slow and self._flow is not None:
                    self._slow = False
                    self._flow.slow(False)
                yield data
            elif self._cut:
                raise CallCut(self._cut)
            elif self._ended:
                return
            else:
                self._more = asyncio.get_running_loop().create_future()
                await self._more

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)
