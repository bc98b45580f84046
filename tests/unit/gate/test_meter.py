"""Prices: the person's own, practice dollars, local, the list exact and matched, unknown."""

import subprocess
import sys
from decimal import Decimal

from commandcenter.config.accounts import Account
from commandcenter.config.settings import Price
from commandcenter.core.conversation import Usage
from commandcenter.gate.meter import Meter, practice_rates

ACCOUNTS = {
    account.id: account
    for account in (
        Account("openai", "chat", "https://api.openai.com/v1"),
        Account("claude", "anthropic", "https://api.anthropic.com"),
        Account("named", "chat", "https://llm.example.com/v1", price_provider="openai"),
        Account("strange", "chat", "https://llm.example.com/v1"),
        Account("home", "ollama", "http://127.0.0.1:11434"),
        Account("practice", "chat", "http://sparring", socket="/s", practice=True),
    )
}
USAGE = Usage(input=1_000, cached_read=500, output=100)
METER = Meter(ACCOUNTS)


def test_the_list_price_counts_the_cache() -> None:
    cost = METER.price("openai", "gpt-4o-mini", USAGE)
    assert cost.usd == Decimal("0.0001725")
    assert (cost.basis, cost.priced_as, cost.exact_id) == ("list", "gpt-4o-mini", True)
    assert cost.snapshot.startswith("genai-prices ")


def test_a_near_name_says_what_it_was_priced_as() -> None:
    cost = METER.price("openai", "gpt-5.2-codex", USAGE)
    assert (cost.basis, cost.priced_as, cost.exact_id) == ("matched", "gpt-5.2", False)


def test_unknown_is_none_and_never_nothing() -> None:
    for account in ("openai", "strange", "nobody"):
        cost = METER.price(account, "no-such-model-7", USAGE)
        assert (cost.usd, cost.basis) == (None, "unknown")
    assert METER.price("strange", "gpt-4o", USAGE).usd is None, "not everybody is OpenAI"
    assert METER.price("openai", "gpt-4o", Usage(input=5, cached_read=9)).usd is None


def test_an_account_may_name_whose_prices_it_has() -> None:
    assert METER.price("named", "gpt-4o-mini", USAGE).basis == "list"


def test_anthropic_cache_writes_cost_more() -> None:
    read = METER.price("claude", "claude-sonnet-4-0", Usage(input=1_000, cached_read=1_000)).usd
    plain = METER.price("claude", "claude-sonnet-4-0", Usage(input=1_000)).usd
    wrote = METER.price("claude", "claude-sonnet-4-0", Usage(input=1_000, cached_write=1_000)).usd
    assert read is not None
    assert plain is not None
    assert wrote is not None
    assert read < plain < wrote


def test_practice_dollars_are_sparrings_own() -> None:
    assert set(practice_rates()) == {"sparring-small", "sparring-medium", "sparring-large"}
    cost = METER.price("practice", "sparring-medium", Usage(input=2_000_000, output=1_000_000))
    assert (cost.usd, cost.basis) == (Decimal(7), "practice")
    cached = METER.price(
        "practice", "sparring-large", Usage(input=1_000_000, cached_read=1_000_000)
    )
    assert cached.usd == Decimal("0.5")
    assert METER.price("practice", "sparring-huge", USAGE).usd is None


def test_a_server_of_ones_own_costs_nothing_and_says_local() -> None:
    cost = METER.price("home", "qwen3", USAGE)
    assert (cost.usd, cost.basis) == (Decimal(0), "local")


def test_the_persons_own_price_wins() -> None:
    prices = {
        "openai/gpt-4o": Price(2.0, 10.0, 0.5),
        "strange/odd": Price(1.0, 1.0),
        "qwen3": Price(0.1, 0.2),
    }
    meter = Meter(ACCOUNTS, prices)
    cost = meter.price("openai", "gpt-4o", Usage(input=1_000_000, cached_read=500_000))
    assert (cost.usd, cost.basis) == (Decimal("1.25"), "user")
    assert meter.price("strange", "odd", Usage(input=1_000_000)).usd == Decimal(1)
    assert meter.price("home", "qwen3", Usage(output=1_000_000)).basis == "user"


def test_the_price_list_is_imported_late() -> None:
    code = "import sys, commandcenter.gate.gate, commandcenter.gate.meter\n"
    code += "assert not {'genai_prices', 'httpx', 'pydantic', 'ssl_'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
