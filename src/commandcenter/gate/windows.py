"""How much a model can read at once, in tokens; 0 = unknown, never guessed."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from commandcenter.config.accounts import Account
from commandcenter.config.resources import resource
from commandcenter.gate.meter import VENDORS


class Windows:
    """Context windows by account and model, from the practice ladder or the bundled list."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    def size(self, account: str, model: str) -> int:
        """Tokens the model takes in one request; 0 = unknown. Never raises."""
        known = practice_windows().get(model)
        if known is not None:
            return known
        found = self._accounts.get(account)
        if found is None or found.local:
            return 0
        return _listed(model, found.url, VENDORS[found.kind] if found.login else None)


@cache
def practice_windows() -> dict[str, int]:
    """The sparring models' windows."""
    text = resource("ladders/sparring.toml").read_text(encoding="utf-8")
    rungs: list[dict[str, Any]] = tomllib.loads(text)["rung"]
    return {str(rung["model"]): int(rung["context"]) for rung in rungs}


@cache
def _listed(model: str, url: str, provider: str | None) -> int:
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, info = get_snapshot().find_provider_model(
            model, None, provider, None if provider else url
        )
    except (LookupError, ValueError):
        return 0
    return info.context_window or 0
