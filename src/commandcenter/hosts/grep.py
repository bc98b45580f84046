"""A bounded search for lines: no expression an agent writes may hold the engine up."""

import re
import threading
from collections.abc import Iterator
from typing import Final, Self

LIMIT_S: Final = 2.0
_LINE: Final = 250
_PATTERN: Final = 200
_REPEATS: Final = 2


class Grep:
    """One search; `late` once its 2 s have passed."""

    def __init__(self, pattern: str, *, regex: bool) -> None:
        if not 0 < len(pattern) <= _PATTERN:
            raise ValueError(f"a pattern has 1 to {_PATTERN} characters")
        if regex:
            check_simple(pattern)
        try:
            self._form = re.compile(pattern if regex else re.escape(pattern))
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
        self._over = threading.Event()
        self._timer = threading.Timer(LIMIT_S, self._over.set)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    @property
    def late(self) -> bool:
        """Whether to stop."""
        return self._over.is_set()

    def lines(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Number and text of each matching line; nothing of a binary file. A line counts
        with its first 250 characters, which bounds what one match may cost."""
        if b"\0" in data[:8192]:
            return
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if self.late:
                return
            text = line[:_LINE]
            if self._form.search(text):
                yield number, text


def check_simple(pattern: str) -> None:
    """At most two of * + ? {}, none behind a group, no back reference, no look-around: then a
    match costs at most the third power of a line's length. Raises ValueError."""
    repeats, at = 0, 0
    bare = re.sub(
        r"\\[^0-9gkx]|\\x[0-9a-fA-F]{2}|\[\^?\]?(?:\\.|[^]\\])*\]", "c", pattern, flags=re.S
    )
    bare = bare.replace("(?:", "(").replace("(?i)", "")
    for at, char in enumerate(bare):
        if char == "\\" or bare.startswith("(?", at):
            raise ValueError("a search knows no back references, look-around or named groups")
        if char in "*+?{" and not (at and char == "?" and bare[at - 1] in "*+?}"):
            repeats += 1
            if at and bare[at - 1] == ")":
                raise ValueError("a search repeats no groups; search for plain text")
    if repeats > _REPEATS:
        raise ValueError(f"a search has at most {_REPEATS} repeats; search for plain text")
