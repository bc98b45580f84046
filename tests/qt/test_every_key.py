"""Every action of keymap.json by its real key, on the real screen and a real engine.

One game, so one test: each subject stands on those before it. An id counts as proven only inside
`Play.effect`: a real key led to it, and what was asserted there is what it did.
"""

import asyncio
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
import qasync
from keys.outside import programs
from keys.proof import NOT_YET, SPEED, Play, answered, proven, repository

from commandcenter.config.resources import resource
from commandcenter.hud.keymap import parse

pytestmark = [pytest.mark.qt, pytest.mark.slow, pytest.mark.faults]
SUBJECTS = (
    *("beginning", "bells", "groups", "selecting", "camera", "card", "queued", "target", "menu"),
    *("panel", "overlays", "alerts", "outside", "notyet", "approving", "results"),
    *("shaping", "proving"),
)
LONGEST_S = 60.0
Played = dict[str, BaseException | None]


@pytest.fixture(scope="module")
def played(qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Subject -> what failed. All in one run of one loop: between two, Qt's timers would go on
    without it."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in programs(folder / "bin").items():
            patch.setenv(name, value)
        yield loop.run_until_complete(_play(Play(folder / "home", loop), folder))
    asyncio.set_event_loop(None)
    loop.close()


async def _play(game: Play, folder: Path) -> Played:
    found: Played = {}
    game.agents()
    try:
        await game.begin(*SPEED, path=await repository(folder / "repository"))
        for subject in SUBJECTS:
            script = asyncio.wait_for(import_module(f"keys.{subject}").play(game), LONGEST_S)
            (said,) = await asyncio.gather(script, return_exceptions=True)
            found[subject] = said
        await game.close_window()
    finally:
        await game.end()
    return found


def test_every_id_has_its_effect(
    played: Played, record_property: Callable[[str, object], None]
) -> None:
    failed = [error for error in played.values() if error is not None]
    if failed:
        raise BaseExceptionGroup("subjects that failed", failed)
    assert tuple(played) == SUBJECTS
    shipped = parse(resource("keymaps/grid.toml").read_text(encoding="utf-8"))
    wanted = set(shipped.actions) - NOT_YET
    assert (len(NOT_YET), len(shipped.actions)) == (20, 237)
    record_property("says", f"real effects: {len(wanted & proven)} of {len(wanted)}")
    assert sorted(wanted - proven) == []
    assert answered == NOT_YET
