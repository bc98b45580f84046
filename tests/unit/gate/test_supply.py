"""Supply: order, cap, closing, and by random walks: no slot lost, no wake-up lost."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core.base import NS
from commandcenter.gate.supply import BY_PLAYER, Permit, Supply
from commandcenter.testing.clock import FakeClock


def _permit(waiter: "asyncio.Future[Permit | None]") -> Permit:
    permit = waiter.result()
    assert permit is not None
    return permit


async def test_priority_first_then_arrival() -> None:
    supply = Supply(1, FakeClock())
    first = supply.take()
    assert first is not None
    late, early, urgent = supply.enter(2), supply.enter(2), supply.enter(0)
    first.settle()
    assert urgent.done()
    assert not late.done()
    _permit(urgent).settle()
    assert late.done()
    assert not early.done()
    supply.leave(early)
    _permit(late).settle()
    assert supply.running == 0


async def test_nobody_overtakes_the_queue() -> None:
    supply = Supply(1, FakeClock())
    first = supply.take()
    assert first is not None
    waiter = supply.enter(2)
    assert supply.take() is None
    first.settle()
    assert supply.take() is None
    _permit(waiter).settle()
    assert supply.take() is not None


async def test_a_permit_settles_once() -> None:
    supply = Supply(2, FakeClock())
    permit = supply.take()
    assert permit is not None
    permit.settle()
    permit.settle()
    assert supply.running == 0


async def test_closed_until_wall_time_then_one_call_goes_first() -> None:
    clock = FakeClock()
    supply = Supply(3, clock)
    assert supply.close(clock.wall() + 5 * NS, "HTTP 429")
    assert not supply.close(clock.wall() + 2 * NS, "HTTP 429"), "never opens earlier"
    waiters = [supply.enter(2) for _ in range(3)]
    assert supply.detail() == "account opens in 5 s"
    clock.step(6)
    supply.pump()
    assert [waiter.done() for waiter in waiters] == [True, False, False]
    assert _permit(waiters[0]).answered()
    assert all(waiter.done() for waiter in waiters)
    assert not _permit(waiters[1]).answered()
    supply.stop()


async def test_a_closing_ends_by_itself() -> None:
    clock = FakeClock()
    supply = Supply(1, clock)
    supply.close(clock.wall() + NS // 50, "HTTP 429")
    waiter = supply.enter(2)
    clock.step(1)
    await asyncio.wait_for(waiter, 0.5)


async def test_closed_until_the_player_opens_it() -> None:
    supply = Supply(1, FakeClock())
    supply.close(BY_PLAYER, "HTTP 401")
    waiter = supply.enter(2)
    assert supply.detail() == "account closed: HTTP 401"
    assert not waiter.done()
    supply.open()
    assert waiter.done()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "take", "settle", "leave", "kick", "close", "open", "resize"]),
        st.integers(0, 9),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 4))
def test_no_slot_and_no_wake_up_is_lost(steps: list[tuple[str, int]], cap: int) -> None:
    asyncio.run(_walk(steps, cap))


async def _walk(steps: list[tuple[str, int]], cap: int) -> None:
    clock = FakeClock()
    supply = Supply(cap, clock)
    walk = Walk(supply, clock)
    for name, n in steps:
        getattr(walk, name)(n)
        walk.check()
    walk.open(0)
    while walk.waiters or walk.permits:
        walk.collect()
        walk.check()
        if walk.permits:
            walk.settle(0)
    assert supply.running == 0
    assert supply.waiting == 0
    supply.stop()


class Walk:
    """Everybody who holds a permit or waits for one."""

    def __init__(self, supply: Supply, clock: FakeClock) -> None:
        self.supply = supply
        self.clock = clock
        self.permits: list[Permit] = []
        self.waiters: list[asyncio.Future[Permit | None]] = []

    def enter(self, n: int) -> None:
        self.waiters.append(self.supply.enter(n % 3))

    def take(self, n: int) -> None:
        permit = self.supply.take()
        if permit is not None:
            self.permits.append(permit)

    def settle(self, n: int) -> None:
        self.collect()
        if self.permits:
            permit = self.permits.pop(n % len(self.permits))
            if n % 2:
                permit.answered()
            permit.settle()

    def leave(self, n: int) -> None:
        if self.waiters:
            self.supply.leave(self.waiters.pop(n % len(self.waiters)))

    def kick(self, n: int) -> None:
        waiter = self.waiters[n % len(self.waiters)] if self.waiters else None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
            self.waiters.remove(waiter)
            self.supply.leave(waiter)

    def close(self, n: int) -> None:
        self.supply.close(self.clock.wall() + n * NS if n else BY_PLAYER, "HTTP 429")

    def open(self, n: int) -> None:
        self.supply.open()

    def resize(self, n: int) -> None:
        self.supply.resize(1 + n % 4)

    def collect(self) -> None:
        for waiter in [one for one in self.waiters if one.done()]:
            self.waiters.remove(waiter)
            self.permits.append(_permit(waiter))

    def check(self) -> None:
        self.collect()
        assert self.supply.running == len(self.permits)
        assert self.supply.waiting == len(self.waiters)
        probing = any(permit.probe for permit in self.permits)
        if self.waiters and not self.supply.closed and not probing:
            assert self.supply.running >= self.supply.cap, "somebody waits beside a free slot"


async def test_the_heavier_goes_first_when_both_have_waited_alike() -> None:
    clock = FakeClock()
    supply = Supply(1, clock)
    first = supply.take()
    assert first is not None
    light, heavy = supply.enter(2, lambda: 0.5), supply.enter(2, lambda: 4.0)
    clock.step(1)
    first.settle()
    assert heavy.done()
    assert not light.done()
    supply.leave(light)
    supply.leave(heavy)


async def test_a_light_one_is_served_once_it_has_waited_long_enough() -> None:
    clock = FakeClock()
    supply = Supply(1, clock)
    running = supply.take()
    light = supply.enter(2, lambda: 0.5)
    served = 0
    while not light.done():
        heavy = supply.enter(2, lambda: 4.0)
        clock.step(1)
        assert running is not None
        running.settle()
        if heavy.done():
            running, served = _permit(heavy), served + 1
        else:
            supply.leave(heavy)
    assert served == 8, "4.0 / 0.5"


async def test_a_class_goes_before_any_weight() -> None:
    clock = FakeClock()
    supply = Supply(1, clock)
    first = supply.take()
    assert first is not None
    heavy = supply.enter(2, lambda: 4.0)
    clock.step(60)
    steered = supply.enter(0, lambda: 0.5)
    first.settle()
    assert steered.done()
    supply.leave(heavy)


async def test_a_weight_acts_on_a_call_that_waits_already() -> None:
    clock, weight = FakeClock(), [1.0]
    supply = Supply(1, clock)
    first = supply.take()
    assert first is not None
    early, late = supply.enter(2), supply.enter(2, lambda: weight[0])
    clock.step(1)
    weight[0] = 2.0
    first.settle()
    assert late.done()
    supply.leave(early)


async def test_threads_that_ask_again_at_once_share_by_weight() -> None:
    """One slot, four threads, each asks anew a moment after it was served."""
    clock = FakeClock()
    supply = Supply(1, clock)
    weights = {1: 4.0, 2: 1.0, 3: 1.0, 4: 0.5}
    waiting = {thread: supply.enter(2, lambda w=weight: w) for thread, weight in weights.items()}
    served = dict.fromkeys(weights, 0)
    for _ in range(200):
        clock.step(1)
        [thread] = [thread for thread, waiter in waiting.items() if waiter.done()]
        served[thread] += 1
        _permit(waiting.pop(thread)).settle()
        waiting[thread] = supply.enter(2, lambda w=weights[thread]: w)
    assert served[1] > 1.5 * served[2]
    assert abs(served[2] - served[3]) <= 1
    assert served[3] > served[4] > 10, "the light one is served less, and never forgotten"
    for waiter in waiting.values():
        supply.leave(waiter)
