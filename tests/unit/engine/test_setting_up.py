"""A repository's set-up: asked once, run in each worktree, parked where it fails."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core.events import SetupAgreed, SetupRan, ToolEnded, ToolOutputAdded
from commandcenter.testing.engines import Bench

PLAN = 'copy = [".env"]\nsetup = "cat .env; echo made > made.txt"\n'
FAILS = 'setup = "echo broken; exit 3"\n'


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """An engine on a real repository."""
    made = await Bench.open(tmp_path / "home")
    yield made
    await made.close()


def wants(bench: Bench, plan: str) -> None:
    """The repository's own files say so; they need not be committed."""
    folder = bench.repo / ".commandcenter"
    folder.mkdir(exist_ok=True)
    (folder / "workspace.toml").write_text(plan)
    (bench.repo / ".env").write_text("SECRET=1\n")


async def born(bench: Bench, count: int = 1) -> None:
    """Threads on their way, not waited for."""
    text = f'spawn --repo {bench.repo} --account sparring-chat --count {count} "do it"'
    ack = await bench.order(text, yes=True)
    assert not ack.refused


def workspace(bench: Bench, thread: int) -> Path:
    return Path(bench.engine.parts.world.threads[thread].workspace)


async def test_agreed_once_and_run_in_each_worktree(bench: Bench) -> None:
    wants(bench, PLAN)
    await born(bench, 3)
    world = bench.engine.parts.world
    await bench.until(lambda: len(world.asks) == 1)
    [ask] = world.asks.values()
    head = world.threads[ask.thread]
    assert head.parked
    assert (head.state, ask.request["tool"]) == ("starting", "set-up")
    assert "cat .env" in ask.line
    assert not bench.driver.opened
    await bench.order(f"approve {ask.id}")
    for thread in (1, 2, 3):
        await bench.reaches(thread, "running")
        assert (workspace(bench, thread) / "made.txt").read_text() == "made\n"
        assert (workspace(bench, thread) / ".env").read_text() == "SECRET=1\n"
    events = await bench.events()
    assert len([e for e in events if isinstance(e, SetupAgreed)]) == 1
    assert [e.exit for e in events if isinstance(e, SetupRan)] == [0] * 6
    assert "SECRET=1" in "".join(e.delta for e in events if isinstance(e, ToolOutputAdded))
    await born(bench)
    await bench.reaches(4, "running")
    assert not world.asks


async def test_what_changed_is_asked_anew(bench: Bench) -> None:
    wants(bench, PLAN)
    await born(bench)
    world = bench.engine.parts.world
    await bench.until(lambda: bool(world.asks))
    await bench.order("approve 1")
    await bench.reaches(1, "running")
    wants(bench, PLAN.replace("made", "other"))
    await born(bench)
    await bench.until(lambda: bool(world.asks))
    assert world.threads[2].state == "starting"


async def test_denied_it_starts_without(bench: Bench) -> None:
    wants(bench, PLAN)
    await born(bench)
    await bench.until(lambda: bool(bench.engine.parts.world.asks))
    await bench.order("deny 1")
    await bench.reaches(1, "running")
    assert not (workspace(bench, 1) / "made.txt").exists()


@pytest.mark.parametrize(("word", "state"), [("start anyway", "running"), ("end", "crashed")])
async def test_a_failing_set_up_parks_its_thread_alone(bench: Bench, word: str, state: str) -> None:
    wants(bench, FAILS)
    await born(bench)
    world = bench.engine.parts.world
    await bench.until(lambda: bool(world.asks))
    await bench.order("approve 1")
    await bench.until(lambda: 2 in world.asks)
    assert world.threads[1].parked
    assert "ended with 3: broken" in world.asks[2].line
    [ended] = [e for e in await bench.events(1) if isinstance(e, ToolEnded)]
    assert ended.status == "failed"
    (bench.repo / ".commandcenter" / "workspace.toml").unlink()
    await born(bench)
    await bench.reaches(2, "running")
    await bench.order(f'approve 2 "{word}"')
    await bench.reaches(1, state)


async def test_mended_it_is_run_again(bench: Bench) -> None:
    wants(bench, 'setup = "test -e /proc/self && test -e ../mended"\n')
    await born(bench)
    world = bench.engine.parts.world
    await bench.until(lambda: bool(world.asks))
    await bench.order("approve 1")
    await bench.until(lambda: 2 in world.asks)
    (workspace(bench, 1).parent / "mended").touch()
    await bench.order('approve 2 "again"')
    await bench.reaches(1, "running")


async def test_killed_while_it_asks(bench: Bench) -> None:
    wants(bench, PLAN)
    await born(bench)
    await bench.until(lambda: bool(bench.engine.parts.world.asks))
    await bench.order("kill #1 --now")
    assert bench.state(1) == "ended"
    await bench.until(lambda: not bench.engine.parts.world.asks)
    assert not bench.driver.opened


async def test_a_bad_file_is_named_and_nothing_runs(bench: Bench) -> None:
    wants(bench, "setup = 3\n")
    await born(bench)
    await bench.reaches(1, "crashed")
    assert "workspace.toml" in bench.engine.parts.world.threads[1].why


async def test_each_thread_has_ports_of_its_own(bench: Bench) -> None:
    await born(bench, 3)
    for thread in (1, 2, 3):
        await bench.reaches(thread, "running")
    ports = [head.port for head in bench.engine.parts.world.threads.values()]
    assert len(set(ports)) == 3
    assert all(port % 10 == 0 and 20_000 <= port <= 29_990 for port in ports)
    assert bench.session(1).start.env["PORT"] == str(ports[0])
