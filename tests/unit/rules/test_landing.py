"""Commit messages and a pull request's text say what is known of a result, and nothing more."""

from commandcenter.core.shaping import Critique, Verdict
from commandcenter.rules.landing import Result, divided, draft_body, message, title

GREEN = Verdict("pass", "make test", line="12 passed")


def test_the_title_is_name_and_first_words() -> None:
    assert title(Result(3, "auth", "Fix the login\nand more")) == "auth: Fix the login"
    assert title(Result(3, "fix-the-login", "fix the login of all")) == "fix the login of all"
    assert title(Result(3, "auth", "")) == "auth"
    assert len(title(Result(3, "auth", "word " * 100))) <= 72


def test_a_message_says_what_was_verified() -> None:
    told = message(Result(3, "auth", "fix", verdict=GREEN, current=True, agent="codex", model="m"))
    assert "Verified: `make test` is green: 12 passed" in told
    assert told.endswith("Commandcenter-Thread: #3 auth (codex m)")
    assert "Not verified as it stands" in message(Result(3, "auth", "fix", verdict=GREEN))
    assert "No success command has been run" in message(Result(3, "auth", "fix"))


def test_a_body_names_some_files_and_the_critic() -> None:
    files = tuple(f"f{n}.py" for n in range(40))
    critique = Critique("doubt", "cannot tell", "big")
    body = draft_body(Result(3, "auth", "fix", "reach it", files=files, critique=critique))
    assert body.startswith("reach it")
    assert "- and 10 more" in body
    assert "big says doubt: cannot tell" in body


def test_hidden_characters_are_shown() -> None:
    assert "\u202e" not in message(Result(3, "a\u202e", "b\u202e"))


def test_what_was_typed_is_title_and_body() -> None:
    assert divided("A title\n\nbody\nmore\n") == ("A title", "body\nmore")
    assert divided("alone") == ("alone", "")
