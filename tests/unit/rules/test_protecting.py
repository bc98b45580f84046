"""The patterns of what an operation protects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.rules.protecting import pattern, read_patterns


def test_patterns_of_an_order() -> None:
    assert read_patterns(" tests/ ,./a.py,,a.py, !tests/own.py,**/*.lock") == (
        "tests",
        "a.py",
        "!tests/own.py",
        "**/*.lock",
    )
    assert read_patterns("") == ()
    with pytest.raises(ValueError, match="at most 100"):
        read_patterns("a," * 101)


@pytest.mark.parametrize(
    "name",
    ["", ".", "!", "/etc/x", "~/x", "../x", "!../x", "a/../../x", ".git/config", ".GIT", "-x",
     ":(top)x", "a\nb", "a\u202eb", "x" * 1_001],
)  # fmt: skip
def test_what_is_not_below_the_repository(name: str) -> None:
    with pytest.raises(ValueError, match="is not below the repository"):
        pattern(name)


@given(st.text())
def test_a_pattern_put_plainly_stays_as_it_is(text: str) -> None:
    try:
        plain = pattern(text)
    except ValueError:
        return
    assert pattern(plain) == plain
