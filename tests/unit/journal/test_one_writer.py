"""Nobody but the journal opens its SQLite, and there it happens in one module."""

import ast
from pathlib import Path

import commandcenter

SOURCE = Path(commandcenter.__file__).parent
OPENERS = {"sqlite3", "apsw", "pysqlite3", "aiosqlite", "sqlite_utils"}

FOREIGN = {"drivers/acp_begin.py"}
"""What copies an agent's own store (opencode's): it never sees ours."""


def opens(tree: ast.AST) -> bool:
    """A call of `connect` or `Database` of a module that knows SQLite, or an import of either."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).split(".")[0]
            if owner in OPENERS and node.func.attr in ("connect", "Connection", "Database"):
                return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OPENERS:
            return True
    return False


def test_only_segments_connects() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if opens(ast.parse(path.read_text()))
    }
    assert found == {"journal/segments.py", *FOREIGN}


def test_the_search_finds_what_it_looks_for() -> None:
    for text in ("sqlite3.connect('a')", "from sqlite3 import connect", "sqlite_utils.Database(1)"):
        assert opens(ast.parse(text)), text
    for text in ("signal.connect(slot)", "import sqlite3", "print(sqlite3.sqlite_version)"):
        assert not opens(ast.parse(text)), text
