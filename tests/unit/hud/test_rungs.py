"""Factors, reasons and sentences of the ladder; candidates of a reassign; the menu of S."""

from decimal import Decimal
from typing import Any

import msgspec

from commandcenter.core.refusals import (
    BudgetTooSmallToSplit,
    LadderBottom,
    LadderMissing,
    LadderTop,
    NoSuccessCommand,
)
from commandcenter.core.shaping import Carved
from commandcenter.core.world import Head, OperationHead, World
from commandcenter.hud import seating
from commandcenter.hud.card import Page, Place
from commandcenter.hud.rungs import badged, sentence, times
from commandcenter.hud.shaping import Means, Offer, Rung, Rungs, Seats, read
from commandcenter.hud.split_page import COUNTS, Splitting, split_page
from commandcenter.rules.splitting import equal

UP, DOWN = Rung("big", factor=5.0, lost_cache=Decimal("0.12")), Rung("small", factor=0.3)
BOTH = Rungs("l", "mid", UP, DOWN)


def head(thread: int = 1, **fields: Any) -> Head:
    base = {"name": f"t{thread}", "operation": "op", "agent": "native", "driver": "native"}
    base |= {"account": "a", "model": "mid", "brief": "b", "workspace": "/w", "turn": 1}
    return Head(id=thread, **(base | fields))


def world(*heads: Head, success: str = "") -> World:
    found = World()
    found.threads = {one.id: one for one in heads}
    found.operations = {"op": OperationHead("op", "/r", success=success)}
    return found


def card(*ids: int) -> Page:
    actions = ("order.escalate", "order.downgrade", "order.verify", "order.steer")
    places = tuple(Place(slot, action, action) for slot, action in enumerate(actions))
    return Page("MAP", "", places, ids)


def test_factors_as_they_are_read() -> None:
    assert [times(one) for one in (5.0, 0.3, 1.0, 12.4, None)] == [
        "\u00d75", "\u00d70.3", "\u00d71", "\u00d712", "",
    ]  # fmt: skip


def test_a_factor_where_all_have_it_and_counts_where_some_have() -> None:
    held = world(head(1), head(2), success="pytest")
    same = badged(card(1, 2), held, {1: BOTH, 2: BOTH})
    assert [one.badge for one in same.places if one] == ["\u00d75", "\u00d70.3", "", ""]
    top = Rungs("l", "big", None, DOWN)
    some = badged(card(1, 2), held, {1: BOTH, 2: top})
    assert [one.badge for one in some.places if one][:2] == ["1/2", "\u00d70.3"]
    unknown = badged(card(1, 2), held, {1: BOTH})
    assert unknown.places[0] == card(1, 2).places[0]


def test_why_there_is_no_further_step() -> None:
    held = world(head(1), success="pytest")
    reasons = [
        badged(card(1), held, {1: found}).places[slot]
        for slot, found in ((0, Rungs("l", "mid")), (1, Rungs("l", "mid")), (0, Rungs("", "mid")))
    ]
    assert [one.reason if one else None for one in reasons] == [
        LadderTop("mid"),
        LadderBottom("mid"),
        LadderMissing("mid"),
    ]


def test_verify_wants_a_success_command() -> None:
    none = badged(card(1), world(head(1)), {}).places[2]
    assert none is not None
    assert isinstance(none.reason, NoSuccessCommand)
    runs = badged(card(1), world(head(1, verifying="e"), success="x"), {}).places[2]
    assert runs is not None
    assert runs.sub == "again stops"


def test_the_sentence_names_model_factor_and_lost_cache() -> None:
    said = sentence("order.escalate", BOTH)
    assert said == "to big, \u00d75 the price, from the next call, the lost cache costs $0.12"
    assert sentence("order.downgrade", None) == ""


def test_candidates_tell_price_and_loss_and_greyed_ones_why() -> None:
    now = Offer("native", "native", "a", "mid", now=True)
    other = Offer("codex", "codex", "c", "gpt", form="items", factor=2.0, usd=Decimal("0.10"),
                  lost=("cache", "grants"))  # fmt: skip
    gone = Offer("acp", "acp", "x", "y", why="not installed", mend="install it")
    page = seating.seat_page(world(head(1)), (1,), Seats((now, other, gone)))
    shown = [one for one in page.places if one]
    assert [one.name for one in shown] == ["gpt", "y"]
    assert (shown[0].badge, shown[0].enabled, shown[1].enabled) == ("\u00d72", True, False)
    assert "install it" in (shown[1].reason.text() if shown[1].reason else "")
    assert "reads it anew for $0.10" in seating.sentence(other)
    assert seating.lost(other) == "lost: cache, grants"
    many = Seats(tuple(Offer("n", "n", "a", f"m{n}") for n in range(20)))
    full = seating.seat_page(world(head(1)), (1,), many)
    assert full.places[11] is None
    assert "asking" in seating.seat_page(world(head(1)), (1,), None).head


def test_one_model_on_two_accounts_names_the_accounts() -> None:
    offers = (Offer("native", "native", "a", "mid"), Offer("native", "native", "b", "mid"),
              Offer("native", "native", "a", "big"))  # fmt: skip
    page = seating.seat_page(world(head(1)), (1,), Seats(offers))
    assert [one.sub for one in page.places if one] == ["a", "b", "native"]


def test_the_menu_of_s_greys_what_does_not_fit() -> None:
    means = Means(Carved(Decimal("0.20")), Carved(Decimal("0.02")), 40_000)
    page = split_page(head(1, plan=(("a", "pending"),)), Splitting(means=means))
    shown = {one.action: one for one in page.places if one}
    assert shown["split:2"].sub == "$0.08 each"
    assert shown["split:4"].reason == BudgetTooSmallToSplit(2)
    assert shown["kind:divide"].sub == "1 found"
    assert shown["kind:divide"].badge == "on"
    assert page.places[11] is None
    assert "40 k tok x n" in page.head
    assert set(COUNTS) == set(range(2, 9))
    free = split_page(head(1), Splitting(means=Means()))
    assert all(one.enabled for one in free.places if one and one.action.startswith("split:"))
    assert equal(2) == (1.0, 1.0)


def test_answers_that_do_not_fit_are_none() -> None:
    assert read({}, Means) is None
    assert read({"context": "many"}, Means) is None
    assert read(None, Means) is None
    built = msgspec.to_builtins(BOTH, enc_hook=str)
    assert read(built, Rungs) == BOTH
