"""Bugs put into the engine on purpose: the random sequences find each of them in ten seeds."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import test_shaping
from msgspec.structs import replace
from shaping_game import moves

from commandcenter.core.codec import Entry, Fact
from commandcenter.core.events import LimitCarved, TurnEnded
from commandcenter.core.reduce import CASES, apply
from commandcenter.core.world import Head, World
from commandcenter.engine import ledger
from commandcenter.engine.carving import CARVED, Purses
from commandcenter.engine.runner import Runner
from commandcenter.hosts.workspace import Progress, Workspace, Workspaces, WorkspaceSpec

pytestmark = pytest.mark.faults
SEEDS = range(10)
FIRST = 2
"""So many threads are spawned; those after are children or revived."""
Plant = Callable[[pytest.MonkeyPatch], None]
quick = test_shaping.quick
url = test_shaping.url


def carves_from_nobody(patch: pytest.MonkeyPatch) -> None:
    """The child's limit is made, the parent keeps its own."""
    real = CASES["LimitCarved"]

    def carved(world: World, entry: Entry, event: LimitCarved) -> None:
        parent = world.threads[entry.thread]
        real(world, entry, event)
        now = world.threads[entry.thread]
        world.threads[entry.thread] = replace(now, limit=parent.limit)

    patch.setitem(CASES, "LimitCarved", carved)


def returns_twice(patch: pytest.MonkeyPatch) -> None:
    """What a child left goes back two times."""
    real = Purses._returns

    def returns(purses: Purses, carved: list[Head]) -> Iterable[Fact]:
        for fact in real(purses, carved):
            yield fact
            yield fact

    patch.setattr(Purses, "_returns", returns)


def shares_a_worktree(patch: pytest.MonkeyPatch) -> None:
    """A child works where its parent does."""
    real = Workspaces.ensure
    first: dict[str, Workspace] = {}

    async def ensure(spaces: Workspaces, spec: WorkspaceSpec, progress: Progress) -> Workspace:
        if spec.thread > FIRST and spec.repository in first:
            return first[spec.repository]
        made = await real(spaces, spec, progress)
        return first.setdefault(spec.repository, made) if spec.thread == 1 else made

    patch.setattr(Workspaces, "ensure", ensure)


def does_not_replay(patch: pytest.MonkeyPatch) -> None:
    """Checkpoints are known while the engine runs, and forgotten by the next one."""
    real = CASES["CheckpointMade"]

    def live(world: World, entry: Entry) -> None:
        apply(world, entry)
        if entry.kind == "CheckpointMade":
            real(world, entry, entry.event)

    patch.delitem(CASES, "CheckpointMade")
    patch.setattr(ledger, "apply", live)


def leaves_a_session(patch: pytest.MonkeyPatch) -> None:
    """A split that is taken back says its children ended, and their sessions go on."""
    real = Runner.close_session

    async def close(runner: Runner, why: str, ended: TurnEnded) -> None:
        if why == "killed" and runner.head.kind in CARVED:
            runner.session = None
        await real(runner, why, ended)

    patch.setattr(Runner, "close_session", close)


PLANTS: tuple[tuple[Plant, str], ...] = (
    (carves_from_nobody, "the books"),
    (returns_twice, "returned twice"),
    (shares_a_worktree, "live in"),
    (does_not_replay, "checkpoints: "),
    (leaves_a_session, "session"),
)


@pytest.mark.parametrize(("plant", "said"), PLANTS, ids=lambda one: getattr(one, "__name__", ""))
async def test_a_planted_bug_is_found(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, plant: Plant, said: str
) -> None:
    plant(monkeypatch)
    for seed in SEEDS:
        if said in await _failure(tmp_path / str(seed), url, seed):
            return
    pytest.fail(f"{plant.__name__} was not found in {len(SEEDS)} seeds")


async def _failure(home: Path, url: str, seed: int) -> str:
    """Why the seed's game failed; empty = it did not."""
    try:
        await test_shaping.play(home, url, moves(seed))
    except AssertionError as error:
        return str(error).partition(test_shaping.TOLD_END)[2]
    return ""
