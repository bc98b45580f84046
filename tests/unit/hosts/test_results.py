"""Numbers read from what test programs really print."""

import pytest

from commandcenter.hosts.results import Counts, counted

CASES = {
    "pytest": (
        "\x1b[31m=== \x1b[1m2 failed\x1b[0m, 5 passed, 1 skipped, 3 warnings in 1.23s ===",
        5,
        2,
    ),
    "pytest quiet": ("F..\n1 failed, 2 passed in 0.03s\n", 2, 1),
    "pytest errors": ("==== 1 error in 0.10s ====", 0, 1),
    "pytest long": ("= 12 passed, 1 xfailed, 2 deselected in 75.00s (0:01:15) =", 13, 0),
    "pytest none": ("no tests ran in 0.01s", 0, 0),
    "unittest": ("...\nRan 7 tests in 0.001s\n\nOK (skipped=2)\n", 5, 0),
    "unittest bad": ("Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=1)\n", 3, 2),
    "go": (
        "=== RUN TestA\n--- PASS: TestA (0.0s)\n    --- PASS: TestA/x\n--- FAIL: TestB (0.0s)",
        1,
        1,
    ),
    "go packages": ("ok  \tx/a\t0.2s\nok  \tx/b\t(cached)\nFAIL\tx/c\t0.1s\nFAIL\n", 2, 1),
    "cargo": (
        "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n"
        "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured",
        4,
        2,
    ),
    "tap": ("TAP version 13\n1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no\nnot ok 4 # TODO", 1, 1),
    "maven": (
        "Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s\n"
        "[ERROR] Tests run: 6, Failures: 1, Errors: 1, Skipped: 1\n",
        3,
        2,
    ),
    "junit": ("OK (5 tests)", 5, 0),
    "junit 5": ("[         5 tests successful      ]\n[         1 tests failed          ]", 5, 1),
    "junit xml": ('<testsuite name="x" tests="5" failures="1" errors="1" skipped="1">', 2, 2),
    "jest": ("Tests:       1 failed, 5 passed, 6 total", 5, 1),
    "vitest": ("      Tests  1 failed | 5 passed (6)", 5, 1),
    "mocha": ("  5 passing (3s)\n  1 failing", 5, 1),
    "node": ("\u2139 tests 3\n\u2139 pass 2\n\u2139 fail 1", 2, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_counts(name: str) -> None:
    output, passed, failed = CASES[name]
    found = counted(output)
    assert found is not None
    assert (found.passed, found.failed, found.total) == (passed, failed, passed + failed)


@pytest.mark.parametrize("output", ["", "ok\n", "all is well", "5 passed", "ok 1 without a plan"])
def test_other_words_are_no_counts(output: str) -> None:
    assert counted(output) is None


def test_the_last_summary_counts() -> None:
    assert counted("1 failed in 0.1s\n...\n3 passed in 0.2s") == Counts(3, 0, "pytest")
