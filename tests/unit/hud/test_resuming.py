"""What a cold resume costs, before it is ordered."""

from decimal import Decimal
from typing import Any

from commandcenter.core.base import NS
from commandcenter.core.world import AccountHead, Head, Spent, Tokens, Window, World
from commandcenter.hud.resuming import Cold, cold, sentence
from commandcenter.hud.windows import Moves

NOW = 1_000_000 * NS


def head(thread: int, **fields: Any) -> Head:
    values = {
        "state": "paused",
        "context_used": 90_000,
        "moved": NOW - 3_600 * NS,
        "account": "claude-plan",
        **fields,
    }
    account = values.pop("account")
    return Head(thread, f"t{thread}", "", "claude", "claude", account, "m", "b", **values)


def world(*heads: Head, used: float = 0.4, **fields: Any) -> World:
    window = Window(300, used, NOW + 5_000 * NS, seen_at=NOW)
    account = AccountHead("claude-plan", windows=(window,), auth="login", **fields)
    return World(threads={one.id: one for one in heads}, accounts={"claude-plan": account})


def test_a_warm_cache_costs_nothing_worth_a_word() -> None:
    held = world(head(1, moved=NOW - 299 * NS), head(2, state="running"), head(3, context_used=0))
    assert cold(held, Moves(), (1, 2, 3), NOW) is None


def test_tokens_and_the_share_of_the_window_by_how_it_moved() -> None:
    held, moves = world(*(head(n) for n in range(1, 22)), tokens=Tokens(input=2_000_000)), Moves()
    account = held.accounts["claude-plan"]
    assert cold(held, moves, tuple(held.threads), NOW) == Cold(21, 1_890_000, "CLAUDE 5 h")
    early = AccountHead("claude-plan", tokens=Tokens(input=0))
    moves.add(early, Window(300, 0.3, NOW, seen_at=NOW - 60 * NS))
    found = cold(held, moves, tuple(held.threads), NOW)
    assert found is not None
    # 10 % for 2 M tokens: 1.89 M take 9.45 %
    assert sentence(found, str) == ("resume 21: about 1.9 M tokens uncached, 9 % of CLAUDE 5 h")
    assert account.windows[0].used == 0.4


def test_key_accounts_pay_dollars_by_what_they_paid() -> None:
    paid = head(
        1,
        account="openai",
        spent=Spent(usd=Decimal("1.00")),
        tokens=Tokens(input=1_000_000, cached_read=1_000_000, output=20_000),
    )
    held = world(paid)
    found = cold(held, Moves(), (1,), NOW)
    assert found is not None
    # 1 M cached at a tenth and 20 k out at five times: 200 k plain tokens cost a dollar
    assert found.usd == Decimal("0.45")
    assert sentence(found, str).endswith("90 k tokens uncached, about $0.45")
    free = cold(world(head(1, account="local")), Moves(), (1,), NOW)
    assert free == Cold(1, 90_000)


def test_those_whose_window_is_closed_wait_for_it() -> None:
    held = world(head(1), head(2, account="other"), used=1.0)
    found = cold(held, Moves(), (1, 2), NOW)
    assert found is not None
    assert (found.count, found.waits, found.opens) == (2, 1, NOW + 5_000 * NS)
    assert "1 wait for their window until 14:05" in sentence(found, lambda wall: "14:05")
