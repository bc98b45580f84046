"""An operation's file: read, written again, and refused in one sentence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.rules.operation_file import OperationFields, read_operation, write_operation

WHOLE = """
# The tally sprint
[operation]
name = "tally"
repo = "~/src/tally"
base = "main"
goal = '''
Make it faster.
Keep the API.'''
usd = 2.50
tokens = 400_000
success = "python -m unittest -q"
accept = "more memory"
never = "line count"
ladder = "openai"
protected = ["tests/", "./check.sh"]
"""


def test_every_field_is_read() -> None:
    found = read_operation(WHOLE)
    assert found == OperationFields(
        "tally",
        "~/src/tally",
        "main",
        "Make it faster.\nKeep the API.",
        Decimal("2.50"),
        400_000,
        "python -m unittest -q",
        "more memory",
        "line count",
        "openai",
        ("tests", "check.sh"),
    )
    assert read_operation(write_operation(found)) == found


def test_a_file_may_leave_out_what_the_order_says() -> None:
    assert read_operation("[operation]\n") == OperationFields()
    assert read_operation("[operation]\nusd = 3").usd == Decimal(3)
    assert read_operation('[operation]\nusd = "0.10"').usd == Decimal("0.10")
    assert read_operation("[operation]\nusd = 0.1").usd == Decimal("0.1"), "never a float"
    assert write_operation(OperationFields(usd=Decimal("1E+3"))) == "[operation]\nusd = 1000\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[operation]\nx = ,\n", "this is no TOML: .*line 2"),
        ("", r"no table \[operation\]"),
        ("operation = 3", r"no table \[operation\]"),
        ("[operation]\n[other]", r"one table \[operation\], and no other"),
        (
            "[operation]\nbudget = 3\ncolour = 1",
            "does not know budget, colour; it knows name, repo",
        ),
        ("[operation]\nname = 3", r"\[operation\]: Expected `str`.*name"),
        ("[operation]\ntokens = 1.5", "Expected `int"),
        ("[operation]\ntokens = 0", "tokens is above 0"),
        ("[operation]\nusd = true", "usd is an amount"),
        ("[operation]\nusd = 'x'", "usd is an amount"),
        ("[operation]\nusd = nan", "usd is above 0"),
        ("[operation]\nusd = -1", "usd is above 0"),
        ("[operation]\nusd = 1e400", "usd is above 0"),
        (f"[operation]\ngoal = '{'x' * 4001}'", "goal has 4,001 characters, at most 4,000"),
        ('[operation]\nsuccess = "a\\u202Eb"', "success is one line"),
        ('[operation]\nname = "a\\nb"', "name is one line"),
        ("[operation]\nprotected = ['../x']", "protected: '../x' is not below"),
        ("[operation]\nprotected = 'x'", "Expected `array`"),
        ("#" * 100_001, "100,001 characters"),
        ("a = " + "[" * 5_000, "this is no TOML"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_operation(text)


LINES = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)


@given(
    st.builds(
        OperationFields,
        LINES,
        LINES,
        LINES,
        st.text(st.characters(exclude_categories=("Cs",)), max_size=90),
        st.none() | st.decimals("0.01", 1_000, places=2),
        st.none() | st.integers(1, 10**9),
        LINES,
    )
)
def test_what_is_written_is_read_again(fields: OperationFields) -> None:
    assert read_operation(write_operation(fields)) == fields
