"""Orders with files: a plan, an operation, briefs."""

from decimal import Decimal
from pathlib import Path

import pytest

from commandcenter.cli.give import prepared
from commandcenter.core.orders import Operation, Spawn, Split

PLAN = '[[task]]\ntitle = "a"\n[[task]]\ntitle = "b"\n'


def test_a_plan_is_a_file_or_the_text_itself(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN)
    order = prepared(f"split #3 --plan {file} --into 2")
    assert order == Split("#3", 2, plan=PLAN)
    bare = PLAN.replace('"', "'")
    assert prepared(f'split #3 --plan "{bare}"') == Split("#3", plan=bare)
    with pytest.raises(OSError, match=r"missing\.toml"):
        prepared("split #3 --plan missing.toml")


def test_an_operation_is_a_file_and_the_order_says_more(tmp_path: Path) -> None:
    file = tmp_path / "op.toml"
    file.write_text(
        '[operation]\nname = "op one"\nrepo = "code"\ngoal = "faster"\nusd = 2.50\n'
        'success = "make test"\nnever = "line count"\nprotected = ["tests/"]\n'
    )
    order = prepared(f"operation --file {file}")
    assert isinstance(order, Operation)
    assert (order.name, order.repo) == ("op one", str(tmp_path / "code"))
    assert (order.goal, order.usd, order.never) == ("faster", Decimal("2.50"), "line count")
    assert order.protect.startswith("tests")
    order = prepared(f'operation other --file {file} --goal "smaller" --repo {tmp_path}')
    assert isinstance(order, Operation)
    assert (order.name, order.goal, order.repo) == ("other", "smaller", str(tmp_path))
    assert order.success == "make test"


def test_briefs_are_lines(tmp_path: Path) -> None:
    file = tmp_path / "briefs.txt"
    file.write_text("one\n\ntwo\n")
    order = prepared(f"spawn --op x --from {file}")
    assert isinstance(order, Spawn)
    assert order.briefs == ("one", "two")
