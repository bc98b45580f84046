"""What the screen asks of the map, and of an order that waits for its target."""

from collections.abc import Iterable
from typing import Protocol

from commandcenter.core.world import World
from commandcenter.hud.card import Page, Place
from commandcenter.hud.selection import Direction


class Targets(Protocol):
    """An order that waits for its target, and what may be picked."""

    ids: tuple[int, ...]
    cursor: int
    """The thread that Return picks."""
    marked: int
    """The place of the card that Return picks instead; -1 = none."""

    def page(self, world: World) -> Page:
        """The candidates on the card."""
        ...

    def tells(self, place: Place) -> tuple[str, str]:
        """What picking a place does, and what that costs."""
        ...

    def slots(self, world: World) -> dict[int, int]:
        """Thread -> the place of the candidate that it stands for."""
        ...

    def letters(self, world: World, grid: tuple[str, ...]) -> dict[int, str]:
        """Thread -> the letter on its tile."""
        ...


class Camera(Protocol):
    """What actions ask of the map."""

    def reveal(self, threads: Iterable[int], center: bool = False) -> None:
        """Scroll so that these threads are in view (in its middle, when `center`)."""
        ...

    def fit(self, threads: Iterable[int]) -> None:
        """As `reveal`, at a step where they can be read and, if it can be, all are in view."""
        ...

    def zoom(self, by: int) -> None:
        """So many rungs of the ladder nearer (farther when negative)."""
        ...

    def strategic(self) -> None:
        """The whole map; again: back to the former step and place."""
        ...

    def cycle(self, by: int) -> str:
        """View to the next (1) or previous (-1) sector; its name."""
        ...

    def visible(self) -> list[int]:
        """The threads in view."""
        ...

    def neighbour(self, thread: int, direction: Direction) -> int:
        """The nearest thread that way on the map; the thread itself at the edge."""
        ...

    def follow(self, threads: Iterable[int] | None) -> None:
        """Keep these threads in the middle until the player moves the camera; None: no more."""
        ...

    @property
    def following(self) -> bool:
        """Does it follow the selection?"""
        ...

    def saved_camera(self) -> tuple[int, int]:
        """Step of the ladder (0 = automatic) and px from the top."""
        ...

    def set_camera(self, step: int, top: int) -> None:
        """Back to what `saved_camera` gave."""
        ...
