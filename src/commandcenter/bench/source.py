"""The generator's other half: deltas for the bench driver, pre-rendered, open loop."""

import asyncio
import struct
import time

import msgspec

RECORD = struct.Struct("<HB")
"""Thread, number of the text."""
TICK_S = 0.002
TEXTS = tuple(f"looks at part {i:02d}{chr(10) if i % 8 == 7 else ' '}" for i in range(64))


class Flow(msgspec.Struct):
    """`threads` first and last, each with `rate` deltas a second."""

    first: int
    last: int
    rate: float


def rounds(flow: Flow) -> list[bytes]:
    """What is due in each tick of one period; every thread once, spread evenly."""
    ticks = max(1, round(1.0 / flow.rate / TICK_S))
    made = [bytearray() for _ in range(ticks)]
    count = flow.last - flow.first + 1
    for place in range(count):
        made[place * ticks // count] += RECORD.pack(flow.first + place, place % len(TEXTS))
    return [bytes(one) for one in made]


class Source:
    """Writes to the engine's bench socket."""

    def __init__(self) -> None:
        self.written = 0
        self.late: list[float] = []
        self._flow: Flow | None = None
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self, path: str) -> None:
        """To the bench driver. Raises OSError."""
        _, self._writer = await asyncio.open_unix_connection(path)

    async def flow(self, flow: Flow) -> None:
        """From now on this much; a rate of 0 = nothing."""
        await self.stop()
        if flow.rate > 0:
            self._task = asyncio.create_task(self._pour(flow), name="pour")

    async def stop(self) -> None:
        """No more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()

    async def _pour(self, flow: Flow) -> None:
        assert self._writer is not None
        period = rounds(flow)
        step = 1.0 / flow.rate / len(period)
        begun, tick = time.perf_counter(), 0
        while not self._writer.is_closing():
            now = time.perf_counter()
            while begun + tick * step <= now:
                self._write(period[tick % len(period)], now - begun - tick * step)
                tick += 1
            await asyncio.sleep(max(0.0, begun + tick * step - time.perf_counter()))

    def _write(self, data: bytes, late: float) -> None:
        assert self._writer is not None
        if not data:
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() == 0:
            self.written += len(data) // RECORD.size
        self.late.append(late)
