"""`bench start`: from the start of the screen's process to the first frame that shows what runs."""

import asyncio
import os
import sys
import time

import msgspec

from commandcenter.bench.measure import Figure, Outcome, figure, percentile, specs
from commandcenter.bench.rig import Rig

MODULE = "commandcenter.bench.starter"
STARTS = 9
WARM = 2
NAMES = 50
LIMIT_S = 30.0


async def measure(threads: int) -> Outcome:
    """Fifty threads of a running engine; the first starts warm the caches of the disk."""
    limits = specs("start")
    found: list[float] = []
    floor: list[float] = []
    async with Rig() as rig:
        await rig.spawn("bench", NAMES)
        seq = rig.mirror.seq
        whole = {"home": str(rig.home), "names": NAMES, "seq": seq}
        cache = str(rig.home / "byte-code")
        for _ in range(WARM):
            await _start(whole, cache)
            await _start({"bare": True}, cache)

        async def work() -> None:
            for _ in range(STARTS):
                found.append(await _start(whole, cache))
                floor.append(await _start({"bare": True}, cache))

        span = await rig.measured("start", work)
    figures: list[Figure] = []
    for name, share in (("p50", 0.5), ("worst", 1.0)):
        floored = percentile(floor, share)
        figures.append(figure(name, limits[name], percentile(found, share), floored))
    note = f"{NAMES} names at seq {seq}, {STARTS} starts, offscreen; --threads is not used"
    return Outcome("start", tuple(figures), (span.window,), (note,) if threads else ())


def _warm(cache: str) -> dict[str, str]:
    """As an installed program runs: its byte code is kept, here in a folder of the bench."""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": cache}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


async def _start(config: dict[str, object], cache: str) -> float:
    """One start, in ms. Raises RuntimeError when it painted nothing, TimeoutError after 30 s."""
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        msgspec.json.encode(config).decode(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=_warm(cache),
    )
    assert process.stdout is not None
    painted = 0.0
    try:
        async with asyncio.timeout(LIMIT_S):
            while line := await process.stdout.readline():
                word, _, rest = line.decode().partition(" ")
                if word == "painted":
                    painted = float(rest)
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not painted:
        raise RuntimeError(f"the screen ended with {process.returncode} and painted no names")
    return 1000 * (painted - begun)
