"""A shell line taken apart, leniently: to find what is denied, never to find it harmless."""

import re
from typing import Final

import msgspec

DEPTH: Final = 8
_SPACE: Final = " \t"
_RUN: Final = re.compile(r"""[^ \t\n#'"\\$`<>&;|()]+""")
_HEREDOC: Final = re.compile(r"<<-?[ \t]*(\\?)(['\"]?)([^\s'\"<>|&;()]+)(['\"]?)([^\s<>|&;()]*)")


class Unreadable(ValueError):
    """Quotes or brackets that do not close, or nesting deeper than `DEPTH`."""


class Simple(msgspec.Struct):
    """One simple command: its words without quotes, where its output goes, what feeds it."""

    words: list[str] = msgspec.field(default_factory=list)
    before: str = ""
    """The operator in front of it: "" ";" "|" "&&" and so on."""
    targets: list[str] = msgspec.field(default_factory=list)
    body: str = ""
    """The text of its here-documents."""
    inner: list["Simple"] = msgspec.field(default_factory=list)
    """Commands of the substitutions in its words."""


def parse(line: str, depth: int = 0) -> list[Simple]:
    """The simple commands of a line in order, each with those inside it. Raises Unreadable."""
    if depth > DEPTH:
        raise Unreadable("nested too deeply")
    return _Parser(line, depth).run()


class _Parser:
    """One walk over a line; `word` gathers pieces until a space or operator ends it."""

    def __init__(self, line: str, depth: int) -> None:
        self.line = line
        self.depth = depth
        self.at = 0
        self.done: list[Simple] = []
        self.now = Simple()
        self.word: list[str] | None = None
        self.redirects = False
        self.waiting: list[tuple[str, bool, Simple]] = []

    def run(self) -> list[Simple]:
        """Walk the line once."""
        while self.at < len(self.line):
            self._step(self.line[self.at])
        self._end_command("")
        return self.done

    def _step(self, char: str) -> None:
        rest = self.line
        if char in _SPACE:
            self._end_word()
            self.at += 1
        elif char == "#" and self.word is None:
            end = rest.find("\n", self.at)
            self.at = len(rest) if end < 0 else end
        elif char in "'\"\\$`":
            self._quoted(char)
        elif char in "<>" or rest.startswith("&>", self.at):
            self._redirect()
        elif char in ";&|\n()":
            self._operator()
        else:
            found = _RUN.match(self.line, self.at)
            self._add(found[0] if found else char)
            self.at += len(found[0]) if found else 1

    def _add(self, text: str) -> None:
        if self.word is None:
            self.word = []
        self.word.append(text)

    def _end_word(self) -> None:
        if self.word is None:
            return
        words = self.now.targets if self.redirects else self.now.words
        words.append("".join(self.word))
        self.word, self.redirects = None, False

    def _end_command(self, operator: str) -> None:
        self._end_word()
        if self.now.words or self.now.targets or self.now.inner:
            self.done.append(self.now)
            self.now = Simple(before=operator)
        elif operator:
            self.now.before = operator

    def _operator(self) -> None:
        found = re.compile(r"&&|\|\||\|&|;;|[;&|\n()]").match(self.line, self.at)
        assert found is not None
        self.at = found.end()
        self._end_command("|" if found[0] == "|&" else found[0])
        if found[0] == "\n":
            self._bodies()

    def _bodies(self) -> None:
        for end, literal, command in self.waiting:
            lines = self.line[self.at :].split("\n")
            stop = next((i for i, text in enumerate(lines) if text.strip("\t") == end), len(lines))
            body = "\n".join(lines[:stop])
            self.at = min(
                len(self.line), self.at + sum(len(text) + 1 for text in lines[: stop + 1])
            )
            command.body += body
            if not literal:
                command.inner += _inside(body, self.depth)
        self.waiting = []

    def _redirect(self) -> None:
        line, at = self.line, self.at
        if line.startswith(("<(", ">("), at):
            self.at += 1
            self._substitution(")")
            return
        if self.word is not None and "".join(self.word).isdigit():
            self.word = None  # the number of a descriptor
        heredoc = None if line.startswith("<<<", at) else _HEREDOC.match(line, at)
        if heredoc is not None:
            if len(self.waiting) >= DEPTH:
                raise Unreadable("too many here-documents")
            literal = bool(heredoc[1] or heredoc[2] or heredoc[4])
            self.waiting.append((heredoc[3] + heredoc[5], literal, self.now))
            self.at = heredoc.end()
            return
        self._end_word()
        found = re.compile(r"&>>?|<<<|<>|>>|>\||[<>]&\d+|[<>]&-|[<>]&?").match(line, at)
        assert found is not None
        self.at = found.end()
        self.redirects = ">" in found[0] and found[0][-1] not in "0123456789-"

    def _quoted(self, char: str) -> None:
        line, at = self.line, self.at
        if char == "'":
            self._add(line[at + 1 : self._until("'", at + 1)])
        elif line.startswith("$'", at):
            text = re.compile(r"((?:[^'\\]|\\.)*)'", re.S).match(line, at + 2)
            if text is None:
                raise Unreadable("a quote does not close")
            self._add(_ansi(text[1]))
            self.at = text.end()
        elif char == '"':
            self.at += 1
            self._double()
        elif char == "\\":
            escaped = line[at + 1 : at + 2]
            self._add("" if escaped == "\n" else escaped)
            self.at += 2
        else:
            self._dollar(char)

    def _dollar(self, char: str) -> None:
        if char == "`":
            self._substitution("`")
        elif self.line.startswith("$(", self.at):
            self.at += 1
            self._substitution(")")
        else:
            self._add(char)
            self.at += 1

    def _double(self) -> None:
        self._add("")
        while (char := self.line[self.at : self.at + 1]) != '"':
            if not char:
                raise Unreadable("a quote does not close")
            if char == "\\":
                self._add(self.line[self.at + 1 : self.at + 2])
                self.at += 2
            elif char in "$`":
                self._dollar(char)
            else:
                self._add(char)
                self.at += 1
        self.at += 1

    def _until(self, mark: str, start: int) -> int:
        end = self.line.find(mark, start)
        if end < 0:
            raise Unreadable("a quote does not close")
        self.at = end + 1
        return end

    def _substitution(self, closer: str) -> None:
        """At its opening bracket: what is inside becomes commands, the word a placeholder."""
        start = self.at + 1
        end = self._until("`", start) if closer == "`" else _closing(self.line, start)
        self.at = end + 1
        self.now.inner += parse(self.line[start:end], self.depth + 1)
        self._add("$()")


def _closing(line: str, at: int) -> int:
    """Where the bracket that is open at `at` closes; quotes hide brackets."""
    level, quote = 1, ""
    while at < len(line):
        char = line[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            level += 1 if char == "(" else -1
            if level == 0:
                return at
        at += 1
    raise Unreadable("a bracket does not close")


def _inside(body: str, depth: int) -> list[Simple]:
    """The substitutions of text that the shell expands, such as an open here-document."""
    return parse('"' + re.sub(r'(?<!\\)"', r"\"", body) + '"', depth + 1)[0].inner if body else []


def _ansi(text: str) -> str:
    """What `$'...'` spells: the escapes that can hide a letter."""

    def letter(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else int(found[2], 8) if found[2] else None
        return found[3] if code is None else chr(code % 0x110000)

    return re.sub(r"\\(?:[xuU]([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", letter, text, flags=re.S)
