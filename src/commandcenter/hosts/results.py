"""How many tests passed and failed, read from what test programs print; judges nothing else."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from commandcenter.core.base import Record


class Counts(Record, frozen=True):
    """`total` counts passed and failed ones, skipped ones not; `by` = whose words these are."""

    passed: int
    failed: int
    by: str

    @property
    def total(self) -> int:
        """All that ran."""
        return self.passed + self.failed


_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PYTEST: Final = re.compile(r"^=*\s*((?:\d+ [a-z]+,? ?)+|no tests ran )in [\d.]+s")
_WORD: Final = re.compile(r"(\d+) ([a-z]+)")
_UNITTEST: Final = re.compile(r"^Ran (\d+) tests? in ")
_UNIT_BAD: Final = re.compile(r"(failures|errors|unexpected successes|skipped)=(\d+)")
_GO_TEST: Final = re.compile(r"^--- (PASS|FAIL): ")
_GO_PACKAGE: Final = re.compile(r"^(ok|FAIL)\s+\S+\s+(?:[\d.]+s|\(cached\)|\[build failed\])")
_CARGO: Final = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed;")
_TAP: Final = re.compile(r"^(not ok|ok)\b(.*)")
_TAP_PLAN: Final = re.compile(r"^(?:TAP version \d+|1\.\.\d+)\b")
_TAP_LEFT_OUT: Final = re.compile(r"#\s*(skip|todo)", re.IGNORECASE)
_MAVEN: Final = re.compile(
    r"Tests run:\s*(\d+),\s*Failures:\s*(\d+)(?:,\s*Errors:\s*(\d+))?(?:,\s*Skipped:\s*(\d+))?(.*)"
)
_JUNIT_OK: Final = re.compile(r"^OK \((\d+) tests?\)")
_JUNIT_5: Final = re.compile(r"^\[\s*(\d+) tests (successful|failed)\s*\]")
_XML: Final = re.compile(r"<testsuite\b([^>]*)>")
_ATTRIBUTE: Final = re.compile(r'\b(tests|failures|errors|skipped)="(\d+)"')
_JEST: Final = re.compile(r"^\s*Tests:?\s+(?=.*\d+ (?:passed|failed))(.*)")
_MOCHA: Final = re.compile(r"^\s*(\d+) (passing|failing)\b")
_NODE: Final = re.compile(r"^(?:#|\u2139) (pass|fail) (\d+)$")


def counted(output: str) -> Counts | None:
    """What the last program that says numbers in a known way says; None = no such words."""
    lines = [_COLOUR.sub("", line) for line in output.splitlines()]
    found = (read(lines) for read in _READERS)
    return next((counts for counts in found if counts is not None), None)


def _pytest(lines: list[str]) -> Counts | None:
    for line in reversed(lines):
        if match := _PYTEST.match(line):
            many = {word.rstrip("s"): int(n) for n, word in _WORD.findall(match[1])}
            bad = many.get("failed", 0) + many.get("error", 0)
            good = many.get("passed", 0) + many.get("xpassed", 0) + many.get("xfailed", 0)
            return Counts(good, bad, "pytest")
    return None


def _unittest(lines: list[str]) -> Counts | None:
    for number in range(len(lines) - 1, -1, -1):
        if match := _UNITTEST.match(lines[number]):
            verdict = next((one for one in lines[number + 1 :] if one.strip()), "")
            many = {word: int(n) for word, n in _UNIT_BAD.findall(verdict)}
            skipped = many.pop("skipped", 0)
            bad = sum(many.values())
            return Counts(max(0, int(match[1]) - bad - skipped), bad, "unittest")
    return None


def _cargo(lines: list[str]) -> Counts | None:
    hits = [match for line in lines if (match := _CARGO.match(line))]
    pairs = [(int(match[1]), int(match[2])) for match in hits]
    return _sum(pairs, "cargo test")


def _go(lines: list[str]) -> Counts | None:
    tests = [match[1] for line in lines if (match := _GO_TEST.match(line))]
    packages = [match[1] for line in lines if (match := _GO_PACKAGE.match(line))]
    good = [word in ("PASS", "ok") for word in tests or packages]
    return _sum([(int(one), int(not one)) for one in good], "go test")


def _tap(lines: list[str]) -> Counts | None:
    if not any(_TAP_PLAN.match(line) for line in lines):
        return None
    hits = [match for line in lines if (match := _TAP.match(line))]
    ran = [match[1] == "ok" for match in hits if not _TAP_LEFT_OUT.search(match[2])]
    return _sum([(int(one), int(not one)) for one in ran], "TAP")


def _maven(lines: list[str]) -> Counts | None:
    hits = [match for line in lines if (match := _MAVEN.search(line))]
    whole = [match for match in hits if "Time elapsed" not in match[5]]
    pairs = []
    for match in whole[-1:] or hits:
        ran, *bad, skipped = (int(match[part] or 0) for part in range(1, 5))
        pairs.append((max(0, ran - sum(bad) - skipped), sum(bad)))
    return _sum(pairs, "JUnit")


def _junit(lines: list[str]) -> Counts | None:
    for line in reversed(lines):
        if match := _JUNIT_OK.match(line):
            return Counts(int(match[1]), 0, "JUnit")
    many = {match[2]: int(match[1]) for line in lines if (match := _JUNIT_5.match(line))}
    return Counts(many.get("successful", 0), many.get("failed", 0), "JUnit") if many else None


def _xml(lines: list[str]) -> Counts | None:
    pairs = []
    for line in lines:
        for suite in _XML.findall(line):
            many = {word: int(n) for word, n in _ATTRIBUTE.findall(suite)}
            bad = many.get("failures", 0) + many.get("errors", 0)
            good = many.get("tests", 0) - bad - many.get("skipped", 0)
            pairs.append((max(0, good), bad))
    return _sum(pairs, "JUnit")


def _jest(lines: list[str]) -> Counts | None:
    for line in reversed(lines):
        if match := _JEST.match(line):
            many = {word: int(n) for n, word in _WORD.findall(match[1])}
            return Counts(many.get("passed", 0), many.get("failed", 0), "jest")
    return None


def _mocha(lines: list[str]) -> Counts | None:
    many = {match[2]: int(match[1]) for line in lines if (match := _MOCHA.match(line))}
    return Counts(many.get("passing", 0), many.get("failing", 0), "mocha") if many else None


def _node(lines: list[str]) -> Counts | None:
    many = {match[1]: int(match[2]) for line in lines if (match := _NODE.match(line))}
    return Counts(many["pass"], many["fail"], "node") if {"pass", "fail"} <= many.keys() else None


def _sum(pairs: Iterable[tuple[int, int]], by: str) -> Counts | None:
    known = list(pairs)
    if not known:
        return None
    return Counts(sum(good for good, _ in known), sum(bad for _, bad in known), by)


_READERS: Final[tuple[Callable[[list[str]], Counts | None], ...]] = (
    *(_pytest, _unittest, _cargo, _maven, _junit, _jest, _node, _go, _tap, _mocha, _xml),
)
