from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.world import Ask, Head, Spent, Tokens, World
from commandcenter.hud.filtering import Filter, matches, parse


def head(thread: int = 1, **fields: Any) -> Head:
    first = Head(thread, "fix-b03", "billing-api", "Claude", "claude", "a", "sonnet-5", "b")
    return type(first)(**{**{f: getattr(first, f) for f in first.__struct_fields__}, **fields})


def shown(text: str, one: Head, groups: dict[int, tuple[int, ...]] | None = None) -> bool:
    return matches(parse(text), one, World(threads={one.id: one}, groups=groups or {}))


@pytest.mark.parametrize("text", ["", "  ", "FIX", "sonnet", "claude", '"fix-b0"', "urgent"])
def test_words_match_name_tag_agent_model_host(text: str) -> None:
    assert shown(text, head(tags=("urgent",)))


def test_words_all_have_to_match_and_not_turns_one() -> None:
    assert shown("fix local", head())
    assert not shown("fix opus", head())
    assert shown("fix not opus", head())
    assert not shown("not fix", head())
    assert shown("not not fix", head())
    assert not shown("billing", head()), "the operation has a field of its own"
    assert shown("local", head())
    assert not shown("lo", head()), "a part of the host's name would match them all"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("is:waiting", {"state": "starting"}),
        ("is:working", {"state": "running"}),
        ("is:paused", {"state": "paused"}),
        ("is:frozen", {"state": "dying"}),
        ("is:done", {"state": "ended", "outcome": "killed"}),
        ("is:failed", {"state": "ended", "outcome": "failed"}),
        ("is:needs-you", {"state": "waiting"}),
        ("is:needs", {"state": "waiting"}),
        ('is:"needs you"', {"state": "waiting"}),
        ("is:idle", {"state": "idle"}),
        ("is:unseen", {"results": 3, "results_seen": 2}),
        ("op:API", {}),
        ("op:", {"operation": ""}),
        ("group:3", {}),
        ("name:b03", {}),
        ("agent:claude model:son host:loc", {}),
        ("tag:ur", {"tags": ("urgent",)}),
        ("cost>1", {"spent": Spent(usd=Decimal("1.01"))}),
        ("cost>$1", {"spent": Spent(practice=Decimal("1.01"))}),
        ("cost<=1", {}),
        ("tokens>1.2k", {"tokens": Tokens(input=1_300)}),
        ("ctx>=80%", {"context_used": 80, "context_size": 100}),
        ("unseen:2", {"results": 2}),
    ],
)
def test_terms(text: str, fields: dict[str, Any]) -> None:
    assert shown(text, head(**fields), {3: (1,)})
    assert not shown(f"not {text}", head(**fields), {3: (1,)})


def test_a_parked_thread_is_not_idle() -> None:
    assert not shown("is:idle", head(state="idle", parked=True))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"open', "quote"),
        ("fix not", "not"),
        ("is:asleep", "needs-you, failed"),
        ("group:12", "digit"),
        ("cost>much", "number"),
        ("model>3", "followed by"),
        ("wage:3", "knows no 'wage'"),
        ("tag:", "lacks"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text)


def test_an_ask_alone_does_not_matter() -> None:
    ask = Ask(1, 1, "tool", "R1", "push?", {}, "d", "r", "c", (), 0, 0)
    one = head(state="running")
    assert not matches(parse("is:needs-you"), one, World(threads={1: one}, asks={1: ask}))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert isinstance(matches(found, head(), World()), bool)
    assert bool(found) == (found.terms != ())
    assert parse(found.text).terms == found.terms


def test_no_filter_is_false() -> None:
    assert not Filter()
    assert parse("x")
