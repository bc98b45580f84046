"""Acceptance scripts: orders as a person types them, and what each must lead to.

A line of a `.orders` file is one of
    ORDER                        taken and carried out
    ORDER -> REASON              refused with this reason, as a whole or when it is carried out
    ? #ID FIELD VALUE            the thread's field comes to have this value
    ? asks N                     so many questions are open
    ? threads N, ? flags N       so many threads, notes on the map there are
with `{repo}` for a repository with one commit, and `{ask}` for the oldest open question.
"""

from pathlib import Path

import pytest

from commandcenter.core.world import World
from commandcenter.testing.engines import repository
from commandcenter.testing.playing import Home

QUICK = "control"
"""The script that `make test` plays; `make faults` plays them all."""
SCRIPTS = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.faults] * (path.stem != QUICK))
    for path in sorted(Path(__file__).parent.glob("*.orders"))
]
LIMIT_S = 25.0


def lines(script: Path) -> list[tuple[int, str]]:
    """Its lines with their numbers, without comments."""
    numbered = enumerate(script.read_text().splitlines(), 1)
    return [(n, line.strip()) for n, line in numbered if line.strip() and line[0] != "#"]


def holds(world: World, wanted: list[str]) -> bool:
    """Is it as a `?` line says?"""
    if wanted[0] in ("asks", "threads", "flags"):
        return len(getattr(world, wanted[0])) == int(wanted[1])
    head = world.threads.get(int(wanted[0].lstrip("#")))
    value = " ".join(wanted[2:])
    return head is not None and str(getattr(head, wanted[1])) == value


async def see(home: Home, wanted: list[str]) -> None:
    """Wait until it is so."""
    try:
        await home.until(lambda world: holds(world, wanted), LIMIT_S)
    except TimeoutError:
        heads = (await home.world()).threads.values()
        found = [(head.id, head.state, head.why, head.line) for head in heads]
        pytest.fail(f"never so: {' '.join(wanted)}; {found}")


async def give(home: Home, line: str) -> None:
    """An order with its outcome."""
    order, _, reason = line.partition(" -> ")
    if "{ask}" in order:
        order = order.replace("{ask}", str(min((await home.world()).asks)))
    said = await home.run("order", order, "--yes", "--wait", str(LIMIT_S))
    if reason:
        assert said.code == 3, said
        assert f"refused: {reason}" in said.err
    else:
        assert said.code == 0, said


@pytest.mark.parametrize("script", SCRIPTS)
async def test_script(home: Home, tmp_path: Path, script: Path) -> None:
    repo = await repository(tmp_path / "repo")
    home.options = ("--speed", "20", "--set", "kill_fuse_s=6")
    await home.start()
    for number, line in lines(script):
        text = line.replace("{repo}", str(repo))
        try:
            if text.startswith("?"):
                await see(home, text[1:].split())
            else:
                await give(home, text)
        except AssertionError as error:
            raise AssertionError(f"{script.name}:{number}: {line}: {error}") from error
    assert "Traceback" not in home.complaints()
    assert await home.stop() == 0
