"""The practice operation: 24 threads as designed, any other number by largest remainder."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.config.resources import resource
from commandcenter.core.conversation import Message, ToolCall, ToolSpec
from commandcenter.drivers.tools import TOOLS, read_call
from commandcenter.sparring.arguments import Offer, fit
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.place import acts_of
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.scripts import answer_to
from commandcenter.sparring.skirmish import plan

SCENARIO = load_scenario(resource("scenarios/skirmish.toml").read_bytes())
M1 = {
    "working": 12,
    "slow": 3,
    "stuck.repeat": 2,
    "risky": 2,
    "question": 2,
    "storm": 1,
    "cut": 2,
}


def behaviours(n: int) -> Counter[str]:
    return Counter(SCENARIO.find(spec.script).behaviour for spec in plan(SCENARIO, n).threads)


def test_cast_of_24() -> None:
    assert behaviours(24) == M1
    threads = plan(SCENARIO, 24, 7).threads
    accounts = Counter(spec.account for spec in threads)
    assert accounts == {"sparring-chat": 12, "sparring-anthropic": 6, "sparring-ollama": 6}
    storm = next(s for s in threads if SCENARIO.find(s.script).behaviour == "storm")
    assert storm.account == "sparring-ollama"
    assert {spec.model for spec in threads} == {
        "sparring-small",
        "sparring-medium",
        "sparring-large",
    }


@given(st.integers(1, 300))
def test_any_number(n: int) -> None:
    counts = behaviours(n)
    assert counts.total() == n
    names = [spec.name for spec in plan(SCENARIO, n).threads]
    assert len(set(names)) == n
    if n >= 3:
        assert min(counts[key] for key in ("working", "risky", "stuck.repeat")) >= 1
    for key, weight in M1.items():
        assert abs(counts[key] - n * weight / 24) <= 2


def test_the_same_seed_is_the_same_skirmish_and_briefs_differ() -> None:
    assert plan(SCENARIO, 48, 7) == plan(SCENARIO, 48, 7)
    briefs = {spec.brief for spec in plan(SCENARIO, 48, 7).threads}
    assert len(briefs) == 48
    with pytest.raises(ValueError, match="at least one"):
        plan(SCENARIO, 0)


def test_the_native_tools_take_every_step() -> None:
    """Each step of the skirmish is a valid call of a tool the native loop offers."""
    for script in SCENARIO.script:
        for act in acts_of(script):
            if act.step.tool:
                found = fit(Offer(TOOLS), act.step.tool, act.step.args)
                assert found is not None, act
                use = read_call(ToolCall("c", found.name, msgspec.json.encode(found.args).decode()))
                assert use.name == {"shell": "run"}.get(act.step.tool, act.step.tool)


def test_each_brief_leads_to_its_script() -> None:
    tools = (ToolSpec("run", "", {}),)
    for spec in plan(SCENARIO, 30, 9).threads:
        asked = Inquiry("chat", spec.model, (Message("user", spec.brief),), "f", tools)
        assert answer_to(SCENARIO, asked).script == spec.script
        assert spec.brief.startswith(spec.brief[0].upper())
