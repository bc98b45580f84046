"""Undo and redo of every order; what its Struct promises is what the engine does."""

import asyncio

import pytest

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.events import AlertRaised, CallAdmitted, OrderDone
from commandcenter.core.orders import ORDERS, verb
from commandcenter.testing.engines import Bench

GIVEN: dict[str, tuple[str, ...]] = {
    "operation": ("operation demo --repo {repo}",),
    "disband": ("operation demo --repo {repo}", "disband demo"),
    "spawn": ('spawn --repo {repo} --account sparring-chat "x"',),
    "steer": ('steer #1 "later"',),
    "unsteer": ('steer #1 "later"', "unsteer #1 {item}"),
    "pause": ("pause #1",),
    "resume": ("freeze #1", "resume #1"),
    "freeze": ("freeze #1",),
    "interrupt": ("interrupt #1",),
    "kill": ("kill #1",),
    "revive": ("kill #1 --now", "revive #1"),
    "rename": ('rename #1 "other"',),
    "group": ("group #1 --set 3",),
    "model": ("model #1 --to sparring-large",),
    "approve": ("approve 1 --danger",),
    "deny": ("deny 1",),
    "budget": ("budget #1 --tokens 9000",),
    "pause-all": ("pause-all",),
    "resume-all": ("pause-all", "resume-all"),
    "freeze-spending": ("freeze-spending",),
    "resume-spending": ("freeze-spending", "resume-spending"),
    "allow-login": ("allow-login puppet",),
    "forbid-login": ("allow-login puppet", "forbid-login puppet"),
    "hibernate": ("hibernate #1",),
    "wake": ("hibernate #1", "wake #1"),
    "compact": ("compact #1",),
    "take": ("take #1",),
    "give-back": ("take #1", "give-back #1"),
    "seen": ("seen #1 --diff",),
    "priority": ("priority #1 up",),
    "tag": ("tag #1 api",),
    "flag": ('flag 10,990 "look here"',),
    "unflag": ('flag 10,990 "look here"', "unflag 1"),
    "goal": ('goal #1 "be quick"',),
    "group-rule": ("group-rule 3 --children",),
    "defer": ("defer 1",),
    "undefer": ("defer 1", "undefer 1"),
    "snooze": ("snooze test",),
    "enqueue": ('steer #1 "later" --queued',),
    "queue": ('steer #1 "later" --queued', "queue #1 --clear"),
    "requeue": ('steer #1 "later" --queued', "requeue #1"),
    "loop": ("loop #1 --until 3",),
    "rally": ("rally #1 --to review",),
    "withdraw": ("approve 1 --remember thread", "withdraw g1"),
    "propose": ("propose #1 --kind branch --into 2",),
    "split": ("split #1 --kind branch --into 2",),
    "fork": ("fork #1",),
    "escalate": ("escalate #1",),
    "downgrade": ("downgrade #1",),
}
IN_GIT = {
    *("checkpoint", "revert", "verify", "critic", "merge", "unmerge", "land", "unland", "reclaim"),
}
"""Orders on results, tried at real git in test_results*.py."""
ON_SEATS = {"reassign", "hand-over", "go-back"}
"""Another agent sits down and gets up again: tried in test_reassigning.py."""
ENDS_TURN = {"revive", "take"}
"""What was is not brought back as it was: a turn ended meanwhile."""
BEARS = {"spawn", "split", "fork"}
"""Given again they make other threads than before."""
FOREIGN = {"hibernate", "wake", "compact", "take", "give-back"}
"""Orders that our own loop does not take."""
"""verb -> what leads to it, on one running thread; open-account wants a closed account, and undo
and redo are no reversible orders themselves."""


ASKS = {"approve", "deny", "defer", "undefer"}


async def prepared(bench: Bench, thread: int, name: str) -> None:
    """What the order is about is there: a question, an alert, a result."""
    if name in ASKS:
        bench.session(thread).run("pip install x")
        await bench.reaches(thread, "waiting")
    elif name == "withdraw":
        bench.session(thread).run("make all")
        await bench.reaches(thread, "waiting")
    elif name == "snooze":
        alert = AlertRaised("test", "warn", "test", "a test")
        await bench.engine.parts.ledger.commit([Fact(alert, Stamp(thread))])
    elif name == "seen":
        bench.session(thread).end()
        await bench.until(lambda: bench.engine.parts.world.threads[thread].results == 1)


async def done_of(bench: Bench, name: str) -> OrderDone:
    """Give what leads to the order; its end."""
    [thread] = await bench.spawn(1, "--agent puppet" if name in FOREIGN else "")
    if name in FOREIGN - {"take", "give-back"}:
        bench.session(thread).end()
        await bench.reaches(thread, "idle")
    await prepared(bench, thread, name)
    for text in GIVEN[name]:
        queue = bench.engine.parts.world.threads[thread].queue
        item = queue[0].item if queue else ""
        ack = await bench.order(text.format(repo=bench.repo, item=item), by="player")
        assert not ack.refused, ack
    [done] = [e for e in await bench.events() if isinstance(e, OrderDone)][-1:]
    assert done.verb == name
    return done


def test_every_order_is_tried_here() -> None:
    assert set(ORDERS) - set(GIVEN) - IN_GIT - ON_SEATS == {"open-account", "undo", "redo"}


@pytest.mark.parametrize("name", GIVEN)
async def test_an_order_can_be_taken_back_when_it_says_so(bench: Bench, name: str) -> None:
    done = await done_of(bench, name)
    assert done.undoable == (ORDERS[name].undo == "yes"), done
    assert bool(done.inverse) >= done.undoable
    undone = await bench.order("undo", by="player")
    if done.undoable:
        assert not undone.refused


def seen(bench: Bench) -> tuple[object, ...]:
    """What undo must bring back."""
    world = bench.engine.parts.world
    head = world.threads[1]
    threads = {t.id for t in world.threads.values() if t.state != "ended"}
    names = (head.name, head.groups, head.limit, head.model, head.hold, head.queue)
    return head.state, names, threads, [*world.operations], world.logins, standing(bench)


def standing(bench: Bench) -> tuple[object, ...]:
    """What stands until it is changed."""
    world = bench.engine.parts.world
    head = world.threads[1]
    marks = (head.results_seen, head.diff_seen, head.weight, head.tags, head.goal)
    notes = {(flag.x, flag.y, flag.note) for flag in world.flags.values()}
    off = {alert.id for alert in world.alerts.values() if alert.deferred or alert.snoozed}
    asks = {ask.id: bool(ask.deferred) for ask in world.asks.values()}
    ahead = (head.rally, head.loop, head.orders)
    return marks, world.group_rules.copy(), notes, off, asks, ahead


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, cls in ORDERS.items()
        if cls.undo == "yes" and name not in ENDS_TURN | IN_GIT | ON_SEATS
    ],
)
async def test_undo_brings_back_what_was_and_redo_does_it_again(bench: Bench, name: str) -> None:
    [thread] = await bench.spawn()
    await prepared(bench, thread, name)
    *first, last = (text.format(repo=bench.repo) for text in GIVEN[name])
    for text in first:
        await bench.order(text, by="player")
    before = seen(bench)
    await bench.order(last, by="player")
    after = seen(bench)
    assert before != after
    await bench.order("undo", by="player")
    await bench.until(lambda: seen(bench) == before)
    await bench.order("redo", by="player")
    if name not in BEARS:
        await bench.until(lambda: moved(seen(bench)) == moved(after))
    await bench.order("undo", by="player")
    await bench.until(lambda: seen(bench) == before)
    assert bench.engine.runner(thread).alive


def moved(after: tuple[object, ...]) -> str:
    """Comparable although queue items have names of their own."""
    return str(after).partition("Queued")[0]


async def admitted(bench: Bench, thread: int) -> None:
    """As if the thread had called a model."""
    head = bench.engine.parts.world.threads[thread]
    event = CallAdmitted("c" * 32, 1, head.account, "chat", head.model, head.model, 1, 1, 2)
    await bench.engine.parts.ledger.commit([Fact(event, Stamp(thread, head.epoch))])


@pytest.mark.parametrize(
    "text",
    [
        'spawn --repo {repo} --account sparring-chat "x"',
        "model #1 --to sparring-large",
        "split #1 --kind branch --into 2",
        "fork #1",
        "escalate #1",
    ],
)
async def test_what_a_model_was_called_for_is_not_taken_back(bench: Bench, text: str) -> None:
    await bench.spawn()
    await bench.order('rename #1 "before"', by="player")
    await bench.order(text.format(repo=bench.repo), by="player")
    newest = max(bench.engine.parts.world.threads)
    await admitted(bench, newest)
    await bench.order("undo", by="player")
    world = bench.engine.parts.world
    assert reversible(bench)[-1] == "rename", "what is too late is forgotten"
    assert world.threads[newest].state != "ended"
    await bench.order("undo", by="player")
    assert world.threads[1].name == "do-it"


def reversible(bench: Bench) -> list[str]:
    """The verbs of what undo would take back, newest last."""
    return [verb(done.order) for done in bench.engine.parts.world.undo]


async def test_a_kill_is_taken_back_until_its_fuse_has_burnt(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order("kill #1", by="player")
    await bench.reaches(thread, "ended")
    await bench.order("undo", by="player")
    assert "kill" not in reversible(bench)
    assert bench.state(thread) == "ended"


async def test_two_undos_at_once_take_back_two_orders(bench: Bench) -> None:
    await bench.spawn()
    for name in ("one", "two"):
        await bench.order(f"rename #1 {name}", by="player")
    await asyncio.gather(*(bench.order("undo", by="player") for _ in range(2)))
    assert bench.engine.parts.world.threads[1].name == "do-it"
    assert len(bench.engine.parts.world.redo) == 2


async def test_undo_of_a_steer_that_was_delivered_is_too_late(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.order('steer #1 "later"', by="player")
    bench.session(thread).end()
    await bench.until(lambda: len(bench.session(thread).prompts) == 2)
    await bench.order("undo", by="player")
    assert "steer" not in reversible(bench)
