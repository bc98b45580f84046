"""What a bench prints."""

import msgspec

from commandcenter.bench.measure import Outcome, Spec, Window, figure
from commandcenter.bench.report import lines, tree

WINDOW = Window("span", 3.0, {"engine": 0.5, "bench": 0.1}, 0.4, 1.2, 0.97)
OUTCOME = Outcome(
    "some",
    (
        figure("good", Spec("a good one", "ms", 15.0, (5.0,)), 7.0, 2.0),
        figure("bad", Spec("a bad one", "calls", 0.0), 3.0),
    ),
    (WINDOW,),
    ("a remark",),
)


def test_each_figure_has_a_line_with_must_goal_floor_and_ratio() -> None:
    said = list(lines(OUTCOME))
    good = next(line for line in said if "a good one" in line).split()
    assert good[good.index("must") + 1] == "15"
    assert good[good.index("goal") + 1] == "5"
    assert good[good.index("floor") + 1] == "2"
    assert good[good.index("ratio") + 1] == "3.5"
    assert "2 ms from the goal" in " ".join(good)
    assert any("a bad one" in line and line.endswith("MISSED") for line in said)


def test_processes_strangers_and_reasons_are_said() -> None:
    said = "\n".join(lines(OUTCOME))
    assert "engine 0.50, bench 0.10" in said
    assert "INVALID: span: other programs used 0.40 cores (load average 1.20)" in said
    assert "INVALID: span: only 97.0% of the offered load was sent" in said
    assert "MISSED: bad" in said
    assert "note: a remark" in said


def test_the_tree_holds_the_same_and_is_json() -> None:
    made = msgspec.json.decode(msgspec.json.encode(tree(OUTCOME)))
    assert made["valid"] is False
    assert len(made["invalid"]) == 2
    assert made["missed"] == ["bad"]
    good = made["figures"]["good"]
    assert (good["value"], good["must"], good["goals"]) == (7.0, 15.0, [5.0])
    assert (good["floor"], good["ratio"], good["distance"]) == (2.0, 3.5, 2.0)
    assert made["figures"]["bad"]["met"] is False
    assert made["windows"][0]["cpu"] == {"engine": 0.5, "bench": 0.1}
