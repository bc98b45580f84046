"""The plain parts behind the panels: guards, deck, store, figures, letters."""

import asyncio
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from commandcenter.core.base import NS
from commandcenter.core.refusals import OtherKey, Refused, ShownChanged, TargetMissing
from commandcenter.core.world import Ask, Head, Limit, Spent, Tokens, World
from commandcenter.hud.agenda import Agenda
from commandcenter.hud.keymap import chord
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.case import View, action, policy
from commandcenter.ui.deck import Deck
from commandcenter.ui.figures import lines, number
from commandcenter.ui.first_run import first_page
from commandcenter.ui.guards import KillGuard, SecondPress
from commandcenter.ui.keys import Labels, chord_of, event_of
from commandcenter.ui.member import burn, facts, gauges
from commandcenter.ui.portrait import portrait
from commandcenter.ui.state import Saved, Store
from commandcenter.ui.tasks import Tasks

pytestmark = pytest.mark.qt


def ask(number: int, level: str = "R2", digest: str = "d", **more: object) -> Ask:
    return Ask(number, 1, "tool", level, "run it?", {}, digest, "rule", "", (), NOW, 0)


def world(*asks: Ask) -> World:
    return World(asks={one.id: one for one in asks}, threads={1: head()})


def head(**more: object) -> Head:
    return replace(Head(1, "one", "op", "native", "native", "acc", "model", "brief"), **more)


# --- guards -------------------------------------------------------------------------------------


def test_kill_wants_the_second_press_in_its_time() -> None:
    guard = KillGuard()
    assert guard.press((1,), 0.0) == "freeze"
    assert guard.press((1,), 0.05) == ""
    assert guard.armed(1.0)
    assert guard.press((1,), 1.0) == "kill"
    assert guard.press((1,), 1.5) == "freeze"
    assert guard.disarm()
    assert not guard.disarm()
    assert guard.press((1,), 2.0) == "freeze"
    assert guard.press((2,), 2.5) == "freeze"
    assert guard.press((2,), 6.0) == "freeze"


def test_a_large_order_is_meant_only_between_its_times() -> None:
    twice = SecondPress()
    assert not twice.meant("steer", 1.0)
    twice.refused("steer", 1.0)
    assert not twice.meant("steer", 1.1)
    assert not twice.meant("other", 1.5)
    assert twice.meant("steer", 1.5)
    assert not twice.meant("steer", 1.6)
    twice.refused("steer", 2.0)
    assert not twice.meant("steer", 5.5)
    twice.refused("steer", 6.0)
    twice.forget()
    assert not twice.meant("steer", 6.5)


def test_a_second_press_may_reach_fewer_but_nobody_new() -> None:
    twice = SecondPress()
    twice.refused('steer #1,#2,#3 "hi #4"', 1.0)
    assert not twice.meant('steer #1,#4 "hi #4"', 1.5)
    assert not twice.meant('steer #1,#2 "hi #2"', 1.5)
    assert not twice.meant('steer @all "hi #4"', 1.5)
    assert twice.meant('steer #1,#3 "hi #4"', 1.5)


# --- the deck -----------------------------------------------------------------------------------


def refused(act: object, *args: object) -> object:
    with pytest.raises(Refused) as caught:
        act(*args)
    return caught.value.reason


def test_nothing_open_is_nothing_to_decide() -> None:
    deck = Deck(Agenda())
    assert isinstance(refused(deck.allow, 9.0), TargetMissing)
    assert isinstance(refused(deck.deny, 9.0), TargetMissing)


def test_the_dead_time_starts_anew_with_each_change() -> None:
    deck = Deck(Agenda())
    deck.first(world(ask(1)), 10.0)
    assert isinstance(refused(deck.allow, 10.49), ShownChanged)
    assert deck.allow(10.5).digest == "d"
    deck.follow(world(ask(1, digest="e")), 11.0)
    assert isinstance(refused(deck.deny, 11.2), ShownChanged)
    assert deck.deny(11.6).digest == "e"
    assert not deck.follow(world(ask(1, digest="e")), 12.0)


def test_decided_cases_give_way_and_next_goes_round() -> None:
    deck, two = Deck(Agenda()), world(ask(1), ask(2))
    deck.first(two, 0.0)
    deck.next(two, 1.0)
    assert deck.shown is not None
    assert deck.shown.id == 2
    deck.next(two, 2.0)
    assert deck.shown.id == 1
    deck.follow(world(ask(2)), 3.0)
    assert deck.shown.id == 2
    deck.follow(world(), 4.0)
    assert deck.shown is None


def test_fast_is_said_unless_the_diff_was_open() -> None:
    deck = Deck(Agenda())
    deck.first(world(ask(1)), 0.0)
    assert deck.allow(1.0).fast
    assert not deck.allow(2.5).fast
    deck.pick("Diff")
    assert not deck.allow(1.0).fast


def test_danger_keys_are_their_own() -> None:
    deck = Deck(Agenda())
    deck.first(world(ask(1)), 0.0)
    assert isinstance(refused(deck.allow_danger, 1.0), OtherKey)
    deck.first(world(ask(2, "R3")), 2.0)
    assert isinstance(refused(deck.allow, 3.0), OtherKey)
    assert deck.allow_danger(3.0).danger
    deck.first(world(ask(3, "R4")), 4.0)
    assert isinstance(refused(deck.allow_danger, 5.0), OtherKey)
    deck.read_to_end = True
    assert deck.allow_danger(6.0) is None
    assert deck.allow_danger(6.05) is None
    assert deck.allow_danger(6.5) is not None


# --- what is kept -------------------------------------------------------------------------------


def test_the_view_survives_and_is_private(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    assert store.load() == Saved()
    saved = Saved((1, 2), 2, (5, 120), "Diff", False)
    store.save(saved)
    assert store.load() == saved
    mode = os.stat(tmp_path / "state" / "screen.json").st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_drafts_come_back_by_their_receivers(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_draft("steer:1,2:", "two\nlines")
    store.keep_draft("brief::", "start")
    assert store.drafts() == {"steer:1,2:": "two\nlines", "brief::": "start"}
    store.keep_draft("brief::", "")
    assert store.drafts() == {"steer:1,2:": "two\nlines"}


def test_without_a_folder_nothing_is_kept() -> None:
    store = Store(None)
    store.save(Saved((1,)))
    store.keep_draft("a", "b")
    assert store.load() == Saved()
    assert store.drafts() == {}


# --- texts and figures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "figure"),
    [("1.50", "1.50"), ("$2", "2"), ("200 k", "200000"), ("1.5M", "1500000"), ("1,000", "1000")],
)
def test_figures_are_read(text: str, figure: str) -> None:
    assert number(text) == Decimal(figure)


@pytest.mark.parametrize("text", ["", "much", "k", "inf", "nan", "1e", "--1"])
def test_what_is_no_figure_is_none(text: str) -> None:
    assert number(text) is None


def test_a_list_is_lines_or_a_file(tmp_path: Path) -> None:
    assert lines(" one \n\n two\n") == ("one", "two")
    path = tmp_path / "list.txt"
    path.write_text("a\nb\n\nc")
    assert lines(str(path)) == ("a", "b", "c")
    assert lines("/no/such/file") == ("/no/such/file",)
    assert len(lines("x\n" * 10_000)) == 500


def test_gauges_and_facts_say_what_is_known_and_no_more() -> None:
    bare = head()
    assert [gauge.text for gauge in gauges(bare, World())] == ["0", "no limit", "key account"]
    rich = head(
        limit=Limit(usd=Decimal("2")),
        spent=Spent(usd=Decimal("1.80")),
        tokens=Tokens(1000, cached_read=700, output=50),
        context_used=50,
        context_size=100,
    )
    assert [(gauge.text, gauge.color) for gauge in gauges(rich, World())[:2]] == [
        ("50 %", "think"),
        ("90 %", "tool"),
    ]
    said = {fact.label: fact.value for fact in facts([rich, bare], World(), NOW)}
    assert said["Spent"] == "$1.80"
    assert said["Kept tokens"] == "70 %"
    assert {fact.value for fact in facts([bare], World(), NOW) if fact.label == "Kept tokens"} == {
        "-"
    }


def test_burn_fades_with_silence() -> None:
    busy = head(bins=(10,) * 64, bin_at=NOW // (NS // 2))
    assert burn(busy, NOW) == 20.0
    assert burn(busy, NOW + 5 * NS) == 10.0
    assert burn(busy, NOW + 60 * NS) == 0.0


def test_a_portrait_stands_for_every_thread_of_a_busy_world() -> None:
    busy = demo_world()
    for one in busy.threads.values():
        shown = portrait(one, busy, NOW, "Transcript")
        assert shown.name
        assert shown.status
        assert "not sandboxed by us" in shown.place


def test_a_case_shows_its_request_and_quotes_the_agent() -> None:
    request = {
        "command": ["git", "push", "origin"],
        "cwd": "/w/1",
        "says": "<b>trust me</b>\u202e" + "x" * 900,
        "env": {"PATH": "/bin"},
    }
    case = replace(ask(1, "R3"), request=request, options=("one", "two"))
    shown = action(View(case, NOW, allows="Shift+Y"), world(case))
    text = {block.title: "\n".join(line.text for line in block.lines) for block in shown.blocks}
    assert text["Command"] == "git push origin"
    assert text["Env"] == "PATH: /bin"
    assert "\u202e" not in text["Agent says"]
    assert len(text["Agent says"]) < 420
    assert "once, this request only" in text["Shift+Y allows"]
    assert text["Option 2"] == "two"
    rules = policy(View(case, NOW), world())
    assert "rule" in [line.text for block in rules.blocks for line in block.lines]


def test_the_first_page_says_what_stands_in_the_way() -> None:
    empty = first_page({}, {}, skirmish=True)
    assert "commandcenter PATH" in empty.trouble
    assert [key for key, _ in empty.ways] == ["Mod+G"]
    account = {"id": "a", "kind": "chat", "base_url": "u", "model": ""}
    found = {"accounts": [account], "offers": [{"id": "a"}, {"id": "ollama", "kind": "ollama"}]}
    ready = first_page({"root": "/r/tally", "commits": 1, "dirty": 1}, found, skirmish=False)
    assert ready.title == "tally"
    assert "1 changed file" in ready.detail
    assert [row.name for row in ready.rows] == ["account a", "local server ollama"]
    assert [key for key, _ in ready.ways] == ["Return", "Mod+Shift+N", "Mod+K"]


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Q", "Shift+/", "Mod+Shift+.", "Tab", "Shift+Tab", "Return", "F5", "\\", "`", "Mod+="]
)
def test_a_played_key_is_the_key_it_names(text: str) -> None:
    assert chord_of(event_of(chord(text))) == chord(text)


def test_labels_are_learnt_from_plain_letters_alone() -> None:
    labels = Labels()
    none = Qt.KeyboardModifier.NoModifier

    def press(text: str, scan: int, keys: Qt.KeyboardModifier = none) -> QKeyEvent:
        code = Qt.Key(ord(text.upper()))
        return QKeyEvent(QEvent.Type.KeyPress, code, keys, scan, 0, 0, text)

    assert labels.learn(press("a", 0x10 + 8))
    assert not labels.learn(press("a", 0x10 + 8))
    assert not labels.learn(press("b", 0x11 + 8, Qt.KeyboardModifier.ControlModifier))
    assert not labels.learn(press("1", 0x02 + 8))
    assert labels.of("Q") == "A"
    assert labels.of("Mod+Q").endswith("A")


def test_a_failed_task_is_logged_with_its_name(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ValueError("no such thing")

    async def forever() -> None:
        await asyncio.Event().wait()

    async def scenario() -> None:
        tasks = Tasks()
        tasks.spawn(broken(), "what it was")
        await tasks.settle()
        tasks.spawn(forever(), "never mind")
        await tasks.close()

    loop.run_until_complete(scenario())
    assert "what it was" in caplog.text
    assert "never mind" not in caplog.text
