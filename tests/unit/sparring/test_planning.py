"""A practice model that is asked for a plan gives one that can be read."""

import pytest

from commandcenter.core.conversation import Message
from commandcenter.core.shaping import SplitKind
from commandcenter.rules.planning import Planning, planner_prompt, read_planner
from commandcenter.sparring.planning import drawn_up

FACTS = Planning("faster", "make it faster", files=("a.py", "tally/parser.py", "readme.md"))


@pytest.mark.parametrize("kind", ["divide", "branch", "scout"])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_it_answers_in_the_form_asked_for(kind: SplitKind, count: int) -> None:
    answer = drawn_up([Message("user", planner_prompt(FACTS, count, kind))])
    plan = read_planner(answer, count, kind)
    assert len(plan.tasks) == count


def test_any_other_text_is_no_such_question() -> None:
    assert drawn_up([Message("user", "exactly 3 sub-tasks, please")]) == ""
    assert drawn_up([]) == ""
