"""What the screen counts is recorded, bounded, and comes back as figures."""

from typing import Any

import pytest

from commandcenter.core.base import NS
from commandcenter.core.events import PlayerActed
from commandcenter.engine.doors import EngineDoors
from commandcenter.engine.measuring import Measures, acted, metrics
from commandcenter.testing.engines import Bench


def act(bench: Bench, seconds: float = 0.0, **changes: Any) -> dict[str, Any]:
    """One act of so many seconds ago."""
    wall = bench.engine.parts.clock.wall() - round(seconds * NS)
    return {"kind": "select", "target": "a1", "wall": wall, "source": "key"} | changes


async def test_acts_are_recorded_as_the_players(bench: Bench) -> None:
    acts = [act(bench, 2.0), act(bench, 1.0, kind="recall", target="group:3", source="mouse")]
    assert await acted(bench.engine, {"acts": acts}) == {"recorded": 2}
    [entry] = [one for one in await bench.entries() if isinstance(one.event, PlayerActed)]
    assert entry.stamp.by == "player"
    assert isinstance(entry.event, PlayerActed)
    assert [one.target for one in entry.event.acts] == ["a1", "group:3"]


async def test_nothing_acted_is_nothing_recorded(bench: Bench) -> None:
    assert await acted(bench.engine, {}) == {"recorded": 0}
    assert "PlayerActed" not in await bench.names()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ""},
        {"kind": "x" * 65},
        {"target": "x" * 65},
        {"source": "thought"},
        {"wall": 1},
        {"wall": 1 << 62},
        {"wall": "now"},
    ],
    ids=str,
)
async def test_what_no_screen_sends_is_refused_whole(bench: Bench, changes: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await acted(bench.engine, {"acts": [act(bench), act(bench, **changes)]})
    assert "PlayerActed" not in await bench.names()


async def test_a_batch_has_an_end(bench: Bench) -> None:
    with pytest.raises(ValueError, match="200"):
        await acted(bench.engine, {"acts": [act(bench)] * 201})


async def test_the_figures_of_acts_and_orders(bench: Bench) -> None:
    acts = [act(bench, seconds, target=f"{seconds}") for seconds in (5.0, 4.0, 3.0)]
    await acted(bench.engine, {"acts": acts})
    await bench.entries()
    since = bench.engine.parts.clock.wall() - 10 * NS
    found = await metrics(bench.engine, {"since": since})
    assert (found["actions"], found["effective"], found["apm"]) == (3, 3, 18.0)
    assert found["decision_median_s"] is None
    assert found["usd_per_result"] is None
    await acted(bench.engine, {"acts": [act(bench, 2.0, target="late")]})
    await bench.entries()
    assert (await metrics(bench.engine, {"since": since}))["actions"] == 4


async def test_figures_survive_the_engine(bench: Bench) -> None:
    await acted(bench.engine, {"acts": [act(bench, 2.0)]})
    await bench.entries()
    other = Measures(bench.engine.parts)
    now = bench.engine.parts.clock.wall()
    assert (await other.tally()).figures(now, 1).actions == 1


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("metrics", {"since": float("inf")}),
        ("metrics", {"since": float("nan")}),
        ("audit", {}),
        ("cost", {"thread": float("inf")}),
        ("policy", {"thread": "x"}),
        ("estimates", {"threads": 5}),
        ("estimates", {"threads": [1], "chars": float("inf")}),
    ],
)
async def test_a_senseless_question_is_answered_too(
    bench: Bench, name: str, args: dict[str, Any]
) -> None:
    """The link answers these kinds of error; others would leave the asker waiting."""
    with pytest.raises((ValueError, TypeError)):
        await EngineDoors(bench.engine).query(name, args)
