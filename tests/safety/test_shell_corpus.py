"""Every line of the adversarial shell corpus (safety.md G1), and 5 000 seeded mutations."""

import json
import random
from pathlib import Path

import pytest

from commandcenter.rules.commands import judge

CORPUS = Path(__file__).resolve().parents[3] / "shared/data/safety/shell.json"


@pytest.fixture(autouse=True)
def corpus_at_hand(shared: Path) -> None:
    """Without the corpus these tests are skipped."""


def lines(*expect: str) -> list[str]:
    return [case["input"] for case in json.loads(CORPUS.read_text()) if case["expect"] in expect]


def test_no_hostile_line_is_allowed() -> None:
    assert [line for line in lines("not_allow", "deny") if judge(line).verdict == "allow"] == []


def test_every_deny_line_is_denied() -> None:
    assert [line for line in lines("deny") if judge(line).verdict != "deny"] == []


def test_no_harmless_line_is_denied() -> None:
    """M1 asks for most of them; the few on the exact list run."""
    got = [judge(line).verdict for line in lines("allow")]
    assert "deny" not in got
    assert got.count("allow") >= 5


def mutated(line: str, rng: random.Random) -> str:
    """Quote a part, wrap it, nest it, join it to a harmless command, spell it oddly."""
    kind = rng.randrange(12)
    if kind == 0 and line:
        at = rng.randrange(len(line))
        return line[:at] + rng.choice(["''", '""', "\\", "\\\n", "$()", "${x}"]) + line[at:]
    wraps = ("env {}", "nohup {} &", "sh -c '{}'", 'eval "{}"', "({})", "{{ {}; }}", "! {}",
             "timeout 5 {}", "echo $({})", "if true; then {}; fi")  # fmt: skip
    if kind < 6:
        return rng.choice(wraps).format(line)
    joins = ("ls; {}", "{} && ls", "pwd | {}", "git status\n{}", "{} # ls", "pytest -q || {}",
             "ls &\n{}")  # fmt: skip
    if kind < 9:
        return rng.choice(joins).format(line)
    if kind == 9:
        return f"{rng.choice(['A=1', 'PATH=.', 'LANG=C'])} {line}"
    if kind == 10:
        return line.replace(" ", rng.choice(["\t", "  ", "${IFS}", "\u00a0"]))
    words = line.split(" ")
    words[0] = "".join(f"'{char}'" for char in words[0])
    return " ".join(words)


def test_no_mutation_is_allowed() -> None:
    rng = random.Random(7)
    hostile = [line for line in lines("not_allow", "deny") if len(line) < 2000]
    allowed, denied = [], 0
    for _ in range(5000):
        line = rng.choice(hostile)
        for _ in range(rng.randrange(1, 4)):
            line = mutated(line, rng)
        got = judge(line).verdict
        denied += got == "deny"
        if got == "allow":
            allowed.append(line)
    assert allowed == []
    assert denied > 500


def test_mutations_of_denied_lines_by_wrapping_stay_denied() -> None:
    wraps = ("env {}", "nohup {}", "timeout 5 {}", "ls && {}", "({})", "if true; then {}; fi")
    loose = [
        w.format(x) for x in lines("deny") for w in wraps if judge(w.format(x)).verdict != "deny"
    ]
    assert loose == []


@pytest.mark.parametrize(
    "line", ["a;" * 9_999, "$(a)" * 5_000, "eval " * 3_999, "xargs -a " * 2_200, "`a`" * 6_000]
)
def test_the_worst_lines_we_know_are_asked(line: str) -> None:
    assert judge(line).verdict == "ask"
