"""Our own row of the field (models.md 2): sizes, hints, complexity, cycles of src and tests.

Run as a program it prints the row; tests/unit/test_house.py fails past the limits.
"""

import ast
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True)
class Source:
    """One parsed file; `name` is its path below the repository."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree; parsed when first asked for, not where a test is only collected."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> int:
        """Physical lines."""
        return len(self.text.splitlines())

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function and method, nested ones too."""
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, Function))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """Every class."""
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of a function or method with one of these names."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node


def sources(*folders: str) -> tuple[Source, ...]:
    """All Python files below these folders of the repository, in order of their paths."""
    return tuple(source for folder in folders for source in _below(folder))


@cache
def _below(folder: str) -> tuple[Source, ...]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple(Source(str(path.relative_to(ROOT)), path.read_text()) for path in paths)


def called(call: ast.Call) -> str:
    """The last name of what is called: `a.b.c()` -> c."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def length(function: Function) -> int:
    """Lines from `def` to the end, docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def complexity(function: Function) -> int:
    """Cyclomatic complexity without that of nested functions."""
    count, stack = 1, list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if isinstance(node, Function | ast.Lambda):
            continue
        count += isinstance(node, BRANCHES)
        stack.extend(ast.iter_child_nodes(node))
    return count


def hinted(function: Function) -> bool:
    """Every argument but self and cls, and the result."""
    given = function.args
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    listed += [one for one in (given.vararg, given.kwarg) if one]
    if listed and listed[0].arg in ("self", "cls"):
        del listed[0]
    return function.returns is not None and all(one.annotation for one in listed)


def broad(tree: ast.Module) -> int:
    """Handlers that catch everything."""
    handlers = (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    return sum(
        one.type is None
        or (isinstance(one.type, ast.Name) and one.type.id in ("Exception", "BaseException"))
        for one in handlers
    )


def imports_qt(tree: ast.Module) -> bool:
    """Does the module import PySide6 or qasync, anywhere in it?"""
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(name.split(".")[0] in ("PySide6", "qasync") for name in names)


def largest_cycle() -> int:
    """Modules in the largest import cycle; 1 = none."""
    graph = grimp.build_graph("commandcenter", exclude_type_checking_imports=True, cache_dir=None)
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    reach: dict[str, set[str]] = {}
    for module in below:
        seen: set[str] = set()
        stack = list(below[module])
        while stack:
            one = stack.pop()
            if one not in seen:
                seen.add(one)
                stack.extend(below[one])
        reach[module] = seen
    return max((sum(a in reach[b] for b in reach[a]) for a in reach), default=1) or 1


@dataclass(frozen=True)
class Spread:
    """Median, 90th percentile and maximum of some sizes, and their mean."""

    median: float
    p90: float
    top: int
    mean: float

    @classmethod
    def of(cls, sizes: Iterable[int]) -> "Spread":
        """Nearest-rank percentile."""
        ranked = sorted(sizes)
        rank = max(0, -(-len(ranked) * 9 // 10) - 1)
        return cls(statistics.median(ranked), ranked[rank], ranked[-1], statistics.fmean(ranked))


@dataclass(frozen=True)
class Row:
    """Our figures in the columns of models.md 2; shares from 0 to 1."""

    files: int
    lines: int
    file: Spread
    function: Spread
    hints: float
    unhinted: tuple[str, ...]
    undocumented: tuple[str, ...]
    complexity: Spread
    broad: int
    test_ratio: float
    qt: float
    qt_outside: tuple[str, ...]
    cycle: int

    def text(self) -> str:
        """Two lines for a terminal."""
        return (
            "commandcenter | files | lines | file med / p90 / max | fn med / p90 / max | hints % |"
            " cc mean / p90 / max | broad | test ratio | Qt modules % | cycle\n"
            f"              | {self.files} | {self.lines}"
            f" | {self.file.median:.0f} / {self.file.p90} / {self.file.top}"
            f" | {self.function.median:.0f} / {self.function.p90} / {self.function.top}"
            f" | {self.hints:.0%}"
            f" | {self.complexity.mean:.1f} / {self.complexity.p90} / {self.complexity.top}"
            f" | {self.broad} | {self.test_ratio:.2f} | {self.qt:.0%} | {self.cycle}"
        )


def row() -> Row:
    """Measure the repository as it stands."""
    ours, tests = sources("src"), sources("tests")
    named = [(source.name, function) for source in ours for function in source.functions]
    functions = [function for _, function in named]
    classes = [(source.name, one) for source in ours for one in source.classes]
    lines = sum(source.lines for source in ours)
    qt = [source.name for source in ours if imports_qt(source.tree)]
    return Row(
        files=len(ours),
        lines=lines,
        file=Spread.of(source.lines for source in ours),
        function=Spread.of(map(length, functions)),
        hints=statistics.fmean(map(hinted, functions)),
        unhinted=tuple(f"{name} {one.name}" for name, one in named if not hinted(one)),
        undocumented=tuple(
            f"{name} {one.name}" for name, one in classes if not ast.get_docstring(one)
        ),
        complexity=Spread.of(map(complexity, functions)),
        broad=sum(broad(source.tree) for source in ours),
        test_ratio=sum(source.lines for source in tests) / lines,
        qt=len(qt) / len(ours),
        qt_outside=tuple(name for name in qt if not name.startswith("src/commandcenter/ui/")),
        cycle=largest_cycle(),
    )


if __name__ == "__main__":
    print(row().text())  # noqa: T201 a program of the house: this line is its result
