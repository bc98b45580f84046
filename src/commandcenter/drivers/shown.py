"""Text of one answer on the transcript: shown once, also when it was asked for twice."""

import itertools
from collections.abc import Callable, Iterator


class Shown:
    """The text of one answer on the transcript. A repeat that says the same is not shown again;
    where it goes on it is, and where it differs it becomes a message of its own."""

    def __init__(self, show: Callable[[int, str], None], numbers: Iterator[int]) -> None:
        self._parts: list[str] = []
        self._show = show
        self._numbers = numbers
        self._message = 0
        self._repeat: str | None = None

    @property
    def text(self) -> str:
        """What of it was heard so far."""
        return "".join(self._parts)

    def begin(self) -> None:
        """The answer begins, for the first time or again."""
        self._repeat = "" if self._parts else None

    def add(self, delta: str) -> None:
        """The next piece of it."""
        if self._repeat is None:
            self._put(delta)
            return
        heard, shown = self._repeat + delta, self.text
        self._repeat = heard
        if shown.startswith(heard):
            return
        self._repeat = None
        if heard.startswith(shown):
            self._put(heard[len(shown) :])
        else:
            self._parts, self._message = [], 0
            self._put(heard)

    def whole(self) -> None:
        """The answer has ended; a shorter repeat counts as it came."""
        if self._repeat is not None:
            self._parts = [self._repeat]

    def settle(self) -> None:
        """Nothing more comes of it: what said its beginning again and no more, was said."""
        heard, self._repeat = self._repeat, None
        if heard and heard != self.text:
            self._put(heard)

    def _put(self, delta: str) -> None:
        self._message = self._message or next(self._numbers)
        self._parts.append(delta)
        self._show(self._message, delta)


def message_numbers() -> Iterator[int]:
    """Numbers of a turn's messages."""
    return itertools.count(1)
