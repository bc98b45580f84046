"""The verifier is guarded: by what the success command names, and by the operation's list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.rules.protecting import (
    below,
    changed_protected,
    named_by,
    protected,
    read_patterns,
)

MAKE = ("GNUmakefile", "makefile", "Makefile")


@pytest.mark.parametrize(
    ("success", "names"),
    [
        ("make test", MAKE),
        ("cd sub && make -f ci/all.mk", ("ci/all.mk", *MAKE)),
        ("pytest -q", ()),
        ("pytest -q tests/test_a.py::test_x", ("tests/test_a.py", "conftest.py", "pytest.ini")),
        (".venv/bin/pytest tests", ("tests", "conftest.py", "pytest.ini")),
        ("python3 -m pytest ./tests/", ("tests", "conftest.py", "pytest.ini")),
        ("python -m unittest -q", ()),
        (
            "python -m unittest tests.test_money",
            ("tests/test_money.py", "tests/test_money", "tests.py"),
        ),
        ("python -m unittest discover -s tests", ("tests.py", "tests")),
        ("python -m tally.selftest", ()),
        ("python -m tally.self_test", ("tally/self_test.py", "tally/self_test")),
        ("./check.sh --all", ("check.sh",)),
        ("bash scripts/ci.sh && node test/run.js", ("scripts/ci.sh", "test/run.js")),
        ("sh -c 'cd x; ./verify.py' | tee out/log.txt", ("verify.py",)),
        ("ruff check src/app.py && mypy src/app", ()),
        ("python hello.py", ()),
        ("npm test", ()),
        ("tox -e py311", ("tox.ini",)),
        ("test -f out.txt", ()),
        ("/usr/bin/check.sh ../tests/a.py ~/tests/b.py tests/*.py $X/test.py", ("tests/*.py",)),
        ("A=tests/x.py echo https://x.org/test.py", ()),
        ("echo $(tools/evaluate.py)", ("tools/evaluate.py",)),
        ("cargo test 'unclosed", ()),
        ("", ()),
    ],
)
def test_what_a_success_command_names(success: str, names: tuple[str, ...]) -> None:
    assert set(named_by(success)) == set(names)


def test_the_operations_list_comes_on_top() -> None:
    guarded = protected("./check.sh", ("tests/", "*.lock", "../up", "", "check.sh"))
    assert guarded == ("check.sh", "tests", "*.lock")
    changed = ("src/a.py", "tests/deep/b.py", "uv.lock", "testsx/c.py", "check.sh")
    assert changed_protected(changed, guarded) == ("tests/deep/b.py", "uv.lock", "check.sh")
    assert changed_protected(changed, ()) == ()


@pytest.mark.parametrize(
    "name", ["", ".", "/etc/x", "~/x", "../x", "a/../../x", ".git/config", ".GIT", "-x", "a\nb"]
)
def test_what_is_not_below_the_repository(name: str) -> None:
    assert below(name) == ""


def test_patterns_of_an_order() -> None:
    assert read_patterns(" tests/ ,./a.py,,a.py") == ("tests", "a.py")
    with pytest.raises(ValueError, match=r"'\.\./x' is not below"):
        read_patterns("../x")
    with pytest.raises(ValueError, match="at most 100"):
        read_patterns("a," * 101)


@given(st.text())
def test_no_line_breaks_it(line: str) -> None:
    assert all(below(name) == name for name in named_by(line))
