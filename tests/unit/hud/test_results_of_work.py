"""Comments, the table of results, where they can go, which one stands there next."""

import pytest
from msgspec.structs import replace

from commandcenter.core.shaping import Critique, Landing, Merging, Verdict
from commandcenter.core.world import World
from commandcenter.hud import comments, comparing, landing, merging
from commandcenter.hud.comments import Comment
from commandcenter.hud.results import Compared, FileChange, Overlap, Side
from commandcenter.testing.worlds import demo_world

A, B = FileChange("a.py", 3, 1), FileChange("b/b.py", 9, 0, "added")


def _world() -> World:
    world = demo_world(1, 8)
    for thread, head in list(world.threads.items()):
        state = {"state": "idle", "repo": "/repo", "workspace": f"/w/{thread}", "parent": 0}
        world.threads[thread] = replace(head, children=(), results=0, **state)
    return world


# --- comments ---------------------------------------------------------------------------------


def test_a_comment_replaces_the_one_on_its_line_and_an_empty_one_is_gone() -> None:
    found = comments.put((), Comment("b.py", 3, "two\nlines", "x = 1"))
    found = comments.put(found, Comment("a.py", 9, "first"))
    assert [one.text for one in found] == ["first", "two lines"]
    found = comments.put(found, Comment("b.py", 3, "other", "x = 1"))
    assert [one.text for one in found] == ["first", "other"]
    assert comments.put(found, Comment("a.py", 9, "  ")) == found[1:]
    old = comments.put(found, Comment("b.py", 3, "the line that is gone", old=True))
    assert len(old) == 3


def test_they_survive_as_text_and_nonsense_is_none() -> None:
    found = (Comment("a.py", 1, "why", "x"),)
    assert comments.unpack(comments.pack(found)) == found
    assert comments.pack(()) == ""
    assert comments.unpack("{") == comments.unpack('{"a": 1}') == ()
    assert comments.of({comments.key(3): comments.pack(found)}, 3) == found


def test_the_letter_quotes_each_line_behind_the_words() -> None:
    found = (Comment("a.py", 1, "why", "  x = 1"), Comment("a.py", 2, "keep", "y", old=True))
    assert comments.letter(found, " do it over ") == (
        "do it over\na.py:1: why\n> + x = 1\na.py:2 (removed): keep\n> - y"
    )
    assert comments.letter((), "") == ""


# --- the table --------------------------------------------------------------------------------


def test_paths_of_more_than_one_stand_first() -> None:
    sides = (Side(1, files=(A, B)), Side(2, files=(replace(B, added=1),)))
    rows = comparing.rows(Compared(sides, (Overlap("b/b.py", (1, 2)),)))
    assert [(one.path, one.both) for one in rows] == [("b/b.py", True), ("a.py", False)]
    assert rows[1].cells == (A, None)
    assert comparing.change(B) == "new +9 \u22120"
    assert comparing.change(FileChange("p.png", how="removed", binary=True)) == "gone binary"


def test_marks_of_files_that_it_changes_no_more_are_not_taken() -> None:
    marks = comparing.toggled(comparing.toggled((), "b/b.py"), "a.py")
    assert marks == ("a.py", "b/b.py")
    assert comparing.taken(marks, Side(1, files=(A,))) == ("a.py",)
    assert comparing.toggled(marks, "a.py") == ("b/b.py",)


@pytest.mark.parametrize(
    ("verdict", "stale", "known", "text"),
    [
        (None, False, True, "not verified"),
        (None, False, False, "no success command"),
        (Verdict("pass", "t", passed=3, total=3), False, True, "3/3 green"),
        (Verdict("pass", "t"), True, True, "green \u00b7 files changed since"),
        (Verdict("fail", "t", line="boom"), False, True, "red \u00b7 boom"),
        (Verdict("pass", "t", tampered=("x",)), False, True, "green \u00b7 1 protected changed"),
    ],
)
def test_what_the_success_command_said(
    verdict: Verdict | None, stale: bool, known: bool, text: str
) -> None:
    assert comparing.verdict(verdict, stale, known).text == text


def test_what_became_of_it() -> None:
    def where(into: str) -> str:
        return into

    done = Side(1, merging=Merging("#6", commit="c"))
    assert comparing.became(done, None, where).text == "merged into #6"
    clash = replace(done, merging=Merging("#6", conflicts=("a", "b")))
    assert comparing.became(clash, None, where).text == "2 conflicts with #6"
    away = replace(done, landed=Landing("pr", where="https://x/1"))
    assert comparing.became(away, None, where).text == "landed: pr https://x/1"
    old = comparing.judgement(Critique("accept", "fine", "opus"), True)
    assert old.text == "opus accepts it: fine (of older files)"


def test_both_sides_of_a_conflict_as_a_diff() -> None:
    marked = "a\n<<<<<<< x\nb\n||||||| base\nc\n=======\nd\n>>>>>>> y\ne"
    lines = comparing.clash_diff("f.py", marked).split("\n")[2:]
    assert lines == [" a", "-b", "+d", " e"]


def test_long_lines_of_evidence_are_wrapped() -> None:
    assert comparing.evidence("a bb ccc\n\nx" + "y" * 6, 5) == ["a bb", "ccc", "", "xyyyy", "yy"]


# --- where to ---------------------------------------------------------------------------------


def test_parent_then_operation_then_other_threads_of_the_repository() -> None:
    world = _world()
    name = world.threads[2].operation
    world.threads[2] = replace(world.threads[2], parent=5)
    world.threads[5] = replace(world.threads[5], children=(2,))
    world.threads[3] = replace(world.threads[3], state="ended")
    world.threads[4] = replace(world.threads[4], repo="/other")
    found = [one.into for one in merging.candidates(world, (2,))]
    assert found[:2] == ["#5", f"@op:{name}"]
    assert {"#2", "#3", "#4"}.isdisjoint(found)
    own = merging.candidates(world, (5,))
    assert (own[0].into, own[0].name) == (merging.CHILDREN, "its child")
    page = merging.merge_page(world, (5,), queued=True)
    assert all(place is None or "children" not in place.action for place in page.places)
    assert page.at(11) is None
    assert merging.title(world, f"@op:{name}") == f"operation {name}"
    assert merging.target("#5") == 5
    assert merging.target("@op:x") == 0


def test_without_files_there_is_nobody_to_merge() -> None:
    world = _world()
    world.threads[2] = replace(world.threads[2], workspace="")
    assert merging.sources(world, (2, 3, 99)) == (3,)
    assert merging.children(world, 99) == ()


# --- the land flow ----------------------------------------------------------------------------


def test_open_results_and_the_one_that_follows() -> None:
    world = _world()
    for moved, thread in enumerate((4, 2, 7)):
        head = world.threads[thread]
        world.threads[thread] = replace(head, results=2, results_seen=2, diff_seen=1, moved=moved)
    assert landing.open_results(world) == (4, 2, 7)
    assert landing.following(world, 2) == 7
    assert landing.following(world, 7) == 4
    assert landing.following(world, 1) == 4
    world.threads[4] = replace(world.threads[4], landed=Landing("merge"))
    world.threads[2] = replace(world.threads[2], landed=Landing("back"))
    world.threads[7] = replace(world.threads[7], landing="pr")
    assert landing.open_results(world) == (2,)
    assert landing.following(world, 2) == 0
    assert landing.Text(" a ", "\nb\n").whole == "a\n\nb"
