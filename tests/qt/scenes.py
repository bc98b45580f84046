"""Every picture that is frozen: a world, a size, who is selected, the keys, how it is dressed."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import scene_acts as acts
import scene_results as results
import scene_shaping as shaping
import scene_worlds as worlds
from scene_answers import ANSWERS, INSIDE, OUTSIDE
from scene_worlds import GROUP, ME
from stage import Stage

from commandcenter.config.comfort import Comfort
from commandcenter.core import refusals as no
from commandcenter.core.base import NS
from commandcenter.core.world import World
from commandcenter.hud.shaping import Proposal
from commandcenter.testing.agents_world import plan_world
from commandcenter.testing.worlds import NOW, demo_world

LARGE, SMALL = (1920, 1080), (1366, 768)
Act = Callable[[Stage], Awaitable[None]]
Builder = Callable[[], World]


class Shot(msgspec.Struct, frozen=True):
    """One scene. `before`: what was said, before the window opens; `act`: after the keys."""

    world: Builder
    keys: str = ""
    size: tuple[int, int] = SMALL
    pick: tuple[int, ...] = ()
    active: int = 0
    comfort: Comfort = Comfort()
    before: Callable[[Stage], None] | None = None
    act: Act | None = None
    queries: dict[str, Any] = msgspec.field(default_factory=lambda: ANSWERS)
    path: Path | None = None
    profile: str = ""


def _mock_small() -> World:
    return worlds.mock(4, 12)


def _key_accounts() -> World:
    return demo_world(4, 12)


def _nine() -> World:
    return plan_world(1, 9)


def _wide(scene: Shot, **more: Any) -> Shot:
    return msgspec.structs.replace(scene, size=LARGE, **more)


def _tab(name: str, **more: Any) -> Shot:
    world, before = worlds.reviewed, worlds.talk
    return Shot(world, pick=(ME,), active=ME, before=before, act=acts.tab(name), **more)


def _dressed(scene: Shot, **looks: Any) -> Shot:
    return msgspec.structs.replace(scene, comfort=Comfort(**looks))


def _find(text: str) -> Shot:
    shot = Shot(worlds.reviewed, "Mod+] Mod+] /", pick=(ME,), active=ME, before=worlds.talk)
    return msgspec.structs.replace(shot, act=acts.find(text))


FIRST = "Keep the public API; stop when the failing test is green, then report."
_MOCK = Shot(worlds.mock, "", LARGE, GROUP, ME, before=worlds.mock_talk, act=acts.draft(FIRST))
_GROUP_SMALL = (2, 3, 6, 7, 10, 11)
_MOCK_SMALL = Shot(
    _mock_small, "", SMALL, _GROUP_SMALL, ME, before=worlds.mock_talk, act=acts.draft(FIRST)
)
_ASK = {level: Shot(worlds.asking(level), "J", act=acts.awake) for level in worlds.COMMANDS}
OKABE = "okabe-ito"

REASONS: dict[str, no.Reason] = {
    "budget": no.BudgetReached("#6", "$0.02", "$0.11"),
    "policy": no.PolicyForbids("deny git push --force"),
    "ability": no.DriverLacks("compact"),
    "state": no.Frozen(),
    "shape": no.QueueFull(16),
    "link": no.PeerIsAgent(),
    "screen": no.OtherKey("Shift+Y"),
}
"""Of each class of reasons one (screen.md 8)."""


def _refusing(why: no.Reason) -> Shot:
    return Shot(worlds.small, pick=(6,), active=6, act=acts.refused(why))


def _shaped(keys: str, world: Builder = shaping.planned, **more: Any) -> Shot:
    queries = ANSWERS | shaping.ANSWERS | more.pop("answers", {})
    shot = Shot(world, keys, pick=(shaping.ONE,), active=shaping.ONE, queries=queries)
    return msgspec.structs.replace(shot, **more)


_EIGHT = {"proposal": shaping.plain(shaping.waiting(shaping.EIGHT))}
_FAILED = {"proposal": shaping.plain(Proposal(error="the answer holds no list of sub-tasks"))}
_DRAWN = {"proposal": shaping.plain(Proposal(drawing=True, since=NOW - 4 * NS))}
SHAPING: dict[str, Shot] = {
    "split": _shaped("S"),
    "split-small": _shaped("S", answers={"shares": shaping.plain(shaping.SMALL)}),
    "plan": _shaped("S T", shaping.proposed),
    "plan-wide": _wide(_shaped("S T", shaping.proposed)),
    "plan-eight": _shaped("S T", shaping.proposed, answers=_EIGHT),
    "plan-eight-wide": _wide(_shaped("S T", shaping.proposed, answers=_EIGHT)),
    "plan-150": _dressed(_shaped("S T", shaping.proposed), text=150),
    "plan-drawn": _shaped("S 3", answers=_DRAWN),
    "plan-failed": _shaped("S 3", answers=_FAILED, act=acts.later),
    "reassign": _shaped("A"),
    "handover": _shaped("A", shaping.handed),
    "verdicts": _shaped("", shaping.proven, act=acts.zoom("L2")),
    "verdicts-near": _shaped("", shaping.proven),
    "children": _shaped("", shaping.parents),
    "revert": _shaped("B", shaping.proven, act=acts.slot("Revert")),
    "operation": _shaped("Mod+K", act=acts.new_operation),
}
"""M4: splits, hand-overs, verdicts, children, operations."""


def _results(keys: str, pick: int, world: Builder = results.finished, **more: Any) -> Shot:
    told = {name: more.pop(name) for name in ("green", "clash") if name in more}
    answers = ANSWERS | results.answers(results.finished(), **told)
    both = (pick, results.TWO)[: 1 + more.pop("pair", False)]
    shot = Shot(world, keys, pick=both, active=pick, queries=answers, act=acts.answered)
    return msgspec.structs.replace(shot, **more)


def _clashing() -> World:
    return results.finished(clash=True)


def _all_landed() -> World:
    return results.landed(results.finished())


_SAID = {"before": results.commented}
RESULTS: dict[str, Shot] = {
    "compare-two": _results("D Return", results.ONE, pair=True),
    "compare-four": _results("D Return Right Down Down Space", results.PARENT),
    "compare-four-wide": _wide(_results("D Return Right Down", results.PARENT)),
    "compare-diff": _results("D Return Down Down Return", results.PARENT),
    "compare-conflict": _results(
        "D Return Down Down Return", results.PARENT, _clashing, clash=True
    ),
    "compare-critic": _results("D Return Return", results.PARENT),
    "compare-150": _dressed(
        _results("D Return Down Down Space", results.PARENT, _clashing, clash=True), text=150
    ),
    "target": _results("D", results.ONE),
    "land": _results("Mod+L", results.ONE),
    "land-red": _results("Mod+L", results.ONE, green=False, **_SAID),
    "land-wide": _wide(_results("Mod+L Down Down", results.ONE, green=False, **_SAID)),
    "land-request": _results("Mod+L S", results.ONE),
    "land-comment": _results("Mod+L Down Down Down Return", results.ONE, **_SAID),
    "land-nothing": _results("Mod+L", results.ONE, _all_landed, act=acts.gone),
    "land-150": _dressed(_results("Mod+L", results.ONE, green=False), text=150),
    "land-request-150": _dressed(_results("Mod+L S", results.ONE), text=150),
}
"""M4: results side by side, merged, landed."""

SCENES: dict[str, Shot] = {
    "mock": _MOCK,
    "mock-1366": _MOCK_SMALL,
    # --- levels of detail
    "level-sectors": Shot(worlds.many(5000, 40)),
    "level-dots": Shot(worlds.many(1000, 20), size=SMALL, pick=(3, 4, 5), active=4),
    "level-dots-large": Shot(worlds.many(1000, 20), size=LARGE),
    "level-chips": Shot(worlds.many(200, 8), pick=(3, 4, 5), active=4),
    "level-tiles": Shot(_key_accounts, pick=(6,), active=6),
    "level-cards": Shot(worlds.chained, act=acts.zoom("L3"), pick=(6, 10), active=6),
    "level-panes": Shot(_nine, before=worlds.tails, act=acts.zoom("L4"), pick=(1,), active=1),
    # --- states and activities, both palettes, near and far
    "states-tiles": _dressed(Shot(worlds.states, act=acts.zoom("L2"))),
    "states-tiles-okabe": _dressed(Shot(worlds.states, act=acts.zoom("L2")), palette=OKABE),
    "states-cards": _wide(Shot(worlds.states, act=acts.zoom("L3"))),
    "states-cards-okabe": _dressed(
        _wide(Shot(worlds.states, act=acts.zoom("L3"), pick=(3, 4), active=3)), palette=OKABE
    ),
    # --- fog, filter, lineage, chains
    "fog": Shot(worlds.foggy),
    "fog-stale": Shot(worlds.foggy_few, "Shift+M"),
    "fog-none": Shot(worlds.foggy_few, "Shift+M Shift+M"),
    "filter": Shot(worlds.small, "/", act=acts.filtered("is:working not codex")),
    "chains": Shot(worlds.chained, "Shift+H", pick=(6,), active=6),
    "loose": Shot(worlds.loose),
    "minimap-spend": Shot(worlds.small, "M"),
    "minimap-risk": Shot(worlds.small, "M M"),
    "minimap-model": Shot(worlds.small, "M M M"),
    "minimap-age": Shot(worlds.small, "M M M M"),
    "minimap-unseen": Shot(worlds.foggy, "M M M M M"),
    # --- the card
    "card-nobody": Shot(_key_accounts),
    "card-mixed": Shot(worlds.small, pick=(1, 2, 6, 9, 14, 18), active=1),
    "card-ended": Shot(worlds.small, pick=(9,), active=9),
    "card-not-yet": Shot(worlds.small, "]", pick=(1,), active=1),
    "card-refused": Shot(worlds.small, "Q", pick=(9,), active=9),
    "window-shut": Shot(worlds.shut, pick=(1,), active=1),
    **{f"reason-{kind}": _refusing(why) for kind, why in REASONS.items()},
    "tip": Shot(worlds.small, pick=(6, 7), active=6, act=acts.pointed(11)),
    "tip-greyed": Shot(worlds.small, pick=(9,), active=9, act=acts.pointed(5)),
    "menu-more": Shot(worlds.small, "B", pick=(6,), active=6),
    "menu-more-2": Shot(worlds.small, "B B", pick=(6,), active=6),
    "menu-budget": Shot(worlds.small, "Z", pick=(6, 7), active=6),
    "menu-loop": Shot(worlds.small, "R", pick=(6, 7), active=6),
    "menu-new": Shot(worlds.small, "Mod+N", queries=INSIDE),
    "menu-model": Shot(worlds.small, "B", pick=(2, 3), active=2, act=acts.slot("Model")),
    "target": Shot(worlds.small, "N", pick=(6, 7), active=6),
    "kill-armed": Shot(worlds.small, "X", pick=(7,), active=7),
    # --- shaping the battle
    **{f"shape-{name}": scene for name, scene in SHAPING.items()},
    **{f"result-{name}": scene for name, scene in RESULTS.items()},
    # --- deciding
    **{f"approve-{level.lower()}": scene for level, scene in _ASK.items()},
    "approve-empty": Shot(worlds.nobody_asks, "J", act=acts.awake),
    "approve-list": Shot(worlds.questions, "J Shift+J"),
    # --- the inspector
    "tab-transcript": _wide(_tab("Transcript")),
    "tab-raw": _tab("Transcript", keys="Mod+\\"),
    "tab-diff": _tab("Diff"),
    "tab-plan": _tab("Plan"),
    "tab-cost": _tab("Cost"),
    "tab-policy": _tab("Policy"),
    "tab-audit": _tab("Audit"),
    "find": _find("budget"),
    # --- text, lists, overlays
    "composer": Shot(worlds.small, "Q", pick=_GROUP_SMALL, active=7, act=acts.write(FIRST)),
    "composer-six": Shot(worlds.small, "Q", pick=(7,), active=7, act=acts.six_lines),
    "roster": Shot(worlds.small, act=acts.listed, queries=INSIDE, path=Path("/work/billing")),
    "palette": Shot(worlds.small, "Mod+K", pick=(6,), active=6),
    "help": Shot(worlds.small, "Shift+/", pick=(6,), active=6),
    "settings": Shot(worlds.small, "Mod+,"),
    "queue": Shot(worlds.small, "L"),
    "apm": Shot(worlds.small, "Mod+Shift+A"),
    "alert-log": Shot(worlds.alarmed, "Shift+L"),
    "context-menu": Shot(worlds.few, "Shift+Return", pick=(6,), active=6),
    "region": Shot(worlds.small, "Mod+] Right", pick=(6,), active=6),
    # --- empty, lost, found, other
    "first-run": Shot(worlds.empty, queries=INSIDE, path=Path("/work/billing")),
    "first-run-outside": Shot(worlds.empty, queries=OUTSIDE, path=Path("/work/notes")),
    "engine-lost": Shot(worlds.small, act=acts.lose, pick=(6,), active=6),
    "engine-found": Shot(worlds.small, act=acts.regain, pick=(6,), active=6),
    "engine-other": Shot(worlds.small, act=acts.refuse, pick=(6,), active=6),
    "too-small": Shot(worlds.small, size=(960, 600), pick=(6,), active=6),
    # --- comfort
    "text-150": _dressed(_MOCK, text=150),
    "text-150-1366": _dressed(_MOCK_SMALL, text=150),
    "text-200": _dressed(_MOCK, text=200),
    "text-200-1366": _dressed(_MOCK_SMALL, text=200),
    "contrast": _dressed(_MOCK_SMALL, contrast="high"),
    "okabe": _dressed(_MOCK_SMALL, palette=OKABE),
    "left-hand": Shot(worlds.small, pick=(6, 7), active=6, profile="grid_left"),
}

PARTS: dict[str, str] = {
    "shape-split": "card",
    "shape-split-small": "card",
    "shape-plan": "overlay",
    "shape-plan-wide": "overlay",
    "shape-plan-eight": "overlay",
    "shape-plan-eight-wide": "overlay",
    "shape-plan-150": "overlay",
    "shape-plan-drawn": "overlay",
    "shape-plan-failed": "overlay",
    "shape-reassign": "tip card",
    "shape-handover": "overlay",
    "shape-verdicts": "map selection",
    "shape-verdicts-near": "map",
    "shape-children": "map",
    "shape-revert": "overlay",
    "shape-operation": "overlay",
    "result": "overlay",
    "result-target": "card map",
    "level": "map",
    "level-dots-large": "map",
    "states": "map",
    "fog": "map",
    "filter": "map",
    "chains": "map selection",
    "loose": "map",
    "minimap": "minimap",
    "card": "card",
    "card-mixed": "selection card",
    "card-ended": "selection card",
    "window-shut": "bar",
    "reason": "card",
    "tip": "tip card",
    "menu": "card",
    "kill-armed": "selection card",
    "approve": "inspector card",
    "approve-r3": "",
    "approve-list": "overlay",
    "tab": "inspector",
    "find": "inspector",
    "composer": "selection card",
    "roster": "overlay",
    "palette": "overlay",
    "help": "overlay card",
    "settings": "overlay",
    "queue": "overlay",
    "apm": "overlay",
    "alert-log": "overlay",
    "region": "bar",
    "engine-lost": "map",
    "engine-found": "banner",
    "engine-other": "banner",
    "left-hand": "card",
    "context-menu": "map selection minimap",
    "first-run-outside": "start",
    "text-150": "map",
    "text-200": "inspector card",
    "text-150-1366": "",
    "text-200-1366": "",
}
"""Scene, or what it begins with -> the parts of the window that are frozen; else all of it."""


def parts(name: str) -> tuple[str, ...]:
    """The parts of the window that a scene is about; none = the whole."""
    found = PARTS.get(name, PARTS.get(name.partition("-")[0], ""))
    return tuple(found.split())
