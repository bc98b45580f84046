"""Which files a command may run."""

import pytest

from commandcenter.rules.policy import decide, request_for
from commandcenter.rules.scripts import scripts_of


def found(line: str) -> set[str] | None:
    """What the line may run."""
    request = request_for(1, "run", {"command": line}, "/w/1")
    words = scripts_of(decide(request).argv, line)
    return None if words is None else set(words)


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("python -u fix.py --all", {"fix.py"}),
        ("python3.12 -X dev -W ignore fix.py", {"fix.py"}),
        ("./run.sh now", {"./run.sh"}),
        ("make all", {"GNUmakefile", "makefile", "Makefile"}),
        ("make -fother.mk all", {"other.mk"}),
        ("timeout 5 ./run.sh", {"./run.sh"}),
        ("echo a && ./run.sh", {"./run.sh"}),
        ("bash -c './run.sh now'", {"./run.sh"}),
        ("bash 'my script.sh' | cat", {"my script.sh"}),
        ("BASH_ENV=a.sh bash -c true", {"a.sh"}),
        ("bash <<E\n./run.sh\nE", {"./run.sh"}),
        ("echo $(python gen.py)", {"gen.py"}),
        ("python -m a.b", {"a/b.py", "a/b/__main__.py", "a/b/__init__.py"}),
    ],
)
def test_the_files_that_it_runs_are_named(line: str, files: set[str]) -> None:
    named = found(line)
    assert named is not None
    assert files <= named


@pytest.mark.parametrize("line", ["ruff check src/a.py", "sed s/a/b/ x.py", "cat run.sh"])
def test_what_is_only_read_is_not(line: str) -> None:
    assert found(line) == set()


def test_what_a_script_is_given_is_not() -> None:
    assert "data.csv" not in (found("python fix.py data.csv") or ())


@pytest.mark.parametrize(
    "line",
    ["bash *.sh", "eval $X", "bash -c 'bash $X'", "env $X", "bash <<E\nbash $X\nE", "bash 'a"],
)
def test_what_is_not_certain_says_so(line: str) -> None:
    assert found(line) is None


@pytest.mark.parametrize(
    "line", ["python a.py | awk '{print $1}'", "grep 'a.*' x", "python -c 'print(2 ** 3)'"]
)
def test_signs_that_run_nothing_do_not_matter(line: str) -> None:
    assert found(line) is not None
