"""What every journal test needs: small settings, drafts, and the core's own `SegmentOpened`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commandcenter.core.base import NS
from commandcenter.core.codec import Draft, Stamp, draft
from commandcenter.core.events import SegmentOpened
from commandcenter.journal.live import JournalSettings, Opening

WALL = 1_800_000_000 * NS


@pytest.fixture
def settings(tmp_path: Path) -> JournalSettings:
    return JournalSettings(
        tmp_path / "journal", window_s=0.01, idle_s=0.05, reserve_bytes=65_536, room_bytes=0
    )


@pytest.fixture(scope="session")
def opening() -> Opening:
    return lambda previous, head: draft(SegmentOpened(previous, head), Stamp(), 0.0, WALL)


@pytest.fixture
def make() -> Callable[..., Draft]:
    def make_draft(
        text: str = "x", thread: int = 1, kind: str = "Noted", key: str = "", wall: int = WALL
    ) -> Draft:
        return Draft(wall, thread, 1, kind, b'{"data":{"text":"%s"}}' % text.encode(), key)

    return make_draft
