"""What a call costs: the person's own price, practice dollars, local, or the bundled list."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from commandcenter.config.accounts import Account
from commandcenter.config.resources import resource
from commandcenter.config.settings import Price
from commandcenter.core.base import Record
from commandcenter.core.conversation import Usage
from commandcenter.core.events import Cost

MILLION = Decimal(1_000_000)
VENDORS = {
    "chat": "openai",
    "anthropic": "anthropic",
    "ollama": "ollama",
    "responses": "openai",
}
"""The provider's name in `[prices."provider/model"]` unless the account names another."""


class Rate(Record, frozen=True):
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal
    cached_write: Decimal


class Meter:
    """Prices calls; the price at the time of the call is stored and never computed again."""

    def __init__(
        self, accounts: Mapping[str, Account], prices: Mapping[str, Price] | None = None
    ) -> None:
        """`prices`: the person's own, by `provider/model`, `account/model` or `model`."""
        self._accounts = accounts
        self._user = {name: _user_rate(price) for name, price in (prices or {}).items()}
        self._practice: dict[str, Rate] | None = None
        self._list: ListPrices | None = None

    def price(self, account: str, model: str, usage: Usage) -> Cost:
        """What `usage` costs; unknown has usd None. Never raises.

        On a plan it is the list value, in no sum of money.
        """
        found = self._accounts.get(account)
        cost = self._price(found, account, model, usage)
        return replace(cost, basis="plan") if found is not None and found.login else cost

    def _price(self, found: Account | None, account: str, model: str, usage: Usage) -> Cost:
        provider = _provider(found)
        user = self._user_price(account, provider, model)
        if user is not None:
            return Cost(_money(user, usage), "user", model, provider)
        if (found is not None and found.practice) or model.startswith("sparring-"):
            return self._practice_price(model, usage)
        if found is not None and found.local:
            return Cost(Decimal(0), "local", "", provider)
        if self._list is None:
            self._list = ListPrices()
        return self._list.price(found, model, usage)

    def _user_price(self, account: str, provider: str, model: str) -> Rate | None:
        for name in (f"{provider}/{model}", f"{account}/{model}", model):
            if name in self._user:
                return self._user[name]
        return None

    def _practice_price(self, model: str, usage: Usage) -> Cost:
        if self._practice is None:
            self._practice = practice_rates()
        rate = self._practice.get(model)
        if rate is None:
            return Cost(None, "unknown", "", "sparring")
        return Cost(_money(rate, usage), "practice", model, "sparring")


class ListPrices:
    """The bundled snapshot of genai-prices; importing it takes about 160 ms, so once and late."""

    def __init__(self) -> None:
        import genai_prices

        self._calc = genai_prices.calc_price
        self._usage = genai_prices.Usage
        self.snapshot = f"genai-prices {genai_prices.__version__}"

    def price(self, account: Account | None, model: str, usage: Usage) -> Cost:
        """The list price; a model found under another id says so (`matched`).

        The provider is the account's `price_provider`, else found by its address.
        """
        named = account.price_provider if account is not None else ""
        if account is not None and account.login:
            named = named or VENDORS[account.kind]
        url = account.url if account is not None and not named else None
        tokens = self._usage(
            input_tokens=usage.input,
            cache_read_tokens=usage.cached_read,
            cache_write_tokens=usage.cached_write,
            output_tokens=usage.output,
        )
        try:
            if url is not None:
                found = self._calc(tokens, model, provider_api_url=url)
            else:
                found = self._calc(tokens, model, provider_id=named or None)
        except (LookupError, ValueError):
            return Cost(None, "unknown", "", _provider(account))
        exact = found.model.id == model
        return Cost(
            found.total_price,
            "list" if exact else "matched",
            found.model.id,
            found.provider.id,
            exact,
            self.snapshot,
        )


def practice_rates() -> dict[str, Rate]:
    """Practice dollars of the sparring models, by model."""
    text = resource("ladders/sparring.toml").read_text()
    rungs: list[dict[str, Any]] = tomllib.loads(text)["rung"]
    return {str(rung["model"]): _rate(rung) for rung in rungs}


def _rate(rung: Mapping[str, Any]) -> Rate:
    return Rate(
        *(Decimal(str(rung[name])) for name in ("input", "output", "cached", "cached_write"))
    )


def _user_rate(price: Price) -> Rate:
    given = Decimal(str(price.input))
    cached = given if price.cached is None else Decimal(str(price.cached))
    return Rate(given, Decimal(str(price.output)), cached, given)


def _money(rate: Rate, usage: Usage) -> Decimal:
    fresh = usage.input - usage.cached_read - usage.cached_write
    total = (
        fresh * rate.input
        + usage.cached_read * rate.cached
        + usage.cached_write * rate.cached_write
        + usage.output * rate.output
    )
    return total / MILLION


def _provider(account: Account | None) -> str:
    if account is None:
        return ""
    return account.price_provider or VENDORS[account.kind]
