"""Sentences from the engine name the keys of the player's own profile."""

import pytest

from commandcenter.core.refusals import Paused
from commandcenter.hud.spelling import spelled

MIRRORED = {
    "order.pause_resume": "I",
    "order.kill": ".",
    "order.steer": "P",
    "card.more": "N",
    "order.downgrade": "H",
    "approval.next": "F",
    "approval.deny": "B",
    "approval.allow_once": "T",
    "approval.allow_danger": "Shift+T",
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("killed in 10 s; E keeps it", "killed in 10 s; I keeps it"),
        ("E opens it again, X X ends it", "I opens it again, . . ends it"),
        ("E or Mod+Z keeps it", "I or Mod+Z keeps it"),
        ("put away; B, G wakes it", "put away; N, H wakes it"),
        ("what is selected has ended; B, then E revives it", None),
        ("steer the thread another way (Q)", "steer the thread another way (P)"),
        (Paused(3).mend(), "N leaves, then I on its tile resumes it (resume #3)"),
        ("Shift+Y allows it (approve ID --danger)", "Shift+T allows it (approve ID --danger)"),
        ("x2 · J decides", "x2 · F decides"),
        ("frozen; X again within 3 s kills", "frozen; . again within 3 s kills"),
        ("Y allows once, N denies, B leaves", "T allows once, B denies, N leaves"),
    ],
)
def test_a_key_is_told_as_the_profile_has_it(text: str, told: str | None) -> None:
    want = told or "what is selected has ended; N, then I revives it"
    assert spelled(text, lambda action: MIRRORED.get(action, "")) == want


@pytest.mark.parametrize(
    "text",
    [
        "revive T opens a new thread from it",
        "another model can (model T --to M)",
        "queue T --drop N takes one out, queue T --clear all",
        "Team E",
        "R3",
        "the player gives it, by key or from a shell",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert spelled(text, lambda _: "?") == text
