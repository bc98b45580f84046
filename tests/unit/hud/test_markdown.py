"""Our Markdown subset: what is read, what stays as written; nothing hidden gets through."""

import string
import time

from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.text import safe
from commandcenter.hud.markdown import Piece, Progress, parse
from commandcenter.hud.markdown_spans import Span, plain, spans

MARKS = st.text(alphabet="*_`~[]()!<>#-|:\\\n\t ab1.http://\x1b\u202e\u200b\x00", max_size=300)
HIDDEN = {chr(n) for n in range(32) if chr(n) not in "\n\t"} | set("\x7f\u202e\u2066\u200b\ufeff")


def words(pieces: tuple[Piece, ...]) -> str:
    found = []
    for piece in pieces:
        found += [piece.marker, piece.lang, piece.text, plain(piece.spans)]
        found += [plain(cell) for row in piece.rows for cell in row]
        found += [span.link for span in piece.spans]
    return "\n".join(found)


@given(st.one_of(st.text(max_size=400), MARKS))
def test_nothing_raises_and_nothing_hidden_gets_through(text: str) -> None:
    assert not HIDDEN & set(words(parse(text)))


@given(st.text(alphabet=string.ascii_letters + " \n.,", max_size=400))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert words(parse(text)).split() == text.split()


@given(MARKS)
def test_what_is_settled_is_parsed_alike_whatever_follows(text: str) -> None:
    shown = safe(text)
    at = Progress().advance(shown)
    assert parse(shown[:at]) + parse(shown[at:]) == parse(shown) or "://" in shown


def test_a_growing_text_settles_at_blank_lines_outside_fences() -> None:
    progress = Progress()
    assert progress.advance("one\n\ntwo") == 5
    assert progress.advance("one\n\ntwo\n```\ncode\n\nmore\n") == 5
    assert progress.advance("one\n\ntwo\n```\ncode\n\nmore\n```\n") == 28


def test_headings_lists_quotes_rules() -> None:
    found = parse("# A *b*\n- one\n  more\n  2) two\n> said\n\n---\nend")
    kinds = [piece.kind for piece in found]
    assert kinds == ["head", "item", "item", "quote", "rule", "para"]
    assert found[0].spans == (Span("A "), Span("b", italic=True))
    assert plain(found[1].spans) == "one\nmore"
    assert (found[1].marker, found[2].marker, found[2].level) == ("\u2022", "2)", 1)


def test_code_keeps_its_words_and_says_whether_it_is_closed() -> None:
    closed, open_ = parse("```python\n# no *mark*\n\n```\n~~~\nlast")
    assert (closed.lang, closed.text, closed.open) == ("python", "# no *mark*\n", False)
    assert (open_.text, open_.open) == ("last", True)


def test_a_table_has_cells_of_equal_number() -> None:
    (table,) = parse("| a | b |\n|---|--:|\n| 1 | `x|y` |\n| only |")
    assert table.aligns == ("left", "right")
    assert [[plain(cell) for cell in row] for row in table.rows] == [
        ["a", "b"],
        ["1", "x|y"],
        ["only", ""],
    ]


def test_emphasis_that_is_not_closed_stays_as_written() -> None:
    assert spans("2 * 3 * 4 and snake_case_name and **open") == (
        Span("2 * 3 * 4 and snake_case_name and **open"),
    )
    assert spans("**b** *i* ***x*** ~~s~~ `c*d`") == (
        Span("b", bold=True),
        Span(" "),
        Span("i", italic=True),
        Span(" "),
        Span("x", bold=True, italic=True),
        Span(" "),
        Span("s", strike=True),
        Span(" "),
        Span("c*d", code=True),
    )


def test_links_and_pictures_are_their_words_and_their_target() -> None:
    found = spans("[docs](http://a.b/c) ![cat](file:///etc/passwd) <https://x.y> http://z.z/q.")
    assert plain(found) == (
        "docs (http://a.b/c) picture: cat (file:///etc/passwd) https://x.y http://z.z/q."
    )
    links = [span.link for span in found if span.link]
    assert links == ["http://a.b/c", "file:///etc/passwd", "https://x.y", "http://z.z/q"]


def test_html_is_text() -> None:
    text = "<img src='x' onerror=alert(1)> <b>bold</b> &lt;"
    assert words(parse(text)).strip() == text


def test_hostile_lengths_cost_little() -> None:
    begun = time.process_time()
    for text in ("*a _b " * 30_000, "`" * 99_999, "`a``b```c" * 9_000, "[a](" * 30_000):
        parse(text)
    parse("|" * 50_000 + "\n" + "|-" * 400)
    parse("x" * 1_000_000)
    assert time.process_time() - begun < 4.0
