"""Words inside a line of Markdown: emphasis, code, links; what is not closed stays as written."""

import re

from commandcenter.core.base import Record

LONGEST = 20_000
"""Characters above which a paragraph is shown as it stands."""
DEEPEST = 16
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\([ ]*([^()\s]{0,1000}(?:\([^()\s]{0,300}\)[^()\s]{0,300})?)"
    r"(?:[ ]+\"[^\"\n]{0,300}\")?[ ]*\)"
)
_URL = re.compile(r"https?://[^\s<>`\"']{1,2000}")
_ANGLE = re.compile(r"<(https?://[^\s<>]{1,2000})>")
_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|\*+|_+|~~|!?\[|<?https?://")
_ENDING = ".,;:!?)]}*_"


class Span(Record, frozen=True):
    """Words with one look. `link` = where they lead: shown beside them, copied, never opened."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""


class _Node:
    """Words, or a mark that may turn out to be emphasis: then it counts up or down."""

    __slots__ = ("code", "link", "mark", "step", "text")

    def __init__(self, text: str, mark: str = "", code: bool = False, link: str = "") -> None:
        self.text = text
        self.mark = mark
        self.step = 0
        self.code = code
        self.link = link


def spans(text: str) -> tuple[Span, ...]:
    """The spans of some lines; cost grows with their length alone."""
    if not text:
        return ()
    if len(text) > LONGEST or _TOKEN.search(text) is None:
        return (Span(text),)
    return _Line(text).read()


def plain(found: tuple[Span, ...]) -> str:
    """The words without their looks."""
    return "".join(span.text for span in found)


class _Line:
    """One pass: tokens become nodes, matching marks are counted, then equal looks are joined."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._nodes: list[_Node] = []
        self._stack: list[_Node] = []
        self._alone: set[int] = set()
        """Lengths of backtick runs that nothing closes any more."""

    def read(self) -> tuple[Span, ...]:
        """The spans."""
        at, text = 0, self._text
        while (found := _TOKEN.search(text, at)) is not None:
            self._words(text[at : found.start()])
            at = self._token(found[0], found.start())
        self._words(text[at:])
        return _joined(self._nodes)

    def _words(self, text: str) -> None:
        if text:
            self._nodes.append(_Node(text))

    def _token(self, token: str, at: int) -> int:
        """Take the token at `at`; where to go on."""
        first = token[0]
        if first == "\\":
            self._words(token[1:])
            return at + 2
        if first == "`":
            return self._code(token, at)
        if token.endswith("["):
            return self._link(token, at)
        if token.endswith("://"):
            return self._address(token, at)
        self._emphasis(token, at)
        return at + len(token)

    def _code(self, run: str, at: int) -> int:
        start = at + len(run)
        end = -1 if len(run) in self._alone else self._closing(run, start)
        if end < 0:
            self._alone.add(len(run))
            self._words(run)
            return start
        body = self._text[start:end].replace("\n", " ")
        if len(body) > 2 and body[0] == body[-1] == " " and body.strip():
            body = body[1:-1]
        self._nodes.append(_Node(body, code=True))
        return end + len(run)

    def _closing(self, run: str, at: int) -> int:
        """Where a run of exactly as many backticks begins; -1 = nowhere."""
        text, size = self._text, len(run)
        while (found := text.find(run, at)) >= 0:
            end = found + size
            while end < len(text) and text[end] == "`":
                end += 1
            if end - found == size:
                return found
            at = end
        return -1

    def _link(self, token: str, at: int) -> int:
        found = _LINK.match(self._text, at)
        if found is None:
            self._words(token)
            return at + len(token)
        words, target = found[1], found[2]
        lead = "picture: " if token[0] == "!" else ""
        self._nodes.append(_Node((lead + words) or target, link=target))
        if words and words != target:
            self._nodes.append(_Node(f" ({target})", link=target))
        return found.end()

    def _address(self, token: str, at: int) -> int:
        found = _ANGLE.match(self._text, at) if token[0] == "<" else _URL.match(self._text, at)
        if found is None:
            self._words(token)
            return at + len(token)
        address = found[1] if token[0] == "<" else found[0].rstrip(_ENDING)
        self._nodes.append(_Node(address, link=address))
        return found.end() if token[0] == "<" else at + len(address)

    def _emphasis(self, token: str, at: int) -> None:
        node = _Node(token, token)
        self._nodes.append(node)
        if len(token) > 3:
            return
        text, end = self._text, at + len(token)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        inner = token[0] == "_" and before.isalnum() and after.isalnum()
        if inner:
            return
        if not before.isspace() and self._closed(node):
            return
        if not after.isspace() and len(self._stack) < DEEPEST:
            self._stack.append(node)

    def _closed(self, node: _Node) -> bool:
        """Does it end an open mark of its kind? Marks opened inside stay as they were written."""
        for at in range(len(self._stack) - 1, -1, -1):
            opener = self._stack[at]
            if opener.mark == node.mark:
                if self._nodes[-2] is opener:
                    return False
                opener.step, node.step = 1, -1
                del self._stack[at:]
                return True
        return False


def _joined(nodes: list[_Node]) -> tuple[Span, ...]:
    found: list[Span] = []
    depth = {"bold": 0, "italic": 0, "strike": 0}
    words: list[str] = []
    look: Span | None = None
    for node in nodes:
        if node.step:
            for name in _looks(node.mark):
                depth[name] += node.step
            continue
        marks = {name: count > 0 for name, count in depth.items()}
        own = Span("", **marks, code=node.code, link=node.link)
        if own != look and words:
            found.append(_with(look, words))
            words = []
        look = own
        words.append(node.text)
    if words:
        found.append(_with(look, words))
    return tuple(found)


def _looks(mark: str) -> tuple[str, ...]:
    if mark[0] == "~":
        return ("strike",)
    return {1: ("italic",), 2: ("bold",)}.get(len(mark), ("bold", "italic"))


def _with(look: Span | None, words: list[str]) -> Span:
    text = "".join(words)
    if look is None:
        return Span(text)
    return Span(text, look.bold, look.italic, look.strike, look.code, look.link)
