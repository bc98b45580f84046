"""The screen painted without a display: keys are played through the router, texts are listed."""

import asyncio
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QApplication, QWidget

from commandcenter.hud.keymap import chord
from commandcenter.ui.keys import event_of
from commandcenter.ui.paint import Painted
from commandcenter.ui.window import Window

SETTLE_S = 0.05


class Shot(msgspec.Struct, frozen=True):
    """What is wanted: a PNG of this size, after these keys (`J Tab`), and where texts stand."""

    out: Path
    size: tuple[int, int] = (1920, 1080)
    keys: str = ""
    rects: Path | None = None


async def paint(window: Window, shot: Shot) -> None:
    """Paint the window into `shot.out`. Raises ValueError for a key that cannot be read."""
    chords = [chord(text) for text in shot.keys.split()]
    window.resize(*shot.size)
    window.show()
    await settle(window)
    for pressed in chords:
        press(window, event_text=pressed.text())
        await settle(window)
    window.refresh.frames.flush()
    await asyncio.sleep(SETTLE_S)
    window.ink.record = [] if shot.rects else None
    picture = window.grab()
    texts, window.ink.record = window.ink.record, None
    if not picture.save(str(shot.out), "PNG"):
        raise ValueError(f"{shot.out} cannot be written")
    if shot.rects is not None:
        shot.rects.write_bytes(msgspec.json.encode(dump(texts or [])))


def press(window: Window, event_text: str) -> None:
    """Play one key through the router; in a text field what is no command is typed."""
    event = event_of(chord(event_text))
    if not window.router.press(event):
        QApplication.sendEvent(_field(window), event)
    window.router.down.clear()


def _field(window: Window) -> QWidget:
    """Where the player's letters go now."""
    actions = window.actions_table
    if window.screen_state.mode == "overlay":
        form = window.overlay.form
        return form.editor if form.sheet is not None else window.overlay.field
    if actions.choosing.typing:
        return window.sight.field.field
    if actions.inspecting.finding:
        return window.inspector.find_bar.field
    return window.selection.composer.field


def dump(texts: list[Painted]) -> list[dict[str, object]]:
    """What `--rects` writes: text, its rectangle, its owner's rectangle, was it cut."""
    once = dict.fromkeys(texts)  # a part below another one is painted piece by piece
    return [
        {"text": one.text, "rect": one.rect, "owner": one.owner, "cut": one.cut} for one in once
    ]


async def settle(window: Window) -> None:
    """Until the orders given are answered and a frame has been painted."""
    await asyncio.sleep(SETTLE_S)
    window.refresh.frames.flush()
    await asyncio.sleep(SETTLE_S)
