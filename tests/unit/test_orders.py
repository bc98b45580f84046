"""Every order has what it needs (style.md 4): help text, handler, notation, a way to be given."""

import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from commandcenter.config.resources import resource
from commandcenter.core import notation
from commandcenter.core.base import By, OrderId
from commandcenter.core.orders import ORDERS, AnyOrder, Enqueue, Given, Order, Steer
from commandcenter.engine.handlers import HANDLERS

OTHERWISE = {
    "rename": "the card's second page (B)",
    "model": "the card's second page (B)",
    "revive": "the card's second page (B)",
    "resume": "E, when none of the selected runs",
    "resume-all": "the bell's key again",
    "resume-spending": "the bell's key again",
    "unsteer": "undo of steer",
    "disband": "undo of operation",
    "operation": "the dialog of the card's second page (B), a file, or a shell",
    "propose": "the key of split, where a model plans; the plan's editor",
    "hand-over": "the hand-over's sheet",
    "go-back": "undo of reassign",
    "fork": "a turn's line in the transcript; the card's second page (B)",
    "revert": "the card's second page (B)",
    "critic": "the card's second page (B); the sheet of results",
    "unmerge": "undo of merge",
    "unland": "undo of a discarded result",
    "reclaim": "the card of what is ended",
    "allow-login": "the card's second page (B), and asked where an agent is chosen",
    "forbid-login": "the card's second page (B)",
    "hibernate": "the card's second page (B)",
    "wake": "the card's second page (B)",
    "compact": "the card's second page (B)",
    "give-back": "the key of take again",
    "enqueue": "Shift and the key of an order on the card",
    "queue": "the queue's panel (L) and its chips",
    "requeue": "undo of a queued order",
    "withdraw": "the inspector's Policy tab",
    "defer": "Z in APPROVE and in the attention queue",
    "snooze": "the alert panel",
    "undefer": "undo of defer and snooze",
    "tag": "the card's second page (B)",
    "flag": "the map's flag key, with a note",
    "unflag": "undo of flag",
    "group-rule": "the groups' panel",
    "open-account": "from a shell, as its alert says; by name in the palette of M3",
}
"""Orders without a key of their own -> how they are given."""


def by_key() -> Iterator[str]:
    """The order texts of the shipped keymap that work now."""
    keymap = tomllib.loads(resource("keymaps/grid.toml").read_text())
    for action in keymap["actions"].values():
        if action["from"] in ("M1", "M2", "M3", "M4") and "order" in action:
            yield action["order"]


@pytest.mark.parametrize("cls", ORDERS.values(), ids=ORDERS)
def test_an_order_says_what_it_does(cls: type[Order]) -> None:
    assert cls.__doc__
    first = cls.__doc__.partition("\n")[0]
    assert first.endswith(".")
    assert 20 < len(first) <= 100


def test_handlers_and_orders_are_the_same_set() -> None:
    assert set(HANDLERS) == set(ORDERS)


def test_every_order_has_a_key_or_says_how_it_is_given() -> None:
    keys = {text.split()[0] for text in by_key()}
    assert set(ORDERS) == keys | set(OTHERWISE)
    assert not keys & set(OTHERWISE), "it has a key now"


@pytest.mark.parametrize("text", sorted(set(by_key())))
def test_what_a_key_gives_is_an_order(text: str) -> None:
    filled = text.replace("@sel", "#3").replace("ID", "7").replace(" X", " 1.50")
    filled = filled.replace("--into N", "--into 3").replace("HOW", "merge")
    if "--from" in filled:  # read by the screen: its lines are the briefs
        filled = filled.partition(" --from")[0] + ' "one"'
    order = notation.parse(filled)
    assert notation.parse(notation.text(order)) == order


def example(cls: type[Order]) -> AnyOrder:
    """One with every field set."""
    fields = {name: value(name) for name in cls.__struct_fields__}
    fields |= {"Propose": {"drop": True}, "Split": {"share": "3,1"}}.get(cls.__name__, {})
    order = msgspec.convert(fields | {"verb": cls.__struct_config__.tag}, cls, strict=False)
    assert isinstance(order, AnyOrder)
    return order


def value(name: str) -> Any:
    """Something that fits, with all that must be quoted."""
    odd = 'say "no" \\ to\nthat'
    told: dict[str, Any] = {
        "briefs": ("one two", odd),
        "usd": "1.50",
        "at_limit": "finish_turn",
        "target": "#1,#2",
        "profile": "clean",
        "remember": "turn",
        "way": "up",
        "texts": ("pause @self", odd),
        "only": "snoozed",
        "to": "7",
        "kind": "branch",
        "as_": "discard",
        "at": "7",
        "into": "7",
    }
    numbers = {"tokens", "count", "set", "ask", "share", "add", "steal", "minutes", "drop"}
    numbers |= {"flag", "number", "group", "results", "diff_to"}
    flags = {"now", "danger", "fast", "uncommitted", "reported", "identical", "clear", "diff"}
    flags |= {"told", "exclusive", "children", "stop", "mend"}
    if name in numbers:
        return 7
    return True if name in flags else told.get(name, odd)


@pytest.mark.parametrize("cls", ORDERS.values(), ids=ORDERS)
def test_an_order_survives_notation_and_wire(cls: type[Order]) -> None:
    order = example(cls)
    assert notation.parse(notation.text(order)) == order
    by: By = "cli"
    given = Given(OrderId("a" * 32), order, by)
    assert msgspec.json.decode(msgspec.json.encode(given), type=Given) == given


@pytest.mark.parametrize("said", ["--queued", "@self", 'a "b" --queued', "\n--now", "--", "#3"])
def test_what_a_queued_text_says_is_no_option_of_it(said: str) -> None:
    order = Enqueue("#3", notation.text(Steer("@self", said)))
    assert notation.parse(notation.text(order)) == order
    assert notation.parse(order.text) == Steer("@self", said)


def test_the_limit_of_an_operation_is_not_queued_at_each_of_its_threads() -> None:
    with pytest.raises(ValueError, match="an operation's limit"):
        notation.parse("budget @op:demo --usd 5 --queued")


@pytest.mark.parametrize("text", ["pause   @self", 'pause "@self"', "steer @self on --now --now"])
def test_a_queued_text_in_another_form_stays_as_it_is(text: str) -> None:
    order = Enqueue("#3", text)
    assert notation.parse(notation.text(order)) == order


def test_urgent_orders_stop_and_others_do_not() -> None:
    urgent = {name for name, cls in ORDERS.items() if cls.urgent}
    stops = {"pause", "freeze", "interrupt", "kill", "pause-all", "freeze-spending"}
    runs_long = {"propose", "verify", "critic"}  # nothing else waits for what they start
    assert urgent == stops | runs_long | {"deny", "undo", "go-back"}
