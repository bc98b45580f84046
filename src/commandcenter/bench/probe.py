"""`bench latency --probe`: what the screen says of its latency, compared with what is seen from
outside: a key through the X server, a pixel polled by another process."""

import asyncio

from commandcenter.bench.latency import displaying
from commandcenter.bench.measure import Figure, Outcome, figure, percentile, specs
from commandcenter.bench.rig import Rig
from commandcenter.bench.talk import Child

SCREEN, EYE = "commandcenter.bench.screen", "commandcenter.bench.eye"
PRESSES = 60
APART_S = 0.05
SETTLE_S = 1.0
KEYS = ("Right", "Left")
"""The cursor goes to the second thread and back; its ring is the pixel."""


async def measure(threads: int) -> Outcome:
    """Two threads side by side and the cursor between them."""
    async with Rig() as rig, displaying() as display:
        if not display:
            raise RuntimeError("no X server: neither Xvfb nor DISPLAY")
        first, second, *_ = await rig.spawn("bench", max(min(threads, 20), 2))
        env = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
        screen = await Child.start(SCREEN, {"home": str(rig.home)}, env)
        rig.meter.roots["screen"] = screen.pid
        eye = await rig.child("eye", EYE, {"display": display})
        try:
            await screen.ask("select", thread=first)
            await asyncio.sleep(SETTLE_S)
            where = await screen.ask("where", first=first, second=second)
            await eye.ask("focus", window=where["window"])
            await asyncio.sleep(SETTLE_S)
            seen: list[list[float]] = []

            async def work() -> None:
                await screen.ask("listen")
                asked = {"keys": KEYS, "pixels": where["pixels"], "count": PRESSES}
                seen.extend(await eye.ask("presses", apart_s=APART_S, **asked))

            span = await rig.measured("probe", work)
            heard = await screen.ask("heard")
        finally:
            await screen.end()
            del rig.meter.roots["screen"]
    inside = [1000 * (one["painted"] - one["due"]) for one in heard]
    outside = [1000 * (changed - sent) for sent, changed in seen]
    return Outcome("latency", _figures(outside, inside), (span.window,))


def _figures(outside: list[float], inside: list[float]) -> tuple[Figure, ...]:
    """Press by press. Raises RuntimeError when the screen did not see every key."""
    if len(inside) != len(outside):
        raise RuntimeError(f"{len(outside)} keys were sent, {len(inside)} came")
    limits = specs("probe")
    apart = [abs(out - own) for out, own in zip(outside, inside, strict=True)]
    return tuple(
        figure(f"{name}_{part}", limits[f"{name}_{part}"], percentile(values, share))
        for name, values in (("outside", outside), ("inside", inside), ("apart", apart))
        for part, share in (("p50", 0.5), ("p99", 0.99))
    )
