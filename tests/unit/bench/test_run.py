"""Several benches, one exit code, one document."""

import sys
from types import ModuleType

import msgspec
import pytest

from commandcenter.bench import run
from commandcenter.bench.measure import Outcome, Spec, Window, figure


def plant(monkeypatch: pytest.MonkeyPatch, name: str, value: float, strangers: float = 0.0) -> None:
    """A bench that measures nothing: its one figure, of at most 10, is `value`."""
    module = ModuleType(f"commandcenter.bench.{name}")

    async def measure(threads: int) -> Outcome:
        if value < 0:
            raise TimeoutError("nobody came")
        window = Window("span", 1.0, {"engine": 0.1}, strangers, 0.1)
        return Outcome(name, (figure("threads", Spec("some", "ms", 10.0), value),), (window,))

    module.measure = measure  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize(
    ("first", "second", "strangers", "code"),
    [(1.0, 2.0, 0.0, 0), (1.0, 20.0, 0.0, 1), (20.0, 1.0, 0.9, 6), (1.0, 2.0, 0.9, 6)],
)
async def test_the_worst_decides(
    monkeypatch: pytest.MonkeyPatch, first: float, second: float, strangers: float, code: int
) -> None:
    plant(monkeypatch, "one", first)
    plant(monkeypatch, "two", second, strangers)
    assert await run(["one", "two"], 200, as_json=False) == code


async def test_several_names_are_an_object_keyed_by_name(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    plant(monkeypatch, "one", 1.0)
    plant(monkeypatch, "two", 2.0)
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    assert await run(["one", "two", "one"], 200, as_json=True) == 0
    several = msgspec.json.decode(capfdbinary.readouterr().out)
    assert list(several) == ["one", "two"]
    assert several["two"]["figures"]["threads"]["value"] == 2.0
    assert await run(["one"], 200, as_json=True) == 0
    assert msgspec.json.decode(capfdbinary.readouterr().out)["bench"] == "one"


async def test_a_bench_that_cannot_run_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(monkeypatch, "one", -1.0)
    assert await run(["one"], 200, as_json=False) == 5
    assert "bench one could not be run: TimeoutError: nobody came" in capsys.readouterr().err


async def test_many_threads_are_looked_at_by_a_bench_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(monkeypatch, "latency", 1.0)
    plant(monkeypatch, "crowded", 2.0)
    assert await run(["latency"], 400, as_json=False) == 0
    assert await run(["latency"], 1_000, as_json=False) == 0
    assert capsys.readouterr().out.split()[0] == "latency"
