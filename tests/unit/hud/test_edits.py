"""An edit's arguments as signed lines, whoever's tool it is."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.hud.edits import MOST, changes


def told(**args: object) -> str:
    return msgspec.json.encode(args).decode()


def test_old_and_new_become_the_lines_that_differ() -> None:
    (change,) = changes(told(path="a.py", old="one\ntwo\nthree", new="one\n2\nthree\nfour"))
    assert [(row.sign, row.text) for row in change.rows] == [
        ("same", "one"),
        ("remove", "two"),
        ("add", "2"),
        ("same", "three"),
        ("add", "four"),
    ]
    assert (change.path, change.added, change.removed) == ("a.py", 2, 1)


def test_other_agents_names_are_known() -> None:
    for args in (
        told(file_path="x", old_string="a", new_string="b"),
        told(filePath="x", oldString="a", newString="b"),
        told(path="x", edits='[{"old_string": "a", "new_string": "b"}]'),
    ):
        (change,) = changes(args)
        assert (change.path, change.added, change.removed) == ("x", 1, 1)


def test_codex_tells_numbers() -> None:
    diff = "@@ -10,2 +10,2 @@ def f\n same\n-old\n+new\n"
    created = ["add", "b.py", "x\ny\n"]
    update, new = changes(told(changes=[["update", "a.py", diff], created]))
    assert [(row.sign, row.number) for row in update.rows] == [
        ("same", 10),
        ("remove", 11),
        ("add", 11),
    ]
    assert (new.added, new.removed) == (2, 0)


def test_long_changes_are_counted_whole_and_hidden_characters_shown() -> None:
    (change,) = changes(told(path="a\x1b", content="\x1b[31m\n" * 5_000))
    assert len(change.rows) == MOST
    assert change.added == 5_000
    assert change.left_out == 5_000 - MOST
    assert "\x1b" not in change.path + change.rows[0].text


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: b.decode("latin1"))))
def test_nothing_raises(text: str) -> None:
    assert changes(text) == () or True
    for args in (told(path=text, old=text, new=text[::-1]), told(changes=[["update", "x", text]])):
        for change in changes(args):
            assert "\x1b" not in "".join(row.text for row in change.rows)
