"""What the screen asks the engine about results, and how the answers are shaped (M4).

Each is `link.query(NAME, {...})`; rules as in hud.shaping: answers are builtins that fit the Record
of that name (`hud.shaping.read`), an unknown thread answers {}, money is a decimal text or null
(not known), times are wall ns. All text in them may be an agent's: plain, through hud.words.plain.

compare   {threads: [N, ..]}       -> Compared   at most four, side by side, in the order asked
filediff  {thread, path, since?}   -> FileDiff   one file against `since` (a commit), default: base
preview   {thread, into?, files?}  -> Preview    what `merge` would do; files: a list of paths
clash     {thread, into?, path}    -> ClashTexts  both sides of one conflict of that preview
output    {thread}                 -> Output     of the success command, last
judgement {thread}                 -> Judgement  all that the critic said, last
draft     {thread}                 -> Draft      title and body of a pull request, commit message
landing   {thread}                 -> Ways       what each of the four ways will touch, and why not
disk      {}                       -> Disk       what worktrees take; measures at most 5 s

What is asked may take seconds on large repositories: ask once when the page opens, and again when
the thread's head changes (`verified`, `critique`, `merging`, `landed`, `checkpoints`, `results`).
"""

from decimal import Decimal
from typing import Literal

from commandcenter.core.base import Record
from commandcenter.core.shaping import BirthKind, Critique, LandHow, Landing, Merging, Verdict

MOST_SIDES = 4
"""So many are compared at once; further ones are not looked at."""
MOST_FILES = 500
"""Files of one side that are listed; `more` counts the rest."""


class FileChange(Record, frozen=True):
    """One file that differs from where the thread began; lines are 0 of a binary one."""

    path: str
    added: int = 0
    removed: int = 0
    how: Literal["added", "changed", "removed"] = "changed"
    binary: bool = False


class Side(Record, frozen=True):
    """One thread's result."""

    thread: int
    name: str = ""
    agent: str = ""
    model: str = ""
    state: str = ""
    kind: BirthKind = ""
    parent: int = 0
    usd: Decimal | None = None
    """Spent real money; None = some of it has no known price."""
    plan: Decimal = Decimal(0)
    """List value on a plan, beside it."""
    practice: Decimal = Decimal(0)
    tokens: int = 0
    turns: int = 0
    branch: str = ""
    base: str = ""
    """The commit that it is compared with."""
    files: tuple[FileChange, ...] = ()
    more: int = 0
    added: int = 0
    removed: int = 0
    unseen: int = 0
    """Results whose diff was not looked at: `merge` and `land` want the second press."""
    verdict: Verdict | None = None
    stale: bool = False
    """The verdict is of files that are not what stands there now."""
    verifying: bool = False
    critique: Critique | None = None
    critique_stale: bool = False
    judging: bool = False
    merging: Merging | None = None
    landed: Landing | None = None
    line: str = ""
    """What it said last, one line."""
    why: str = ""
    """Why its files could not be read; empty = they could."""


class Overlap(Record, frozen=True):
    """A path that more than one of them changed."""

    path: str
    threads: tuple[int, ...]


class Place(Record, frozen=True):
    """Where results can be merged to: `into` as the order takes it."""

    into: str
    title: str
    why: str = ""
    """Why it cannot be given there now; empty = it can."""
    mend: str = ""


class Compared(Record, frozen=True):
    """Results side by side."""

    sides: tuple[Side, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    """Of all sides, by path; at most 500."""
    places: tuple[Place, ...] = ()
    """Common to all of them, the likely one first."""
    success: str = ""
    """The operation's success command; empty = none."""


class FileDiff(Record, frozen=True):
    """A unified diff of one file; `why` says what is missing or could not be read."""

    path: str = ""
    text: str = ""
    cut: bool = False
    why: str = ""


class Preview(Record, frozen=True):
    """What a merge would do; nothing has happened."""

    into: str = ""
    title: str = ""
    files: tuple[FileChange, ...] = ()
    """What it changes there."""
    conflicts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Files asked for which it does not change."""
    line: str = ""
    """One sentence: what will be touched."""
    second: str = ""
    """What the second press is wanted for; empty = it is not."""
    why: str = ""
    mend: str = ""


class ClashTexts(Record, frozen=True):
    """Of one conflict; None = absent there, or binary."""

    path: str = ""
    base: str | None = None
    ours: str | None = None
    """Of where it goes."""
    theirs: str | None = None
    """Of the thread."""
    marked: str | None = None
    why: str = ""


class Output(Record, frozen=True):
    """Head and tail of what the success command printed."""

    seq: int = 0
    text: str = ""
    verdict: Verdict | None = None
    stale: bool = False
    running_since: int = 0
    """0 = it does not run now."""


class Judgement(Record, frozen=True):
    """All that the critic said."""

    seq: int = 0
    text: str = ""
    critique: Critique | None = None
    stale: bool = False


class Draft(Record, frozen=True):
    """What a landing would be called; the person may edit it. The order's text is
    `title + "\\n\\n" + body`."""

    title: str = ""
    body: str = ""
    branch: str = ""
    """The branch that would be pushed."""
    base: str = ""
    remote: str = ""
    why: str = ""


class Way(Record, frozen=True):
    """One of the four ways of landing."""

    how: LandHow
    line: str
    """What it will touch, one line."""
    second: str = ""
    """What the second press is wanted for; empty = it is not."""
    why: str = ""
    """Why it cannot be done now; empty = it can."""
    mend: str = ""


class Ways(Record, frozen=True):
    """The four of them, in the order merge, pr, back, discard."""

    thread: int = 0
    ways: tuple[Way, ...] = ()
    verdict: Verdict | None = None
    stale: bool = False
    unseen: int = 0
    landed: Landing | None = None


class Taken(Record, frozen=True):
    """One worktree's disk."""

    thread: int
    name: str = ""
    bytes: int = 0
    whole: bool = True
    """False = counting took too long: at least so many."""
    ended: bool = False
    folder: str = ""


class Disk(Record, frozen=True):
    """All worktrees, the largest first."""

    taken: tuple[Taken, ...] = ()
    total: int = 0
    whole: bool = True
    orphans: tuple[str, ...] = ()
    """Worktrees of ours that no thread has."""
