"""Results side by side: the table of files and what each column says of its result (D)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from commandcenter.core.base import Record
from commandcenter.core.shaping import Critique, Merging, Verdict
from commandcenter.core.world import Head
from commandcenter.hud.marking import count, opinion
from commandcenter.hud.results import Compared, FileChange, Overlap, Side
from commandcenter.hud.words import age, plain, since, tokens, usd

HOW = {"added": "new", "removed": "gone", "changed": ""}
_RESULTS = {
    "pass": ("done", "run", "green"),
    "fail": ("failed", "err", "red"),
    "error": ("failed", "tool", "could not run"),
    "stopped": ("killed", "mid", "stopped"),
}


class Said(Record, frozen=True):
    """One line of a column: glyph id (empty = none), text, colour."""

    text: str
    tone: str = "mid"
    glyph: str = ""


class Row(Record, frozen=True):
    """One path of the table."""

    path: str
    cells: tuple[FileChange | None, ...]
    """By column; None = that one did not change it."""
    both: bool = False
    """More than one changed it."""


def rows(compared: Compared) -> tuple[Row, ...]:
    """All paths: first those that more than one changed, then by name."""
    overlaps = {one.path for one in compared.overlaps}
    by: list[dict[str, FileChange]] = [{f.path: f for f in side.files} for side in compared.sides]
    paths = sorted({path for files in by for path in files}, key=lambda p: (p not in overlaps, p))
    return tuple(
        Row(path, tuple(files.get(path) for files in by), path in overlaps) for path in paths
    )


def change(found: FileChange) -> str:
    """`+12 -3`, `new +40`, `gone`, `binary`."""
    how = HOW[found.how]
    size = "binary" if found.binary else f"+{found.added} \u2212{found.removed}"
    return " ".join(part for part in (how, size) if part)


def overlap(found: Overlap, names: Mapping[int, str]) -> str:
    """Who else changed it."""
    return f"changed by {', '.join(names.get(one, f'#{one}') for one in found.threads)}"


# --- what a column says -----------------------------------------------------------------------


def column(
    side: Side, head: Head | None, success: str, now: int, where: Callable[[str], str]
) -> tuple[Said, ...]:
    """Agent, files, verify, cost, critic, and what became of it; `where` names a place."""
    return (
        Said(" \u00b7 ".join(plain(p) for p in (side.agent, side.model) if p)),
        files(side),
        verified(side, head, success, now),
        Said(cost(side), "fg"),
        judged(side, head, now),
        became(side, head, where),
    )


def files(side: Side) -> Said:
    """`+120 -14 in 9 files`, or why they cannot be read."""
    if side.why:
        return Said(plain(side.why), "err")
    number = len(side.files) + side.more
    if not number:
        return Said("it changed no file")
    what = f"{number} file{'s' * (number != 1)}"
    return Said(f"+{side.added} \u2212{side.removed} in {what}", "fg")


def verified(side: Side, head: Head | None, success: str, now: int) -> Said:
    """The success command: running for so long, what it said, or that nobody ran it."""
    if head is not None and head.verifying:
        ago = f" {age(since(head.verifying_at, now))}" if head.verifying_at else ""
        return Said(f"runs{ago}", "run", "think")
    return verdict(side.verdict, side.stale, bool(success))


def verdict(found: Verdict | None, stale: bool, known: bool = True) -> Said:
    """What the success command said last; `stale` = of other files."""
    if found is None:
        return Said("not verified" if known else "no success command", "mid")
    glyph, tone, word = _RESULTS[found.result]
    parts = [f"{count(found)} {word}".strip()]
    if stale:
        parts.append("files changed since")
    elif found.result != "pass" and found.line:
        parts.append(plain(found.line))
    if found.tampered:
        parts.append(f"{len(found.tampered)} protected changed")
    return Said(" \u00b7 ".join(parts), "tool" if stale else tone, glyph)


def cost(side: Side) -> str:
    """`$0.42 · 41 k tok · 6 turns`."""
    parts = [usd(side.usd)]
    if side.usd == Decimal(0) and side.practice:
        parts = [usd(side.practice, True)]
    elif side.plan and side.usd == Decimal(0):
        parts = [f"{usd(side.plan)} list"]
    elif side.plan:
        parts.append(f"{usd(side.plan)} list")
    parts += [f"{tokens(side.tokens)} tok", f"{side.turns} turn{'s' * (side.turns != 1)}"]
    return " \u00b7 ".join(parts)


def judged(side: Side, head: Head | None, now: int) -> Said:
    """The critic."""
    if head is not None and head.judging:
        return Said("a critic reads it", "run", "think")
    return judgement(side.critique, side.critique_stale)


def judgement(found: Critique | None, stale: bool) -> Said:
    """What the critic said last."""
    if found is None:
        return Said("no critic has read it", "mid")
    text, tone = opinion(found)
    return Said(f"{text} (of older files)" if stale else text, "tool" if stale else tone)


def became(side: Side, head: Head | None, where: Callable[[str], str]) -> Said:
    """Merged, landed, in conflict; else its state and last line."""
    merging = head.merging if head is not None else side.merging
    landed = head.landed if head is not None else side.landed
    if landed is not None:
        return Said(f"landed: {landed.how} {plain(landed.where)}".strip(), "run", "done")
    if merging is not None:
        return _merging(merging, where(merging.into))
    return Said(plain(side.line) or plain(side.state))


def _merging(merging: Merging, where: str) -> Said:
    if merging.conflicts:
        number = len(merging.conflicts)
        return Said(f"{number} conflict{'s' * (number != 1)} with {where}", "err", "failed")
    if not merging.commit:
        return Said(f"merging into {where}", "run", "think")
    number = len(merging.files)
    part = f"{number} file{'s' * (number != 1)} " if number else ""
    return Said(f"{part}merged into {where}", "run", "done")


# --- marks ------------------------------------------------------------------------------------


def toggled(marks: Collection[str], path: str) -> tuple[str, ...]:
    """With or without a path; in order."""
    found = set(marks) ^ {path}
    return tuple(sorted(found))


def taken(marks: Iterable[str], side: Side) -> tuple[str, ...]:
    """Those of the marked paths that it still changes."""
    paths = {file.path for file in side.files}
    return tuple(path for path in marks if path in paths)


def evidence(text: str, width: int) -> list[str]:
    """A long text in lines of at most `width` characters, for the side panel."""
    found: list[str] = []
    for line in text.split("\n"):
        rest = plain(line[:4_000]) if line else ""
        while len(rest) > width:
            at = rest.rfind(" ", 1, width)
            at = at if at > 0 else width
            found.append(rest[:at])
            rest = rest[at:].lstrip()
        found.append(rest)
    return found


def clash_diff(path: str, marked: str) -> str:
    """Both sides of a conflict as a diff: `-` what stands where it goes, `+` what comes."""
    out = [
        f"diff --git a/{path} b/{path}",
        "@@ -1 +1 @@ both changed it: - stands there, + would come",
    ]
    sign = " "
    for line in marked.split("\n"):
        sign, shown = _side(sign, line)
        if shown:
            out.append(f"{sign}{line}")
    return "\n".join(out)


def _side(sign: str, line: str) -> tuple[str, bool]:
    """The sign from here on, and whether the line is one of the file's."""
    if line.startswith("<<<<<<<"):
        return "-", False
    if line.startswith("|||||||"):
        return "base", False
    if line.startswith("=======") and sign in ("-", "base"):
        return "+", False
    if line.startswith(">>>>>>>") and sign == "+":
        return " ", False
    return sign, sign != "base"


def names(sides: Sequence[Side]) -> dict[int, str]:
    """Thread -> name."""
    return {side.thread: plain(side.name) for side in sides}
