"""Shares of a plan's windows: what each scope used of them, by tokens, as the windows moved."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from commandcenter.core.world import Limit
from commandcenter.rules.budget import Short

Key = tuple[str, int]
"""Account and the window's minutes."""


class Shares:
    """An estimate: a window's move is shared out by the tokens that were spent since the last one.

    What moved before the first look, or by somebody else's use, is nobody's or everybody's here.
    """

    def __init__(self) -> None:
        self._totals: dict[str, dict[str, int]] = {}
        self._sums: dict[str, int] = {}
        self._marks: dict[Key, tuple[int, dict[str, int]]] = {}
        self._parts: dict[Key, dict[str, float]] = {}

    def spent(self, account: str, scopes: Iterable[str], tokens: int) -> None:
        """A call of these scopes was settled."""
        totals = self._totals.setdefault(account, {})
        for scope in scopes:
            totals[scope] = totals.get(scope, 0) + tokens
        self._sums[account] = self._sums.get(account, 0) + tokens

    def begin(self, account: str, minutes: int) -> None:
        """The window is seen for the first time, or counts from nothing again."""
        self._parts[account, minutes] = {}
        self._mark(account, minutes)

    def moved(self, account: str, minutes: int, by: float) -> None:
        """So much more of the window (0..1) is used."""
        key = account, minutes
        before, marks = self._marks.get(key, (0, {}))
        total = self._sums.get(account, 0) - before
        parts = self._parts.setdefault(key, {})
        if total <= 0:
            return
        for scope, tokens in self._totals.get(account, {}).items():
            mine = tokens - marks.get(scope, 0)
            if mine:
                parts[scope] = parts.get(scope, 0.0) + by * mine / total
        self._mark(account, minutes)

    def parts(self, account: str) -> dict[int, dict[str, float]]:
        """minutes -> scope -> its part of that window, 0..1."""
        return {key[1]: dict(parts) for key, parts in self._parts.items() if key[0] == account}

    def short(
        self, account: str, scopes: Iterable[str], limit_of: Callable[[str], Limit]
    ) -> Short | None:
        """The first scope that used its share of one of the account's windows."""
        for scope in scopes:
            share = limit_of(scope).share
            if share is None:
                continue
            for key, parts in self._parts.items():
                if key[0] == account and parts.get(scope, 0.0) * 100 >= share:
                    left = Decimal(0)
                    return Short(scope, "share", Decimal(share), left, Decimal(0), True, key[1])
        return None

    def _mark(self, account: str, minutes: int) -> None:
        totals = dict(self._totals.get(account, {}))
        self._marks[account, minutes] = (self._sums.get(account, 0), totals)


__all__ = ["Shares"]
