"""What is done on the stage of a golden scene beyond its keys."""

from collections.abc import Awaitable, Callable

from PySide6.QtTest import QTest
from stage import Stage
from test_tip import over

from commandcenter.core import events as ev
from commandcenter.core.refusals import Reason
from commandcenter.core.shaping import Landing
from commandcenter.hud.layout import LADDER, shifted
from commandcenter.ui.refresh import Refresh

Act = Callable[[Stage], Awaitable[None]]
DEAD_S = 1.0
BEATS = {"L3": 200, "L4": 328, "L2": 112}
"""Level -> width of the step that is shown of it."""


def tab(name: str) -> Act:
    """The inspector shows a tab, from its top; it is asked, then answered."""

    async def act(stage: Stage) -> None:
        stage.screen.tab = name
        stage.screen.changed()
        for _ in range(3):
            await stage.settle()

    return act


async def answered(stage: Stage) -> None:
    """What the keys led to was asked, and the answers are there."""
    for _ in range(4):
        stage.screen.changed()
        await stage.settle()


async def gone(stage: Stage) -> None:
    """The result that stands there has landed, and it was the last."""
    await answered(stage)
    landing = Landing("merge", "f" * 40, "main")
    stage.link.emit(ev.Landed(landing), thread=stage.screen.selection.active)
    await answered(stage)


def zoom(level: str) -> Act:
    """The map at a step of a level."""

    async def act(stage: Stage) -> None:
        step = next(one for one in LADDER if one.w == BEATS[level])
        stage.window.map.choose(shifted(step, stage.window.map.scene.shift))
        for _ in range(2):
            await stage.settle()

    return act


def draft(text: str) -> Act:
    """A text was begun for this selection and left."""

    async def act(stage: Stage) -> None:
        await stage.keys("Q")
        await stage.type(text)
        await stage.keys("Shift+Esc")

    return act


def write(text: str) -> Act:
    """Text in the open composer."""

    async def act(stage: Stage) -> None:
        await stage.type(text)

    return act


async def six_lines(stage: Stage) -> None:
    """As many lines as the composer grows to."""
    for number in range(1, 7):
        await stage.type(f"{number}. what is to be done in step {number}")
        if number < 6:
            await stage.keys("Shift+Return")


def filtered(text: str) -> Act:
    """A filter that is in force."""

    async def act(stage: Stage) -> None:
        field = stage.window.sight.field.field
        await stage.outside(lambda: QTest.keyClicks(field, text))
        await stage.settle()
        await stage.keys("Return")

    return act


def find(text: str) -> Act:
    """Words sought in the transcript."""

    async def act(stage: Stage) -> None:
        field = stage.window.inspector.find_bar.field
        await stage.outside(lambda: QTest.keyClicks(field, text))
        await stage.settle()
        await stage.keys("Return")

    return act


async def later(stage: Stage) -> None:
    """Two seconds have passed."""
    stage.clock.step(2)
    stage.screen.changed()
    await stage.settle()


async def new_operation(stage: Stage) -> None:
    """The dialog of a new operation, by its name in the palette."""
    stage.window.overlay.fill("new operation")
    await stage.keys("Return")


def slot(name: str) -> Act:
    """Press the button with this name on the card that is shown."""

    async def act(stage: Stage) -> None:
        page = stage.screen.card_page()
        place = next(one for one in page.places if one is not None and one.name == name)
        await stage.keys(stage.screen.keymap.grid[place.slot])

    return act


async def awake(stage: Stage) -> None:
    """The dead time of a case is over."""
    stage.clock.step(DEAD_S)
    await stage.settle()


async def listed(stage: Stage) -> None:
    """A list of new threads."""
    stage.screen.select(())
    stage.screen.selection.active = 0
    await stage.keys("Mod+Shift+N")
    for text in ("Mend the parser", "Colour in the log", "A test for the retry", "Bump httpx"):
        await stage.type(text)
        await stage.keys("Shift+Return")
    await stage.keys("Return")


def refused(why: Reason) -> Act:
    """The card says why an order was refused."""

    async def act(stage: Stage) -> None:
        stage.screen.refuse(why)
        await stage.settle()

    return act


def pointed(slot: int) -> Act:
    """The pointer rests on a button of the card."""

    async def act(stage: Stage) -> None:
        card = stage.window.card
        over(card, card.places()[slot].center())
        card._waits.timeout.emit()
        await stage.settle()

    return act


async def practice() -> None:
    """Starts no skirmish: the way to it is shown."""


async def lose(stage: Stage) -> None:
    """The engine goes away."""
    stage.link.lose()
    await stage.settle()


async def regain(stage: Stage) -> None:
    """The engine was away, and much happened."""
    stage.link.lose()
    await stage.settle()
    heard, stage.link.on_rows = stage.link.on_rows, lambda rows: None
    for thread in (1, 2, 3, 5, 8):
        stage.link.emit(ev.StateChanged("running", "paused", "the player"), thread=thread)
    stage.link.on_rows = heard
    stage.link.regain()
    for _ in range(2):
        await stage.settle()


async def refuse(stage: Stage) -> None:
    """The engine speaks another version."""
    stage.screen.refused = "the engine is of version 0.2, this screen of 0.4: restart the engine"
    refresh: Refresh = stage.window.refresh
    refresh.state(up=False)
    await stage.settle()
