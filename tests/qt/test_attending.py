"""APPROVE in full: tabs, remember, edit, defer, the list, equal cases (screen.md 9)."""

from typing import Any

import pytest
from msgspec.structs import replace
from stage import Stage, played

from commandcenter.config.resources import resource
from commandcenter.core import events as ev
from commandcenter.hud import profiles
from commandcenter.hud.bases import BASES
from commandcenter.hud.keymap import chord
from commandcenter.hud.profiles import Profile
from commandcenter.ui.sounds import Sounds

pytestmark = pytest.mark.qt
KEYS = "QWERTYUIOPASDFGHJKLZXCVBNM;,./"
DECIDE = (
    "approval.allow_once",
    "approval.allow_danger",
    "approval.deny",
    "approval.allow_identical",
)


def ask(stage: Stage, number: int, level: str = "R2", thread: int = 1, **more: Any) -> None:
    command = more.pop("command", f"make {number}")
    request = {"tool": "run", "cwd": f"/w/{thread}", "command": command}
    digest = more.pop("digest", f"d{number}")
    stage.link.emit(
        ev.Asked(number, "tool", level, command, request, digest, "rule", f"call-{number}"),  # type: ignore[arg-type]  # a level
        thread=thread,
    )


def alone(stage: Stage) -> None:
    for number, one in list(stage.link.world.asks.items()):
        stage.link.emit(ev.Answered(number, "deny"), thread=one.thread)


def approved(stage: Stage) -> list[str]:
    return [order for order in stage.orders if order.startswith("approve")]


def case(stage: Stage) -> dict[str, str]:
    blocks = stage.window.inspector.case.transcript.blocks
    return {block.title: "\n".join(line.text for line in block.lines) for block in blocks}


def texts(stage: Stage) -> list[str]:
    return [one.text for one in stage.texts()]


@played
async def test_the_action_tab_says_what_would_happen(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, "R3", 6, command="git push https://example.org/a.git > out/log")
    await stage.keys("J", gap=1.0)
    shown = case(stage)
    assert shown["Command"] == "git push https://example.org/a.git > out/log"
    assert shown["Runs"] == "git push https://example.org/a.git"
    assert shown["Writes to"] == "/w/6/out/log"
    assert shown["Hosts"] == "example.org"
    assert shown["In"] == "/w/6"
    assert shown["Thread"].startswith("fix-a06 #6 · auth-refactor")
    assert shown["Rule that asked"] == "rule"
    assert "leaves the machine" in shown["Level"]
    assert {"Estimated cost", "Shift+Y allows", "On expiry"} <= set(shown)
    assert "R3" in texts(stage)


@played
async def test_every_tab_shows_its_own(stage: Stage) -> None:
    alone(stage)
    stage.link.emit(ev.ToolStarted("c1", "run", "run", "make 0", "make 0", "e1"), thread=6)
    ask(stage, 500, thread=6)
    await stage.keys("J", gap=1.0)
    for key, tab, title in (("D", "Policy", "Rule"), ("G", "Cost", "If allowed")):
        await stage.keys(key)
        assert stage.screen.deck.tab == tab
        assert title in case(stage)
    await stage.keys("F")
    assert stage.screen.deck.tab == "Context"
    assert stage.window.inspector.front is stage.window.inspector.case
    await stage.settle()
    assert any("make 0" in title for title in case(stage))
    await stage.keys("A")
    assert "Command" in case(stage)
    assert stage.orders == []


@played
async def test_w_sets_the_scope_of_the_next_y_alone(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, command="make a")
    ask(stage, 501, command="make b")
    await stage.keys("J", gap=1.0)
    await stage.keys("W", "W")
    assert stage.screen.deck.remember == "thread"
    assert stage.screen.card_page().places[1].sub == "thread"  # type: ignore[union-attr]  # it is there
    assert "in this thread" in case(stage)["Y allows"]
    assert stage.orders == []
    await stage.keys("Y", gap=1.0)
    assert approved(stage) == ["approve 500 --digest d500 --fast --remember thread"]
    assert stage.screen.deck.shown is not None
    assert stage.screen.deck.shown.id == 501
    assert stage.screen.deck.remember == ""
    await stage.keys("Y", gap=1.0)
    assert "remember" not in approved(stage)[-1]


@played
async def test_w_falls_back_when_the_case_changes_and_is_grey_for_r3(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500)
    await stage.keys("J", gap=1.0)
    await stage.keys("W")
    ask(stage, 500, digest="other")
    await stage.settle()
    assert stage.screen.deck.remember == ""
    ask(stage, 500, "R3", digest="third")
    await stage.settle()
    await stage.keys("W")
    assert stage.screen.deck.remember == ""
    place = stage.screen.card_page().places[1]
    assert place is not None
    assert not place.enabled
    assert stage.screen.notice is not None
    assert "asked each time" in stage.screen.notice.text


@played
async def test_e_edits_into_a_new_case(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, command="make all")
    ask(stage, 501, "R3", command="make install")
    await stage.keys("J", gap=1.0)
    while stage.screen.deck.shown is not None and stage.screen.deck.shown.id != 500:
        await stage.keys("J", gap=1.0)
    await stage.keys("E", gap=1.0)
    assert stage.screen.mode == "composer"
    assert stage.window.selection.composer.text == "make all"
    await stage.keys("Return")
    assert stage.screen.mode == "composer"
    assert stage.orders == []
    await stage.type(" -n")
    await stage.keys("Return")
    assert approved(stage) == ['approve 500 --digest d500 --edit "make all -n"']
    assert stage.screen.mode == "approval"
    shown = stage.screen.deck.shown
    assert shown is not None
    assert shown.request["command"] == "make all -n"
    await stage.keys("Y", gap=0.0)
    assert len(approved(stage)) == 1


@played
async def test_z_sends_a_case_down_and_shows_the_next(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, command="make a")
    ask(stage, 501, command="make b")
    await stage.keys("J", "Z", gap=1.0)
    assert stage.orders == ["defer 500"]
    assert stage.screen.deck.shown is not None
    assert stage.screen.deck.shown.id == 501
    assert [entry.ask for entry in stage.screen.agenda.entries if entry.ask] == [501, 500]
    row = next(row for row in stage.window.alerts.rows if row.ask == 500)
    assert row.detail.startswith("deferred 4:5")


# --- equal cases ----------------------------------------------------------------------------------


def same(stage: Stage, count: int, level: str = "R2") -> None:
    alone(stage)
    for number in range(500, 500 + count):
        ask(stage, number, level, thread=number - 490, command="make test")


@played
async def test_equal_cases_want_to_be_listed_first(stage: Stage) -> None:
    same(stage, 3)
    await stage.keys("J", gap=1.0)
    await stage.keys("Mod+Shift+Y")
    assert approved(stage) == []
    assert stage.screen.notice is not None
    assert "Shift+J" in stage.screen.notice.mend
    await stage.keys("Shift+J", gap=0.3)
    assert stage.screen.mode == "overlay"
    assert any(text.startswith("x3  make test") for text in texts(stage))
    await stage.keys("Esc")
    await stage.keys("Mod+Shift+Y")
    assert approved(stage) == []
    await stage.keys("Shift+J", "Right", gap=0.3)
    assert sum("make test" in text for text in texts(stage)) >= 4
    await stage.keys("Esc", "Mod+Shift+Y")
    assert len(approved(stage)) == 1
    assert "--identical --among 500,501,502" in approved(stage)[0]
    assert not stage.link.world.asks


@played
async def test_more_than_five_want_the_second_press(stage: Stage) -> None:
    same(stage, 6)
    await stage.keys("J", "Shift+J", "Right", gap=0.3)
    texts(stage)
    await stage.keys("Esc", gap=3.0)
    await stage.keys("Mod+Shift+Y", gap=0.05)
    await stage.keys("Mod+Shift+Y", gap=4.0)
    assert approved(stage) == []
    await stage.keys("Mod+Shift+Y", "Mod+Shift+Y", gap=0.5)
    assert len(approved(stage)) == 1
    assert stage.link.sent[-1].yes


@played
async def test_r3_and_a_case_alone_are_never_allowed_together(stage: Stage) -> None:
    same(stage, 3, "R3")
    await stage.keys("J", "Shift+J", gap=0.3)
    texts(stage)
    await stage.keys("Esc", gap=1.0)
    await stage.keys("Mod+Shift+Y")
    alone(stage)
    ask(stage, 600)
    await stage.settle()
    stage.clock.step(1)
    await stage.keys("Mod+Shift+Y")
    assert approved(stage) == []


@played
async def test_a_new_equal_case_must_be_listed_too(stage: Stage) -> None:
    same(stage, 2)
    await stage.keys("J", "Shift+J", "Right", gap=0.3)
    texts(stage)
    await stage.keys("Esc", gap=1.0)
    ask(stage, 510, thread=3, command="make test")
    await stage.settle()
    await stage.keys("Mod+Shift+Y")
    assert approved(stage) == []


@played
async def test_return_in_the_list_opens_the_case_and_decides_nothing(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, command="make a")
    ask(stage, 501, command="make b")
    await stage.keys("Shift+J", "Down", "Return", gap=0.3)
    assert stage.screen.mode == "approval"
    assert stage.screen.deck.shown is not None
    assert stage.screen.deck.shown.id == 501
    assert stage.orders == []


# --- guards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", list(BASES))
def test_no_other_key_decides_over_changing_cases(stage: Stage, base: str) -> None:
    """Every letter and mark, plain and with Shift, over cases that change beneath."""

    async def presses(stage: Stage) -> None:
        shipped = resource("keymaps/grid.toml").read_text(encoding="utf-8")
        stage.screen.keymap = profiles.keymap(shipped, Profile(name=base, base=base))
        table = stage.screen.keymap.actions
        deciding = {pressed for action in DECIDE for pressed in table[action].keys}
        chords = [text for key in KEYS for text in (key, f"Shift+{key}")]
        chords = [text for text in chords if chord(text) not in deciding]
        alone(stage)
        for press in range(200):
            number, level = 500 + press % 7, ("R0", "R1", "R2", "R3", "R4")[press % 5]
            ask(stage, number, level, 1 + press % 5, digest=f"p{press}")
            for _ in range(3):
                if stage.screen.mode not in ("map", "approval"):
                    await stage.keys("Shift+Esc" if stage.screen.mode == "terminal" else "Esc")
            if stage.screen.mode != "approval":
                stage.window.actions_table.do("approval.next")
                stage.clock.step(0.6)
            await stage.keys(chords[press % len(chords)], gap=0.6)
        decided = [order for order in stage.orders if order.split()[0] in ("approve", "deny")]
        assert decided == []

    played(presses)(stage)


@played
async def test_r4_wants_its_text_read_to_the_end(stage: Stage) -> None:
    alone(stage)
    ask(stage, 500, "R4", command="\n".join(f"rm -r /srv/{n}" for n in range(80)))
    await stage.keys("J", gap=1.0)
    await stage.keys("Shift+Y", "Shift+Y", gap=0.5)
    assert approved(stage) == []
    for _ in range(12):
        await stage.keys("PgDown", gap=0.1)
    await stage.keys("Shift+Y", "Shift+Y", gap=0.5)
    assert approved(stage) == ["approve 500 --danger --digest d500"]


@played
async def test_the_dead_time_clicks_where_it_is_switched_on(stage: Stage) -> None:
    stage.screen.sounds.switch("click")
    heard: list[str] = []
    sounds: Sounds = stage.window.sounds
    sounds.play = heard.append
    alone(stage)
    ask(stage, 500)
    await stage.keys("J", "Y", gap=0.1)
    assert approved(stage) == []
    assert heard == ["click"]


@played
async def test_a_press_in_the_dead_time_is_recorded(stage: Stage) -> None:
    sent: list[Any] = []
    stage.link.queries["acted"] = lambda acts: sent.extend(acts)
    alone(stage)
    ask(stage, 500)
    await stage.keys("J", "Y", gap=0.1)
    stage.window.acts.flush()
    await stage.settle()
    kinds = [(act["kind"], act["target"], act["source"]) for act in sent]
    assert ("shown_changed", "ask:500", "key") in kinds


@played
async def test_the_players_pace_is_learnt_and_kept(stage: Stage) -> None:
    alone(stage)
    for number in range(500, 506):
        ask(stage, number, command=f"make {number}")
    await stage.keys("J", gap=3.0)
    for _ in range(5):
        await stage.keys("Y", gap=3.0)
    assert stage.screen.agenda.handling.of("approval") == pytest.approx(3.0, abs=0.3)
    assert len(stage.screen.saved().handling["approval"]) == 5
    assert replace(stage.screen.saved()).sounds.mute is False
