"""The load, in a process of its own: `python -m commandcenter.bench.generator '{}'`.

Two things in one: a model endpoint (HTTP) and a source of deltas for the bench driver. Nothing is
computed while it runs but which bytes are due.
"""

import asyncio
import gc
import sys
from typing import Any

import msgspec

from commandcenter.bench.endpoint import Endpoint, Load
from commandcenter.bench.measure import percentile
from commandcenter.bench.source import Flow, Source
from commandcenter.bench.talk import serve


class Generator:
    """Answers the bench."""

    def __init__(self) -> None:
        self.endpoint = Endpoint()
        self.source = Source()

    async def answer(self, request: dict[str, Any]) -> Any:
        """load, finish, answers; connect, flow; mark. Raises ValueError on anything else."""
        do = request.pop("do")
        if do == "load":
            self.endpoint.begin_load(msgspec.convert(request, Load))
        elif do == "finish":
            self.endpoint.finish()
        elif do == "answers":
            return [msgspec.to_builtins(answer) for answer in self.endpoint.answers]
        elif do == "connect":
            await self.source.connect(request["path"])
        elif do == "flow":
            await self.source.flow(msgspec.convert(request, Flow))
        elif do == "mark":
            return self._mark()
        else:
            raise ValueError(f"unknown request {do!r}")
        return None

    def _mark(self) -> dict[str, float]:
        """Events written since the last mark, and how late the latest 1 % were, in ms."""
        late = self.endpoint.late + self.source.late
        counted = self.endpoint.written + self.source.written
        self.endpoint.written = self.source.written = 0
        self.endpoint.late, self.source.late = [], []
        return {"written": counted, "late_ms": 1000 * percentile(late, 0.99) if late else 0.0}


async def _main() -> None:
    generator = Generator()
    port = await generator.endpoint.open()
    gc.freeze()
    sys.stdout.write(f"ready {port}\n")
    sys.stdout.flush()
    await serve(generator.answer)


if __name__ == "__main__":
    asyncio.run(_main())
