"""Patterns of the files an operation protects (economy.md 6); `hosts.guarding` applies them."""

import posixpath
from typing import Final

PATTERNS: Final = 100
"""Patterns an operation may have."""
LONGEST: Final = 1_000
"""Characters of one."""


def read_patterns(text: str) -> tuple[str, ...]:
    """The patterns of an order's `--protect`, with commas. Raises ValueError naming a bad one."""
    given = [part.strip() for part in text.split(",") if part.strip()]
    if len(given) > PATTERNS:
        raise ValueError(f"at most {PATTERNS} patterns are protected, not {len(given)}")
    return tuple(dict.fromkeys(map(pattern, given)))


def pattern(given: str) -> str:
    """A path or glob below the repository, put plainly; `!` before it lets a file go again.

    Raises ValueError when it is absolute, leads upward or into `.git`, or is no name.
    """
    mark = "!" if given.startswith("!") else ""
    name = given.removeprefix("!").strip()
    clean = posixpath.normpath(name) if name else "."
    parts = clean.split("/")
    outside = clean == "." or clean.startswith(("/", "~", "-", ":")) or ".." in parts
    if outside or parts[0].lower() == ".git" or not clean.isprintable() or len(clean) > LONGEST:
        shown = "".join(char if char.isprintable() else "?" for char in given[:60])
        raise ValueError(f"{shown!r} is not below the repository")
    return mark + clean
