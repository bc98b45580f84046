"""Plans as text: what is written is read again, and what is wrong is said with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core.shaping import SplitPlan, SubTask
from commandcenter.core.text import one_line, safe
from commandcenter.rules.plans import Overlap, overlaps, read_plan, write_plan

TWO = """
kind = "divide"
note = "two halves"

[[task]]
title = "Parser"
brief = '''
Mend the parser.
Keep its API.'''
files = ["src/parser.py", "./tests/test_parser.py"]
share = 3

[[task]]
title = "Report"
agent = "codex"
account = "work"
model = "gpt-6-sol"
temperature = 0.7
hint = "small steps"
"""


def test_a_plan_is_read_field_by_field() -> None:
    plan = read_plan(TWO)
    assert plan == SplitPlan(
        "divide",
        (
            SubTask(
                "Parser",
                "Mend the parser.\nKeep its API.",
                ("src/parser.py", "tests/test_parser.py"),
                3.0,
            ),
            SubTask(
                "Report",
                "Report",
                agent="codex",
                account="work",
                model="gpt-6-sol",
                temperature=0.7,
                hint="small steps",
            ),
        ),
        "typed",
        "two halves",
    )
    assert read_plan(write_plan(plan)) == plan


def test_the_written_text_is_for_people() -> None:
    plan = SplitPlan("divide", (SubTask("A", 'say "hi"\nthen go\\', ("a.py",)), SubTask("B", "b")))
    assert write_plan(plan) == (
        'kind = "divide"\n\n[[task]]\ntitle = "A"\nbrief = """\nsay "hi"\nthen go\\\\"""\n'
        'files = ["a.py"]\n\n[[task]]\ntitle = "B"\nbrief = "b"\nfiles = []\n'
    )
    assert read_plan(write_plan(plan)).tasks == plan.tasks


def lines(limit: int) -> st.SearchStrategy[str]:
    return st.text(max_size=limit // 8).map(lambda text: " ".join(safe(text).split()))


def words(limit: int) -> st.SearchStrategy[str]:
    ascii_or_not = st.one_of(st.text(max_size=limit), st.text('"\\\n\t ab\x7f\x00', max_size=limit))
    return ascii_or_not.map(lambda text: safe(text).strip()).filter(lambda text: "://" not in text)


TASKS = st.builds(
    SubTask,
    st.integers(0, 10**9).map(lambda n: f"task {n}"),
    words(200).filter(bool),
    st.lists(st.from_regex(r"[a-z]{1,9}(/[a-z*]{1,9}){0,3}\.py", fullmatch=True), unique=True).map(
        tuple
    ),
    st.floats(0.01, 1_000),
    st.sampled_from(["", "codex"]),
    st.sampled_from(["", "work"]),
    st.sampled_from(["", "qwen3:8b", "a/b@c"]),
    st.none() | st.floats(0, 2),
    lines(400),
)
PLANS = st.builds(
    SplitPlan,
    st.sampled_from(["divide", "scout", "branch"]),
    st.lists(TASKS, min_size=2, max_size=5, unique_by=lambda task: task.title).map(tuple),
    st.sampled_from(["", "model", "items", "typed"]),
    words(100),
)


@settings(max_examples=50)
@given(PLANS)
def test_what_is_written_is_read_again(plan: SplitPlan) -> None:
    assert read_plan(write_plan(plan), how=plan.how) == plan


@given(st.text())
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read_plan(text)
    assert "\n" not in str(error.value)


TASK = '[[task]]\ntitle = "a"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[task]\n", "this is no TOML: .*line 1"),
        ("x = 1\n" + TASK * 2, "x is not known; known: kind, note, task"),
        ("task = 3", "sub-tasks are tables"),
        ("task = [1, 2]", "sub-tasks are tables"),
        ('kind = "merge"', "kind is one of divide, branch, scout"),
        ("", "a divide has 2 to 16 sub-tasks, not 0"),
        (TASK, "not 1"),
        ("".join(f'[[task]]\ntitle = "{n}"\n' for n in range(17)), "not 17"),
        (TASK * 2, "tasks 1 and 2 are the same"),
        (TASK + "[[task]]\n", r"task 2 \(line 3\): title and brief are empty"),
        (TASK + "\nfile = 1", r"task 1 \(line 1\): file is not known; known: title"),
        (TASK + "brief = 7", "brief is a text"),
        (TASK + f'brief = "{"x" * 4001}"', "brief has 4,001 characters, at most 4,000"),
        (TASK + "files = 7", "files is a list of paths"),
        (TASK + "files = [7]", "files is a list of paths"),
        (TASK + f"files = {['a'] * 61}", "files has 61 paths, at most 60"),
        (TASK + 'files = ["../x"]', "'../x' is not below the repository"),
        (TASK + 'files = ["/etc/passwd"]', "is not below the repository"),
        (TASK + 'files = ["a\\u202Eb"]', "is no path"),
        (TASK + 'files = [""]', "is no path"),
        (TASK + "share = 0", "share is a number from 0.01 to 1000"),
        (TASK + "share = nan", "share is a number"),
        (TASK + "share = true", "share is a number"),
        (TASK + f"share = {10**400}", "share is a number"),
        (TASK + "temperature = 3", "temperature is a number from 0 to 2"),
        (TASK + 'model = "x y"', "model is a name"),
        (TASK + 'agent = "$(rm)"', "agent is a name"),
        ("#" * 200_001, "the plan has 200,001 characters"),
        ("a = " + "[" * 5_000, "this is no TOML"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_plan(text)


def test_hostile_text_is_shown() -> None:
    plan = read_plan('[[task]]\ntitle = "a\\u202Eb"\n[[task]]\nbrief = "\\u001b[2J"\n')
    assert plan.tasks[0].title == "a⟦202E⟧b"
    assert plan.tasks[1] == SubTask("␛[2J", "␛[2J")
    assert one_line(plan.tasks[1].title) == plan.tasks[1].title


def test_branches_may_be_alike_and_a_single_scout_will_do() -> None:
    same = read_plan('kind = "branch"\n' + '[[task]]\nhint = "again"\n' * 2)
    assert [task.brief for task in same.tasks] == ["", ""]
    assert read_plan('kind = "scout"\n' + TASK).tasks == (SubTask("a", "a"),)
    assert read_plan(TASK, "scout").kind == "scout"


def test_files_of_two_sub_tasks_are_a_warning() -> None:
    plan = SplitPlan(
        "divide",
        (
            SubTask("a", "a", ("src", "README.md")),
            SubTask("b", "b", ("src/x.py", "docs/*.md")),
            SubTask("c", "c", ("docs/a.md",)),
            SubTask("d", "d", ("srcs/x.py",)),
        ),
    )
    assert overlaps(plan) == (Overlap(1, 2, "src/x.py"), Overlap(2, 3, "docs/a.md"))
