"""A screen that works for days keeps no more than one that worked for minutes: objects, no RSS."""

import functools
import gc
import sys
from collections import Counter
from itertools import pairwise

import pytest
from live_work import Work
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QPixmap
from stage import Scene, Stage, played

from commandcenter.core.world import UNDO_DEPTH, live
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.lettering import CACHED_TEXTS, Face
from commandcenter.ui.paint import Ink
from commandcenter.ui.picture_shelf import MOST, MOST_PX, PictureShelf
from commandcenter.ui.theme import Style, Theme

pytestmark = pytest.mark.qt
ENTRIES = 1_500
"""Of one block of work; every one is painted."""
THREADS = 24
HOLD = 1_500
"""Characters of the shown transcript, so that it is full soon."""
BLOCKS = 5
BEAT_S = 2.0
"""A block is five minutes: all that is remembered of the last five is full after the first."""
PER_ENTRY = 1.0
"""Blocks of memory that may stay for each; a number kept of every entry is one and a list's."""


@pytest.fixture
def scene() -> Scene:
    return Scene(demo_world(2, 24), NOW, (1366, 768))


async def work(stage: Stage, crew: Work) -> None:
    """A block of it, a frame for each beat."""
    done = 0
    while done < ENTRIES:
        facts = crew.beat()
        done += len(facts)
        stage.link.commit(facts)
        stage.link.rows.clear()
        stage.clock.step(BEAT_S)
        stage.window.refresh.frames.flush()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest.value)
    await stage.settle()


def kept(stage: Stage) -> tuple[int, Counter[str]]:
    """Blocks of memory, and objects by type, but for texts and pictures: they have their bound."""
    stage.window.ink.renew(1.0)
    stage.link.sent.clear()
    stage.link._acks.clear()
    gc.collect()
    types = Counter(type(one).__name__ for one in gc.get_objects())
    return sys.getallocatedblocks(), types


def texts(ink: Ink) -> int:
    """The most that any font keeps."""
    return max(len(face._texts) for face in ink._faces.values())


@pytest.mark.faults
@functools.partial(played, limit_s=120.0)
async def test_work_leaves_nothing_behind(stage: Stage) -> None:
    """What every entry left behind would be seen after each block; a module that Qt or Python
    loads meanwhile is seen after one."""
    world = stage.screen.world
    crew = Work([head.id for head in live(world)][:THREADS], next(iter(world.operations)))
    stage.screen.select((1,), 1)
    stage.window.reading.transcript.hold = HOLD
    await work(stage, crew)  # what is bounded fills: alerts, undo, the last five minutes
    seen = []
    for _ in range(BLOCKS):
        await work(stage, crew)
        assert texts(stage.window.ink) <= CACHED_TEXTS
        assert stage.window.ink._pictures.px <= MOST_PX
        seen.append(kept(stage))
    assert min(after[0] - before[0] for before, after in pairwise(seen)) <= PER_ENTRY * ENTRIES
    often = [
        {name for name, more in (after[1] - before[1]).items() if more > ENTRIES // 20}
        for before, after in pairwise(seen)
    ]
    assert set.intersection(*often) == set()
    assert (len(world.alerts) <= 200, len(world.undo), world.given) == (True, UNDO_DEPTH, {})


def test_a_font_keeps_its_newest_texts(qapp: object) -> None:
    face = Face(Theme().font(Style(11)))
    for number in range(3 * CACHED_TEXTS):
        face.cut(f"{number} tokens", 200)
    assert len(face._texts) == CACHED_TEXTS
    last = face.cut(f"{3 * CACHED_TEXTS - 1} tokens", 200)
    assert face.cut(f"{3 * CACHED_TEXTS - 1} tokens", 200) is last


def test_styles_of_one_font_share_its_texts(qapp: object) -> None:
    ink = Ink(Theme())
    faces = {id(ink._face(Style(11, color))) for color in ("fg", "mid", "dim", "err")}
    assert len(faces) == 1
    assert ink._face(Style(12, "fg")) is not ink._face(Style(11, "fg"))


def test_pictures_are_kept_by_what_they_weigh(qapp: object) -> None:
    shelf, large = PictureShelf(), 1_000
    for number in range(12):
        shelf.keep((number,), QPixmap(large, large), 1.0)
    assert shelf.px == len(shelf) * large * large <= MOST_PX
    assert shelf.get((11,)) is not None
    assert shelf.get((0,)) is None
    shelf.keep((11,), QPixmap(10, 10), 1.0)
    assert shelf.px == (len(shelf) - 1) * large * large + 100
    shelf.clear()
    assert (shelf.px, len(shelf)) == (0, 0)


def test_a_screen_of_twice_the_scale_keeps_four_times_as_many(qapp: object) -> None:
    shelf = PictureShelf()
    for number in range(12):
        shelf.keep((number,), QPixmap(1_000, 1_000), 2.0)
    assert len(shelf) == 12


def test_small_pictures_are_counted(qapp: object) -> None:
    shelf = PictureShelf()
    for number in range(MOST + 9):
        shelf.keep((number,), QPixmap(4, 4), 1.0)
    assert len(shelf) == MOST
