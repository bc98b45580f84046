"""Marks of verdicts, critics, hand-overs, births and waiting parents."""

from typing import Any

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.shaping import CheckpointMark, Critique, Handing, Seat, Verdict
from commandcenter.core.world import Head, World
from commandcenter.hud import marking
from commandcenter.hud.marking import Mark
from commandcenter.hud.seen import face

NOW = 1_000 * NS


def head(thread: int = 1, **fields: Any) -> Head:
    base = {"name": f"t{thread}", "operation": "", "agent": "native", "driver": "native"}
    base |= {"account": "a", "model": "m", "brief": "b"}
    return Head(id=thread, **(base | fields))


def test_a_verdict_has_glyph_and_count() -> None:
    passed = Verdict("pass", "pytest", passed=12, total=14)
    assert marking.verdict(head(), NOW) is None
    assert marking.verdict(head(verified=passed), NOW) == Mark("done", "run", "12/14")
    failed = Verdict("fail", "pytest")
    assert marking.verdict(head(verified=failed), NOW) == Mark("failed", "err", "")
    runs = head(verified=passed, verifying="e", verifying_at=NOW - 12 * NS)
    assert marking.verdict(runs, NOW) == Mark("think", "run", "12 s", runs=True)


def test_it_is_stale_once_another_turn_began() -> None:
    mark = CheckpointMark(3, "c" * 40, "you", turn=4)
    passed = Verdict("pass", "pytest", "c" * 40, passed=1, total=1)
    here = head(verified=passed, checkpoints=(mark,), turn=4)
    assert not marking.stale(here, passed.commit, 0)
    later = replace(here, turn=5)
    assert marking.verdict(later, NOW) == Mark("done", "dim", "1/1", True)
    assert "files changed since" in marking.sentence(later, NOW)[0]


def test_the_panel_says_what_was_run_and_what_was_tampered_with() -> None:
    failed = Verdict("fail", "pytest", passed=1, total=2, line="E assert", tampered=("tests/a.py",))
    said = marking.sentence(head(verified=failed), NOW)
    assert said == ("red \u00b7 1/2 \u00b7 E assert", "err")
    assert marking.tampered(failed) == "tests/a.py"
    assert marking.tampered(None) == ""
    view = Critique("reject", "it breaks\u202e the API", "opus")
    text, color = marking.opinion(view)
    assert (color, "\u202e" in text) == ("err", False)
    assert marking.opinion(None) == ("", "")
    assert marking.progress(failed) == ("failed", "err", "1/2")
    assert marking.progress(None) == ("", "", "")


def test_a_parent_waits_for_those_it_was_split_into() -> None:
    parent = head(1, state="paused", children=(2, 3, 4, 5))
    world = World()
    born = [head(1, state="paused", children=(2, 3, 4, 5))]
    born += [head(n, kind="divide", parent=1, state="running") for n in (2, 3)]
    born += [head(4, kind="divide", parent=1, state="ended", outcome="done")]
    born += [head(5, kind="fork", parent=1, state="running")]
    world.threads = {one.id: one for one in born}
    assert marking.awaited(parent, world) == "waits for 3 (1 done)"
    assert face(parent, world, NOW).line == "waits for 3 (1 done)"
    for child in (2, 3):
        world.threads[child] = replace(world.threads[child], state="ended", outcome="done")
    assert marking.awaited(parent, world) == ""
    assert marking.awaited(replace(parent, state="running"), world) == ""
    world.threads[2] = replace(world.threads[2], state="running", outcome="")
    assert marking.awaited(replace(parent, state="idle", why="resumed"), world) == ""


def test_a_parent_that_somebody_stopped_says_so() -> None:
    world = World()
    child = head(2, kind="divide", parent=1, state="running")
    parent = head(1, state="paused", children=(2,), hold=("player",))
    world.threads = {1: parent, 2: child}
    assert marking.awaited(parent, world) == ""
    assert face(parent, world, NOW).line.startswith("paused by you")
    for_them = replace(parent, why="waits for its children")
    assert marking.awaited(for_them, world) == "waits for 1"
    frozen = replace(for_them, state="frozen")
    assert marking.awaited(frozen, world) == "waits for 1"
    assert marking.awaited(replace(frozen, why=""), world) == ""
    world.threads[2] = replace(child, state="ended", outcome="done")
    assert marking.awaited(for_them, world) == "1 done, it goes on with E"
    assert face(replace(parent, hold=()), world, NOW).line.startswith("paused")


def test_a_hand_over_says_its_step() -> None:
    seat = Seat("native", "native", "a", "m")
    here = head(handing=Handing("edit", seat, seat), state="paused")
    world = World()
    world.threads = {1: here}
    assert face(here, world, NOW).line == "handing over: its text waits"
    assert marking.handing(head()) == ""
