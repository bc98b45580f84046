"""Bytes of a terminal as plain lines; keys and expressions of the catalog."""

import pytest

from commandcenter.drivers.base import AgentSpec
from commandcenter.drivers.terminal_signs import signs
from commandcenter.drivers.terminal_text import Plain


@pytest.mark.parametrize(
    ("data", "text", "rest"),
    [
        (b"one\r\ntwo", "one\n", "two"),
        (b"10%\r50%\r100%\r\n", "100%\n", ""),
        (b"\x1b[1;31mred\x1b[0m\x1b[K\r\n", "red\n", ""),
        (b"ab\x08c\r\n", "ac\n", ""),
        (b"\x1b]0;title\x1b\\x\x1b(B\x1b=\r\n", "x\n", ""),
        (b"\x1b[2J\x1b[Htop\x1b[5;1Hfive\x1b[1;1H", "top\nfive\n", ""),
        (b"a\x1b[3Cb\x1b[9Gc\n", "a b c\n", ""),
        (b"\x1b[2;1Hone\x1b[2;9Htwo\x1b[3;2Hrow\r\n\x1b[4;4Hx\n", "one two\nrow\nx\n", ""),
        (b"old\x1b[1Gnew\x1b[Gnewer\n", "newer\n", ""),
        (b"\xe2\x80\xaex\x9b\n", "⟦202E⟧x\ufffd\n", ""),
        (b"y" * 9000 + b"\n", "y" * 2000 + "\n" + "y" * 2000 + "\n" + "y" * 95 + "…\n", ""),
    ],
)
def test_plain(data: bytes, text: str, rest: str) -> None:
    whole = Plain()
    assert (whole.feed(data), whole.rest()) == (text, rest)
    bytewise = Plain()
    said = "".join(bytewise.feed(bytes([one])) for one in data)
    assert (said, bytewise.rest()) == (text, rest)


def test_a_redraw_says_nothing_new() -> None:
    plain = Plain()
    frame = b"\x1b[H\x1b[Kheader\x1b[2;1Hbody %d\x1b[3;1H> "
    said = plain.feed(frame % 1) + plain.feed(frame % 1) + plain.feed(frame % 2)
    assert said == "header\nbody 1\n> \nbody 2\n".replace("> ", ">")
    assert plain.lines().endswith("body 2\n> ")


def test_the_open_line_is_told_once_and_told_anew_when_rewritten() -> None:
    plain = Plain()
    assert plain.feed(b"$ ") + plain.rest() + plain.rest() == "$ "
    assert plain.feed(b"ls\r\n") == "ls\n"
    assert plain.feed(b"50%") + plain.rest() == "50%"
    assert plain.feed(b"\r100%\r\n") == "\n100%\n"


def test_bracketed_paste_is_what_the_program_asks_for() -> None:
    plain = Plain()
    plain.feed(b"\x1b[?20")
    assert not plain.takes_paste
    plain.feed(b"04h")
    assert plain.takes_paste
    plain.feed(b"\x1b[?2004l")
    assert not plain.takes_paste


def test_a_long_control_string_is_given_up() -> None:
    plain = Plain()
    plain.feed(b"\x1b]" + b"x" * 20_000)
    plain.feed(b"\nend\n")
    assert plain.lines().endswith("end\n")


def test_keys_carry_no_control_character_but_ours() -> None:
    found = signs(AgentSpec("x", "x", "terminal"))
    text = "a\tb\r\nc\x1b[201~\x03\x7f\u0085"
    assert found.keys(text, pasted=True) == b"\x1b[200~a\tb\nc[201~\x1b[201~"
    assert found.keys(text, pasted=False) == b"a\tb\rc[201~"
    never = signs(AgentSpec("x", "x", "terminal", quirks={"paste": "never", "submit": "\n"}))
    assert never.keys("a\nb", pasted=True) == b"a\nb"


def test_the_last_sign_decides() -> None:
    quirks = {"idle": "^> $", "busy": "esc to interrupt", "asks": r"^.*\[y/N\]"}
    found = signs(AgentSpec("x", "x", "terminal", quirks=quirks))

    def state(lines: str, since: int = 0) -> tuple[str, str]:
        sight = found.sight(lines, since)
        return sight.state, sight.question

    assert state("x\n> ") == ("idle", "")
    assert state("x\n> \nesc to interrupt") == ("busy", "")
    assert state("esc to interrupt\n> ") == ("idle", "")
    assert state("x") == ("busy", "")
    assert state("> \n  Go on? [y/N]\nb") == ("asks", "Go on? [y/N]")
    assert state("> \n  Go on? [y/N]\nb", 17) == ("idle", "")
    assert state("Go on? [y/N]\n> ") == ("idle", "")
    plain = signs(AgentSpec("x", "x", "terminal"))
    assert plain.sight("anything", 0).state == "idle"


def test_what_is_read_is_old() -> None:
    plain = Plain()
    plain.feed(b"one\nAgain? ")
    assert plain.news() == plain.lines() == "one\nAgain? "
    plain.read()
    assert plain.news() == ""
    plain.feed(b"y\ntwo\nopen")
    assert plain.news() == "y\ntwo\nopen"
    plain.feed(b"\x1b[2;1HAgain? y\x1b[3;1H")
    assert plain.news() == "two\nopen\nAgain? y\n"
    assert plain.lines() == "one\ntwo\nopen\nAgain? y\n"
    plain.feed(b"at 5%")
    plain.read()
    plain.feed(b"\rat 10%")
    assert plain.news() == "at 10%"


def test_what_a_program_asks_its_terminal() -> None:
    plain = Plain()
    plain.feed(b"\x1b[c\x1b[6n\x1b[5n\x1b[?u")
    assert plain.replies() == b"\x1b[?62c\x1b[1;1R\x1b[0n"
    assert plain.replies() == b""
