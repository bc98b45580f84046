"""Repeats: what an agent asks again after a broken answer, and when that becomes a storm."""

from collections import deque

ADMITTED = 2
"""The attempt that still passes: one extra paid request, no more."""
STORM = 3
"""More repeats than this in one turn are told to the player."""
REFUSALS = 20
REFUSALS_S = 10.0
_REMEMBERED = 16
"""Broken requests of one thread that are remembered; its agent's own agents call beside it."""


class Repeats:
    """A thread's requests whose answer broke off, by fingerprint; of this turn alone."""

    def __init__(self) -> None:
        self._broken: dict[str, int] = {}
        self._repeats = 0
        self._refusals: deque[float] = deque()

    def attempt(self, fingerprint: str) -> int:
        """Which attempt a request is: 1 = it is no repeat."""
        return self._broken.get(fingerprint, 0) + 1 if fingerprint else 1

    def repeated(self) -> bool:
        """One more repeat; True = just now they are too many."""
        self._repeats += 1
        return self._repeats == STORM + 1

    def broke(self, fingerprint: str, attempt: int) -> None:
        """Its answer was cut, its agent left, or it failed."""
        if fingerprint:
            self._broken.pop(fingerprint, None)
            self._broken[fingerprint] = attempt
            if len(self._broken) > _REMEMBERED:
                del self._broken[next(iter(self._broken))]

    def whole(self, fingerprint: str) -> None:
        """It was answered."""
        self._broken.pop(fingerprint, None)

    def begin_turn(self) -> bool:
        """What the player orders anew is no repeat; True = with it a storm is over."""
        stormed, self._repeats = self._repeats > STORM, 0
        self._broken.clear()
        return stormed

    def refused(self, now: float) -> bool:
        """The agent was refused; True = it does not stop asking (`now` in monotonic seconds)."""
        refusals = self._refusals
        refusals.append(now)
        while now - refusals[0] > REFUSALS_S:
            refusals.popleft()
        if len(refusals) <= REFUSALS:
            return False
        refusals.clear()
        return True
