"""Colours of code, by pygments: known languages only, bounded, each line kept once."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST = 6_000
"""Characters above which code is coloured line by line, without what spans lines."""
WIDEST = 400
Piece = tuple[int, int, str]
"""Start, length, colour token."""
_NAMES = {
    "python": ("py", "python", "python3", "pyi"),
    "javascript": ("js", "javascript", "mjs", "cjs", "jsx"),
    "typescript": ("ts", "typescript", "tsx", "mts"),
    "rust": ("rs", "rust"),
    "go": ("go", "golang"),
    "c": ("c", "h"),
    "cpp": ("cpp", "c++", "cc", "hpp", "cxx", "hh"),
    "csharp": ("cs", "csharp", "c#"),
    "java": ("java",),
    "kotlin": ("kt", "kotlin", "kts"),
    "swift": ("swift",),
    "ruby": ("rb", "ruby"),
    "php": ("php",),
    "bash": ("sh", "bash", "zsh", "shell"),
    "json": ("json", "jsonc"),
    "toml": ("toml",),
    "yaml": ("yaml", "yml"),
    "sql": ("sql",),
    "css": ("css", "scss"),
    "html": ("html", "xml", "svg", "vue"),
    "lua": ("lua",),
    "make": ("make", "makefile", "mk"),
    "docker": ("dockerfile", "docker"),
    "ini": ("ini", "cfg", "conf"),
}
_LANGUAGES = {word: name for name, words in _NAMES.items() for word in words}
_COLORS = (
    ("Token.Comment", "dim"),
    ("Token.Keyword.Constant", "standard"),
    ("Token.Keyword", "large"),
    ("Token.Operator.Word", "large"),
    ("Token.Name.Tag", "large"),
    ("Token.Literal.String", "small"),
    ("Token.Literal.Number", "standard"),
    ("Token.Name.Function", "standard"),
    ("Token.Name.Class", "standard"),
    ("Token.Name.Decorator", "mid"),
    ("Token.Name.Attribute", "standard"),
    ("Token.Name.Builtin", "standard"),
    ("Token.Generic.Error", "err"),
)


def language(word: str) -> str:
    """The language of a fence's word or a file's name; empty = not known, so not coloured."""
    name = word.lower().rpartition("/")[2]
    return _LANGUAGES.get(name) or _LANGUAGES.get(name.rpartition(".")[2], "")


class Code:
    """Code whose colours are looked up when a line of it is first laid out."""

    __slots__ = ("_done", "_lines", "lang")

    def __init__(self, lang: str, text: str, growing: bool = False) -> None:
        self.lang = lang
        short = len(text) <= LONGEST and not growing
        self._lines: list[str] | None = text.split("\n") if short and lang else None
        self._done: list[list[Piece]] | None = None

    def line(self, number: int, text: str) -> tuple[Piece, ...] | list[Piece]:
        """The colours of line `number` (from 0), which says `text`."""
        if not self.lang:
            return ()
        if self._lines is None:
            return colors(self.lang, text)
        if self._done is None:
            self._done = list(_by_line(self.lang, self._lines))
        return self._done[number] if number < len(self._done) else ()


@lru_cache(maxsize=1024)
def colors(lang: str, text: str) -> tuple[Piece, ...]:
    """The colours of one line on its own."""
    if not lang or not text.strip() or len(text) > WIDEST:
        return ()
    return tuple(next(_by_line(lang, [text]), []))


def _by_line(lang: str, lines: list[str]) -> Iterator[list[Piece]]:
    """Per line the pieces that are not plain."""
    lexer = _lexer(lang)
    found: list[Piece] = []
    at = 0
    for kind, value in lexer.get_tokens("\n".join(lines)):
        color = _color(str(kind))
        for index, part in enumerate(value.split("\n")):
            if index:
                yield found
                found, at = [], 0
            if part and color:
                found.append((at, len(part), color))
            at += len(part)
    yield found


@lru_cache(maxsize=512)
def _color(kind: str) -> str:
    return next((color for prefix, color in _COLORS if kind.startswith(prefix)), "")


@lru_cache(maxsize=32)
def _lexer(lang: str) -> Any:
    """Loaded at first need: the screen starts without it."""
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(lang, stripnl=False, ensurenl=False)
