"""A split's plan while it is typed: to a plan and back, what is wrong, what each child gets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.shaping import Carved, SplitPlan, SubTask
from commandcenter.hud import drafting
from commandcenter.hud.drafting import Column, Draft
from commandcenter.hud.shaping import Means
from commandcenter.rules.plans import read_plan, write_plan
from commandcenter.rules.splitting import Carve, TooSmall, equal

TASKS = (
    SubTask("one", "do one", ("src/a.py", "tests"), 2.0, "native", "mine", "m"),
    SubTask("two", "do two", ("src/b.py",)),
)
MEANS = Means(Carved(Decimal("1.00")), Carved(Decimal("0.02")), 40_000, usd=Decimal("0.05"))


def test_a_plan_becomes_a_draft_and_the_same_plan_again() -> None:
    plan = SplitPlan("divide", TASKS, "model", "a note")
    draft = drafting.drafted(plan, 7)
    assert (draft.seq, draft.columns[0].files, draft.columns[0].share) == (
        7,
        "src/a.py, tests",
        "2",
    )
    assert drafting.planned(draft) == plan
    assert read_plan(write_plan(drafting.planned(draft)), how="model") == plan
    branch = SplitPlan("branch", (SubTask("a", "", hint="fast", temperature=0.5),
                                  SubTask("b", "", hint="slow")))  # fmt: skip
    assert drafting.planned(drafting.drafted(branch, 1)).tasks == branch.tasks


def test_what_is_wrong_is_said_at_its_field() -> None:
    columns = (
        Column("ok", "do"),
        Column(share="x", title="t"),
        Column(),
        Column("f", files="/etc"),
    )
    draft = Draft("divide", columns)
    found = drafting.faults(draft)
    assert set(found) == {1, 2, 3}
    assert found[1] == ("share", "share is a number")
    assert found[2][0] == "title"
    assert found[3][0] == "files"
    with pytest.raises(ValueError, match="child 2: share"):
        drafting.planned(draft)
    with pytest.raises(ValueError, match="2 to"):
        drafting.planned(Draft("divide", columns[:1]))


def test_files_that_two_name_are_marked_at_both() -> None:
    columns = (Column("a", files="src, b.py"), Column("b", files="src/x.py"), Column("c"))
    found = drafting.overlaps(Draft("divide", columns))
    assert found == {0: ("also in 2: x.py",), 1: ("also in 1: x.py",)}
    assert drafting.overlaps(Draft("branch", columns)) == {}


def test_shares_are_carved_as_the_engine_will() -> None:
    draft = Draft("divide", (Column("a", share="3"), Column("b"), Column("c", share="odd")))
    assert drafting.weights(draft) == (3.0, 1.0, 1.0)
    found = drafting.carved(MEANS, drafting.weights(draft))
    assert isinstance(found, Carve)
    assert [one.usd for one in found.children] == [
        Decimal("0.48"),
        Decimal("0.16"),
        Decimal("0.16"),
    ]
    assert drafting.total(found, False) == "$0.80 divided, the parent keeps $0.20"
    assert drafting.carved(Means(), equal(3)) is None
    small = Means(Carved(Decimal("0.20")), Carved(Decimal("0.02")))
    assert drafting.carved(small, equal(4)) == TooSmall(2)
    assert (drafting.largest(small), drafting.largest(Means())) == (2, 8)


def test_what_beginning_costs() -> None:
    assert drafting.begins(MEANS, 3) == "3 x 40 k tok, about $0.15"
    plan = Means(context=1_000, usd=Decimal("0.01"), plan=True)
    assert drafting.begins(plan, 2) == "2 x 1.0 k tok, about $0.02 list"
    assert drafting.begins(Means(), 2) == ""
    assert drafting.dear(MEANS, 2) == Decimal("0.10")
    assert drafting.dear(plan, 2) is None


def test_one_more_and_one_less() -> None:
    draft = drafting.blank("divide", 2)
    more = drafting.added(drafting.changed(draft, 0, title="a"), 0)
    assert [one.title for one in more.columns] == ["a", "", ""]
    assert drafting.removed(more, 1).columns == more.columns[:2]
    assert drafting.removed(draft, 0) == draft
    full = drafting.blank("divide", 8)
    assert drafting.added(full, 3) == full


TEXT = st.text(max_size=30)
COLUMNS = st.lists(
    st.builds(Column, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=8
)


@given(COLUMNS, st.sampled_from(["divide", "branch", "scout"]))
def test_any_typed_text_is_kept_and_never_breaks(columns: list[Column], kind: str) -> None:
    draft = Draft(kind, tuple(columns))  # type: ignore[arg-type]  # drawn from its members
    kept = drafting.unpack(drafting.pack(draft))
    assert kept == (draft if drafting.touched(draft) else None)
    drafting.faults(draft)
    drafting.overlaps(draft)
    drafting.carved(MEANS, drafting.weights(draft))


def test_what_is_no_draft_is_none() -> None:
    assert drafting.unpack("") is None
    assert drafting.unpack("{") is None
    assert drafting.unpack('{"columns": []}') is None
