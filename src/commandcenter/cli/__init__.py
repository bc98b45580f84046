"""The command line: argv to engine, screen or one order. Exit codes: architecture.md."""

import sys
from collections.abc import Sequence

from commandcenter.cli.parser import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = parser()
    args = known.parse_args(_with_verb(words))
    try:
        return int(args.run(args) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _with_verb(words: list[str]) -> list[str]:
    """Without a verb the words are those of `screen`: a path, or the skirmish."""
    from commandcenter.cli.parser import VERBS

    first = next((word for word in words if not word.startswith("-")), "")
    if first in VERBS or set(words) & {"-h", "--help", "--version"}:
        return words
    return ["screen", *words]
