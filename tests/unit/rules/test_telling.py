"""What an agent is told of its files before its next words."""

from commandcenter.rules.telling import changed_files


def test_nothing_is_told_of_nothing() -> None:
    assert changed_files((0, 0), {}) == ""


def test_what_happened_is_told_in_one_paragraph() -> None:
    told = changed_files((3, 5), {7: "child"})
    assert "checkpoint 3" in told
    assert "child (#7)" in told
    assert "\n" not in told
    assert "how they were when you began" in changed_files((0, 5), {})
