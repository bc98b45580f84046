"""The key of a grant holds the files that its command runs."""

from pathlib import Path

import pytest

from commandcenter.engine.granting import Case, grant_key
from commandcenter.rules.policy import decide, request_for


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("bash 'my script.sh' | cat", "my script.sh"),
        ("bash s\\cript.sh", "script.sh"),
        ("bash -c './run.sh now'", "run.sh"),
        ("cd sub && bash run.sh", "sub/run.sh"),
        ("cd sub && cd deep && ./run.sh", "sub/deep/run.sh"),
        ("make -C sub all", "sub/Makefile"),
        ("make -fother.mk all", "other.mk"),
        ("python -X dev -W ignore run.py", "run.py"),
        ("python3.11 run.py", "run.py"),
        ("python -m tools.run", "tools/run.py"),
        ("cd sub && python -m tools", "sub/tools/__main__.py"),
        ("node --require=./hook.js -e 1", "hook.js"),
        ("find . -exec ./run.sh +", "run.sh"),
        ("stdbuf -o L ./run.sh", "run.sh"),
        ("source run.sh", "run.sh"),
        ("awk -f run.awk data", "run.awk"),
        ("bash ../beside.sh", "../beside.sh"),
    ],
)
def test_what_a_command_runs_is_found_wherever_it_stands(
    tmp_path: Path, command: str, script: str
) -> None:
    folder = tmp_path / "w"
    path = folder / script
    folder.mkdir()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("one")
    request = request_for(1, "run", {"command": command}, str(folder))
    case = Case(request, decide(request))
    before = grant_key(case)
    assert before == grant_key(case) != ""
    path.write_text("two")
    assert grant_key(case) != before


@pytest.mark.parametrize(
    "command",
    [
        "bash *.sh",
        "for f in *.sh; do bash $f; done",
        "X=run; ./$X.sh",
        "$RUN now",
        "true && `cat name`",
        "ls | xargs -I% bash ./%",
        "bash 'not closed",
    ],
)
def test_no_grant_where_it_is_not_certain_what_runs(tmp_path: Path, command: str) -> None:
    request = request_for(1, "run", {"command": command}, str(tmp_path))
    assert grant_key(Case(request, decide(request))) == ""


@pytest.mark.parametrize("command", ["grep -rn 'a.*b' src | head", "echo $HOME", "rm *.pyc"])
def test_what_runs_no_file_is_granted_whatever_its_words(tmp_path: Path, command: str) -> None:
    request = request_for(1, "run", {"command": command}, str(tmp_path))
    assert grant_key(Case(request, decide(request))) != ""


def test_the_files_that_a_script_is_given_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text("one")
    request = request_for(1, "run", {"command": "python run.py data"}, str(tmp_path))
    case = Case(request, decide(request))
    before = grant_key(case)
    (tmp_path / "data").write_text("new")
    assert grant_key(case) == before
