"""What the inspector asks: audit, cost, policy, estimates; on a real journal."""

from decimal import Decimal
from typing import Any

from commandcenter.core.codec import Fact, Stamp
from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled, Cost
from commandcenter.engine.queries import QUERIES
from commandcenter.testing.engines import Bench


async def ask(bench: Bench, name: str, **args: Any) -> Any:
    """One query, everything recorded before it."""
    await bench.engine.parts.ledger.settle()
    return await QUERIES[name](bench.engine, args)


async def settled(bench: Bench, thread: int, call: str, cost: Cost) -> None:
    """As if the thread had called a model."""
    usage = Usage(1_000, 400, output=50)
    event = CallSettled(call, "complete", 200, usage, cost, "sparring-chat", "m", 3, 20, 90)
    await bench.engine.parts.ledger.commit([Fact(event, Stamp(thread, 1, 1))])


async def test_the_audit_says_who_did_what_and_how_long_it_took(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await bench.spawn()
    await bench.order('rename #1 "x"', by="player")
    await bench.order("resume #1", by="cli")
    await bench.order('rename #2 "other"', by="player")
    bench.session(thread).run("make all")
    await bench.reaches(thread, "waiting")
    await bench.order('deny 1 "no" --fast', by="player")
    found = await ask(bench, "audit", thread=thread)
    rows = found["rows"]
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert not any("other" in row["line"] for row in rows)
    renamed = next(row for row in rows if row["line"] == "rename #1 x")
    assert (renamed["by"], renamed["outcome"], renamed["kind"]) == ("player", "done", "order")
    assert renamed["latency_ms"] >= 0
    [refused] = [row for row in rows if row["kind"] == "refusal"]
    assert (refused["by"], refused["why"]) == ("cli", "it is so already")
    [decision] = [row for row in rows if row["kind"] == "decision"]
    assert (decision["outcome"], decision["by"], decision["fast"]) == ("deny", "player", True)
    assert (decision["line"], decision["level"], decision["why"]) == ("make all", "R2", "no")
    assert [row["line"] for row in rows if row["line"].startswith("deny")] == ["deny 1 no --fast"]


async def test_the_cost_keeps_real_money_apart_from_list_values(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await settled(bench, thread, "a" * 32, Cost(Decimal("0.25"), "list"))
    await settled(bench, thread, "b" * 32, Cost(Decimal("0.50"), "plan"))
    await settled(bench, thread, "c" * 32, Cost(None, "unknown"))
    found = await ask(bench, "cost", thread=thread)
    assert [(one["usd"], one["list"]) for one in found["requests"]] == [
        ("0.25", None),
        (None, "0.50"),
        (None, None),
    ]
    assert found["sums"]["m"] == {
        "calls": 3,
        "input": 3_000,
        "cached": 1_200,
        "output": 150,
        "unknown": 1,
        "usd": "0.25",
        "list": "0.50",
        "basis": "",
    }
    assert (found["calls"], found["requests"][0]["wait_ms"]) == (3, 3)


async def test_the_policy_says_how_firmly_each_rule_holds(bench: Bench) -> None:
    await bench.spawn()
    await bench.spawn(1, "--agent puppet")
    await bench.order("budget #1 --tokens 9000")
    own = await ask(bench, "policy", thread=1)
    assert {rule["binding"] for rule in own["rules"]} == {"enforced"}
    assert "calls beyond 9000 tokens" in {rule["what"] for rule in own["rules"]}
    foreign = await ask(bench, "policy", thread=2)
    floor = next(rule for rule in foreign["rules"] if rule["layer"] == "floor")
    assert (floor["verdict"], floor["binding"]) == ("deny", "checked")
    assert foreign["agent"]["sandbox"] == ""


async def test_an_estimate_is_of_the_whole_context(bench: Bench) -> None:
    [thread] = await bench.spawn()
    await settled(bench, thread, "a" * 32, Cost(Decimal(0), "practice"))
    found = await ask(bench, "estimates", threads=[thread], action="steer", chars=400)
    assert found["threads"][0]["input"] == 1_050 + 100
    assert found["total"]["input"] == 1_150
    assert found["total"]["usd"] is None, "practice money is no real money"


async def test_an_unknown_thread_has_nothing(bench: Bench) -> None:
    for name in ("audit", "cost", "policy"):
        assert await ask(bench, name, thread=99) == {}
