"""What children are told, in a fixed order, and how a scout's report is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.shaping import SplitPlan, SubTask
from commandcenter.rules.briefs import FORM, Report, child_brief, read_report

DIVIDE = SplitPlan(
    "divide",
    (
        SubTask("Parser", "Mend it.", ("src/parser.py", "shared.py"), hint="small steps"),
        SubTask("Report", "Report", ("src/report.py", "shared.py")),
    ),
)


def test_a_part_knows_its_place_its_files_and_those_of_others() -> None:
    assert child_brief(DIVIDE, 1, "faster", "make test", "line count") == (
        "GOAL\nfaster\n\n"
        "YOUR PART, 1 of 2: Parser\nMend it.\n\n"
        "The other parts are done by others at the same time, in their own worktrees.\n\n"
        "HOW\nsmall steps\n\n"
        "FILES YOU MAY TOUCH\n- src/parser.py\n- shared.py\n\n"
        "FILES OTHERS TOUCH: leave them as they are\n- src/report.py (part 2: Report)\n\n"
        "DONE WHEN this command succeeds\nmake test\n\n"
        "NEVER OPTIMISE FOR (advisory: no rule enforces it)\nline count"
    )
    assert "YOUR PART, 2 of 2: Report\n\nThe other" in child_brief(DIVIDE, 2, "", "", "")


def test_a_branch_does_all_of_it_its_own_way() -> None:
    plan = SplitPlan("branch", (SubTask("way 1", "", hint="test first"), SubTask("way 2", "")))
    text = child_brief(plan, 1, "faster", "make test", "")
    assert "YOUR WAY, 1 of 2: way 1\n\nDo all of the task." in text
    assert "HOW\ntest first" in text
    assert "NEVER" not in text
    assert "HOW" not in child_brief(plan, 2, "faster", "", "")


def test_a_scout_reads_only_and_reports_in_the_form() -> None:
    plan = SplitPlan("scout", (SubTask("Can it?", "Look.", ("src",)),))
    text = child_brief(plan, 1, "faster", "make test", "")
    assert "Read only: change no file" in text
    assert "LOOK AT\n- src" in text
    assert text.endswith(FORM)
    assert "make test" not in text


def test_there_is_no_child_beyond_the_plan() -> None:
    for number in (0, 3):
        with pytest.raises(IndexError, match="no child"):
            child_brief(DIVIDE, number, "", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "FEASIBLE: yes, it is small\nWHERE: a.py:3, b.py:9\nCOST: 40k tokens\nRISKS: none",
        "I looked.\n\n**FEASIBLE:** Yes - it is small\n\n- **WHERE**: a.py:3, b.py:9\n"
        "### COST\n40k tokens\n\n*RISKS:* none\n",
        f"The form is\n{FORM}\nso:\n```\nFeasible: yes. it is small\nWhere: a.py:3, b.py:9\n"
        "Cost: 40k tokens\nRisks: none\n```",
    ],
)
def test_a_report_is_read_in_whatever_dress(text: str) -> None:
    report = read_report(text)
    assert report == Report("yes", "it is small", "a.py:3, b.py:9", "40k tokens", "none")
    assert report.complete
    assert report.tokens == 40_000


def test_what_a_report_does_not_say_stays_empty() -> None:
    assert read_report("I could not find out.") == Report()
    partly = read_report("FEASIBLE: partially\nCOST: unclear")
    assert partly == Report("partly", "", "", "unclear", "")
    assert not partly.complete
    assert read_report("FEASIBLE: perhaps").why == "perhaps"
    assert read_report("FEASIBLE: no\nRISKS: \u202ex").risks == "⟦202E⟧x"


@pytest.mark.parametrize(
    ("cost", "tokens"),
    [
        ("", 0), ("about 12,000 tokens", 12_000), ("1.5M", 1_500_000), ("2 k", 2_000),
        ("30 000", 30_000), ("500-800", 500), ("1.234.567", 1_234_567), ("small", 0),
    ],
)  # fmt: skip
def test_a_rough_cost(cost: str, tokens: int) -> None:
    assert Report(cost=cost).tokens == tokens


@given(st.text())
def test_any_answer_is_some_report(text: str) -> None:
    assert read_report("FEASIBLE: " + text + "\nWHERE: " + text).tokens >= 0
