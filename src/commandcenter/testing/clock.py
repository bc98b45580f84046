"""A clock that moves only when a test says so."""

from commandcenter.core.base import NS


class FakeClock:
    """Monotonic seconds and wall nanoseconds, both set by hand."""

    def __init__(self, wall: int = 1_760_000_000 * NS, start: float = 100.0) -> None:
        self.now = start
        self._offset = wall - int(start * NS)

    def monotonic(self) -> float:
        """Seconds since some start."""
        return self.now

    def wall(self) -> int:
        """Nanoseconds since the Unix epoch; moves with `now`."""
        return self._offset + int(self.now * NS)

    def step(self, seconds: float) -> None:
        """Let so much time pass."""
        self.now += seconds


class FakeIds:
    """Ids that count: 0...01, 0...02 and so on."""

    def __init__(self) -> None:
        self.last = 0

    def fresh(self) -> str:
        """32 hex digits, never given twice."""
        self.last += 1
        return f"{self.last:032x}"
