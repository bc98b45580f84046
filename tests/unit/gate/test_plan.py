"""Plan windows at work: seen, closed when used up, let go spread at the reset, shared out."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from commandcenter.core.base import NS
from commandcenter.core.events import (
    AccountClosed,
    AccountOpened,
    AlertCleared,
    AlertRaised,
    CallHeld,
    CallRefused,
    Held,
    Released,
    WindowSeen,
)
from commandcenter.core.world import AccountHead, Head, Limit, Window, World
from commandcenter.gate.base import Route, Scope
from commandcenter.gate.supply import OPEN
from commandcenter.testing.gate import GateKit
from commandcenter.testing.plans import Person, PlanAnswer, add_plan, asked, now, said, unified
from commandcenter.testing.upstream import ScriptedUpstream, Served


class Plan:
    """A vendor whose window moves by `step` with each answer and begins anew at its reset."""

    def __init__(self, used: float = 0.0, step: float = 0.0, lasts_s: float = 0.6) -> None:
        self.used, self.step = used, step
        self.lasts_s = lasts_s
        self.reset = now() + lasts_s
        self.refused = 0
        self.served: list[float] = []

    async def __call__(self, served: Served) -> None:
        if now() >= self.reset:
            self.used, self.reset = 0.0, now() + 600
        if self.used >= 1:
            self.refused += 1
            headers = unified(self.used, self.reset, "rejected")
            await PlanAnswer(headers, status=429)(served)
            return
        self.used += self.step
        self.served.append(now())
        await PlanAnswer(unified(self.used, self.reset))(served)


@pytest_asyncio.fixture
async def plan(person: Person) -> AsyncIterator[tuple[Plan, ScriptedUpstream]]:
    script = Plan()
    async with ScriptedUpstream(script) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        yield script, upstream


Given = tuple[Plan, ScriptedUpstream]


async def test_windows_are_recorded_when_something_changed(person: Person, plan: Given) -> None:
    script, _ = plan
    script.reset = round(now()) + 600
    for used in (0.10, 0.104, 0.106, 0.106, 0.2):
        script.used = used
        assert (await person.ask(said(f"hi {used}"))).headers[
            "anthropic-ratelimit-unified-5h-utilization"
        ] == f"{used:.4f}"
    await person.kit.settled()
    seen = [event for event in person.kit.events(WindowSeen) if event.minutes == 300]
    assert [event.used for event in seen] == [0.1, 0.106, 0.2]
    assert {event.resets_at for event in seen} == {int(script.reset * NS)}
    assert {event.status for event in seen} == {"allowed"}
    (account,) = person.kit.gate.view().accounts
    assert account.auth == "login"
    assert [window.minutes for window in account.windows] == [300, 10_080]
    assert account.windows[0].used == 0.2


async def test_a_used_up_window_closes_until_its_reset_and_threads_go_on_by_themselves(
    person: Person, plan: Given
) -> None:
    script, upstream = plan
    script.used, script.step = 0.99, 0.01
    assert (await person.ask(said("last"))).status_code == 200
    gate, kit = person.kit.gate, person.kit
    (account,) = gate.view().accounts
    assert account.closed_until == int(script.reset * NS)
    waiting = asyncio.create_task(person.ask(said("next")), name="next")
    await kit.until(lambda: gate.view().held == {"window": 1})
    assert gate.view().accounts[0].waiting == 1
    answer = await waiting
    assert answer.status_code == 200
    assert script.served[-1] >= script.reset - 600 > script.served[0]
    await kit.settled()
    assert script.refused == 0
    assert len(upstream.served) == 2
    assert gate.view().accounts[0].closed_until == OPEN
    (closed,) = kit.events(AccountClosed)
    assert closed.why == "its 5 h window is used up"
    assert kit.kinds().count("AccountOpened") == 1
    assert [event.reason for event in kit.events(Held)] == ["window"]
    assert [event.reason for event in kit.events(Released)] == ["window"]
    assert "account opens in" in kit.events(CallHeld)[0].detail
    lines = [event.line for event in kit.events(AlertRaised)]
    assert "5 h window is used up" in lines[0]
    assert "is open again; what waited goes on: 1" in lines[1]
    assert [event.alert for event in kit.events(AlertCleared)] == [
        "account:plan-claude",
        "account-open:plan-claude",
    ]


async def test_a_rejection_is_no_refusal_of_ours(person: Person, plan: Given) -> None:
    script, _ = plan
    script.used = 1.0
    answer = await person.ask(said("hi"))
    assert answer.status_code == 200
    assert script.refused == 1
    await person.kit.settled()
    assert not person.kit.events(CallRefused)
    assert len(person.kit.events(AccountClosed)) == 1


async def test_twelve_threads_go_on_spread_by_priority_but_not_what_is_paused(
    person: Person, plan: Given
) -> None:
    script, upstream = plan
    script.used, script.step = 0.97, 0.01
    script.reset = reset = now() + 1.2
    gate, kit = person.kit.gate, person.kit
    people = [Person(kit, person.server, thread) for thread in range(1, 13)]
    for one in people:
        one.open(priority=1 if one.thread > 10 else 2)
    asks = []
    for one in people:
        asks.append(asyncio.create_task(one.ask(said(f"hi {one.thread}")), name="ask"))
        await asyncio.sleep(0.01)
    await kit.until(lambda: gate.view().held.get("window") == 9)
    gate.hold(5, "player")
    done, paused = await asyncio.wait(asks, timeout=3.5)
    assert paused == {asks[4]}
    assert {task.result().status_code for task in done} == {200}
    first, *later = [at for at in script.served if at >= reset]
    assert 0.2 < later[-1] - first < 0.6
    assert _released(kit)[:2] == [11, 12]
    assert script.refused == 0
    gate.release(5, "player")
    assert (await asks[4]).status_code == 200
    assert len(upstream.served) == 12
    for one in people:
        await one.close()


def _released(kit: GateKit) -> list[int]:
    return [f.stamp.thread for f in kit.facts if isinstance(f.event, Released)]


async def test_the_player_opens_it_before_its_reset(person: Person, plan: Given) -> None:
    script, _ = plan
    script.used, script.reset = 0.99, now() + 600
    script.step = 0.01
    await person.ask(said("last"))
    waiting = asyncio.create_task(person.ask(said("next")), name="next")
    await person.kit.until(lambda: person.kit.gate.view().held == {"window": 1})
    script.used = 0.1
    person.kit.gate.open_account("plan-claude")
    assert (await waiting).status_code == 200


async def test_another_route_frees_what_waited(person: Person, plan: Given) -> None:
    script, upstream = plan
    script.used, script.step, script.reset = 0.99, 0.01, now() + 600
    await person.ask(said("last"))
    waiting = asyncio.create_task(person.ask(said("next")), name="next")
    await person.kit.until(lambda: person.kit.gate.view().held == {"window": 1})
    person.kit.add("key", upstream.url, kind="anthropic")
    script.used = 0.0
    person.kit.gate.route(1, Route("key", "sparring-small"))
    assert (await waiting).status_code == 200
    assert "authorization" not in upstream.served[-1].headers


async def test_a_stray_429_is_only_a_retry(person: Person) -> None:
    tries = iter([429, 200])

    async def script(served: Served) -> None:
        headers = unified(0.4, now() + 600)
        await PlanAnswer(headers, status=next(tries))(served)

    async with ScriptedUpstream(script) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        assert (await person.ask(said("hi"))).status_code == 200
    await person.kit.settled()
    (closed,) = person.kit.events(AccountClosed)
    assert closed.until < int(now() * NS) + 60 * NS
    assert not person.kit.events(Held)


async def test_the_reset_of_a_429_without_headers_is_in_its_body(person: Person) -> None:
    statuses = iter([429, 200])
    reset = now() + 0.4

    async def script(served: Served) -> None:
        error = {"type": "usage_limit_reached", "resets_at": reset}
        await PlanAnswer(status=next(statuses), body={"error": error})(served)

    async with ScriptedUpstream(script) as upstream:
        add_plan(person.kit, upstream.url, "codex")
        person.open("codex")
        assert (await person.ask(asked("hi"), "/responses")).status_code == 200
        assert now() >= reset
    await person.kit.settled()
    assert person.kit.events(AccountClosed)[0].why == "its plan is used up"
    assert [event.reason for event in person.kit.events(Held)] == ["window"]


async def test_a_share_of_the_window_binds_its_scope_alone(person: Person, plan: Given) -> None:
    script, _ = plan
    script.reset, script.used, script.step = now() + 600, 0.1, 0.02
    gate, kit = person.kit.gate, person.kit
    other = Person(kit, person.server, 2)
    other.open()
    gate.limit(Scope("thread", "1"), Limit(share=5))
    for n in range(4):
        assert (await person.ask(said(f"hi {n}"))).status_code == 200
    held = asyncio.create_task(person.ask(said("one more")), name="held")
    await kit.until(lambda: gate.view().held == {"budget": 1})
    assert (await other.ask(said("other"))).status_code == 200
    assert gate.parts("plan-claude")[300]["#1"] >= 0.05
    await kit.settled()
    (alert,) = kit.events(AlertRaised)
    assert alert.line == "budget of thread #1 reached (5 % of the 5 h window)"
    assert not held.done()
    gate.limit(Scope("thread", "1"), Limit(share=50))
    assert (await held).status_code == 200
    await kit.settled()
    assert [event.reason for event in kit.events(Released)] == ["budget"]
    await other.close()


async def test_a_new_window_frees_what_a_share_held(person: Person, plan: Given) -> None:
    script, _ = plan
    script.reset, script.used, script.step = now() + 600, 0.1, 0.03
    gate, kit = person.kit.gate, person.kit
    other = Person(kit, person.server, 2)
    other.open()
    gate.limit(Scope("thread", "1"), Limit(share=2))
    for n in range(2):
        await person.ask(said(f"hi {n}"))
    held = asyncio.create_task(person.ask(said("one more")), name="held")
    await kit.until(lambda: gate.view().held == {"budget": 1})
    script.used, script.reset = 0.0, now() + 18_000
    await other.ask(said("other"))
    assert (await held).status_code == 200
    await other.close()


@pytest.mark.parametrize("after_s", [0.3, -5.0])
async def test_after_a_restart_windows_closing_and_who_waits_are_known(
    person: Person, after_s: float
) -> None:
    kit = person.kit
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(kit, upstream.url)
        until = int(now() * NS) + int(after_s * NS)
        window = Window(300, 1.0, until, "rejected", 1)
        head = Head(1, "one", "", "claude", "claude", "plan-claude", "", "", hold=("window",))
        account = AccountHead("plan-claude", until, "used up", windows=(window,), auth="login")
        stray = Head(2, "two", "", "claude", "claude", "gone", "", "", hold=("window",))
        kit.gate.restore(World(threads={1: head, 2: stray}, accounts={account.id: account}))
        person.open()
        (view,) = kit.gate.view().accounts
        assert view.windows == (window,)
        assert (view.closed_until == OPEN) is (after_s < 0)
        assert kit.gate.view().held == {"window": 1}
        assert (await person.ask(said("hi"))).status_code == 200
        assert int(now() * NS) >= until
        await kit.settled()
    assert _released(kit) == [1]
    assert len(kit.events(AccountOpened)) == 1


async def test_windows_may_be_told_by_the_vendors_own_client(kit: GateKit) -> None:
    kit.add("p", "http://127.0.0.1:9", kind="responses", auth="login", agent="codex")
    window = Window(300, 0.5, 7 * NS)
    for _ in range(2):
        kit.gate.windows("p", (window,))
    await kit.settled()
    assert kit.events(WindowSeen) == [WindowSeen("p", 300, 0.5, 7 * NS)]
    assert kit.gate.view().accounts[0].windows == (window,)


async def test_a_window_that_began_again_counts_from_nothing_however_full_it_is(
    kit: GateKit,
) -> None:
    kit.add("p", "http://127.0.0.1:9", kind="responses", auth="login", agent="codex")
    shares = kit.gate._admission.plans.shares
    kit.gate.windows("p", (Window(300, 0.1, 50 * NS, seen_at=10 * NS),))
    shares.spent("p", ["#1"], 10)
    kit.gate.windows("p", (Window(300, 0.2, 50 * NS, seen_at=20 * NS),))
    assert kit.gate.parts("p")[300] == {"#1": pytest.approx(0.1)}
    kit.gate.windows("p", (Window(300, 0.4, 90 * NS, seen_at=60 * NS),))
    assert kit.gate.parts("p")[300] == {}
