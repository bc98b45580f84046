"""The pure parts of `bench split`, and that it can be asked for."""

from pathlib import Path

import pytest

from commandcenter.bench import repositories, split
from commandcenter.bench.measure import specs
from commandcenter.cli.parser import BENCHES


def test_it_is_listed_and_has_its_floors() -> None:
    limits = specs("split")
    assert "split" in BENCHES
    assert [limits[name].must for name in split.SIZES] == [3.0, 12.0]
    assert [limits[name].goals for name in split.SIZES] == [(1.0,), (5.0,)]


@pytest.mark.parametrize(
    ("spans", "part"),
    [
        ([], 0.0),
        ([(0, 20), (10, 50)], 0.5),
        ([(10, 90), (20, 30)], 0.8),
        ([(-9, 10), (90, 200)], 0.2),
    ],
)
def test_git_at_the_same_time_counts_once(spans: list[tuple[int, int]], part: float) -> None:
    assert split.share(spans, (0, 100)) == part


async def test_git_takes_the_history_and_worktrees_go_again(tmp_path: Path) -> None:
    small = tmp_path / "small"
    await repositories.make(small, 3, 7)
    assert len(list(small.rglob("*.py"))) == 3
    assert (await repositories.git(small, "rev-list", "--count", "HEAD")).strip() == "7"
    assert await repositories.worktrees(small, 2) > 0
    assert len((await repositories.git(small, "worktree", "list")).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    with pytest.raises(RuntimeError, match="git rev-list"):
        await repositories.git(small, "rev-list", "nothing")
