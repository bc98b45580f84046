"""What a child of a split is told, and the fixed form in which a scout answers."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

from commandcenter.core.base import Record
from commandcenter.core.shaping import SplitPlan, SubTask
from commandcenter.core.text import one_line, safe
from commandcenter.rules.plans import BRIEF

REPORT: Final = 50_000
"""Characters of a scout's answer that are looked at, from its end."""
FIELD: Final = 1_200
CONFLICTS: Final = 50
"""Files with conflicts that are named."""
Field = Literal["FEASIBLE", "WHERE", "COST", "RISKS"]
FORM: Final = (
    "FEASIBLE: yes, no or partly, and why in one sentence\n"
    "WHERE: path:line of each place that would change, with commas\n"
    "COST: a rough number of tokens, and what makes it so\n"
    "RISKS: what could go wrong, or none"
)
_FIELDS: Final[tuple[Field, ...]] = get_args(Field)
_HEAD: Final = re.compile(
    rf"^[ \t#>*_`-]*({'|'.join(_FIELDS)})[ \t*_`]*(?::|$)[ \t*_`]*(.*)$", re.I | re.M
)
_ANSWER: Final = re.compile(r"\W*(yes|no|partly|partially)\b", re.I)
_COUNT: Final = re.compile(r"(\d{1,3}(?:[ ,.]\d{3})+|\d{1,9})(?:[.,](\d{1,2}))?[ ]?([kM]?)\b")
_UNITS: Final = {"": 1, "k": 1_000, "M": 1_000_000}


class Report(Record, frozen=True):
    """What a scout found; empty = it did not say."""

    feasible: Literal["", "yes", "no", "partly"] = ""
    why: str = ""
    where: str = ""
    cost: str = ""
    risks: str = ""

    @property
    def complete(self) -> bool:
        """Every field of the form is there."""
        return bool(self.feasible and self.where and self.cost and self.risks)

    @property
    def tokens(self) -> int:
        """The first number of its cost; 0 = none."""
        found = _COUNT.search(self.cost)
        if found is None:
            return 0
        whole, part, unit = re.sub(r"\D", "", found[1]), found[2] or "0", found[3]
        return int(float(f"{whole}.{part}") * _UNITS[unit])


def child_brief(plan: SplitPlan, number: int, goal: str, success: str, never: str) -> str:
    """What child `number` (from 1) is told: plain text, its sections in a fixed order.

    Raises IndexError when the plan has no such child.
    """
    if not 1 <= number <= len(plan.tasks):
        raise IndexError(f"the plan has no child {number}")
    task = plan.tasks[number - 1]
    parts = [f"GOAL\n{_text(goal)}", *_task(plan, number, task)]
    if task.hint:
        parts.append(f"HOW\n{_text(task.hint)}")
    parts += _files(plan, number, task)
    if success and plan.kind != "scout":
        parts.append(f"DONE WHEN this command succeeds\n{_text(success)}")
    if never:
        parts.append(f"NEVER OPTIMISE FOR (advisory: no rule enforces it)\n{_text(never)}")
    if plan.kind == "scout":
        parts.append(f"REPORT: end with these four lines, nothing after them\n{FORM}")
    return "\n\n".join(parts)


def read_report(text: str) -> Report:
    """The last report in a scout's answer; what is missing stays empty. Never raises."""
    told = text[-REPORT:]
    heads = list(_HEAD.finditer(told))
    ends = [*(head.start() for head in heads[1:]), len(told)]
    fields: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=False):
        name = head[1].upper()
        if name == "FEASIBLE":
            fields = {}
        fields[name] = _cleaned(told[head.start(2) : end])
    verdict, why = _verdict(fields.get("FEASIBLE", ""))
    rest = (fields.get(name, "") for name in ("WHERE", "COST", "RISKS"))
    return Report(verdict, why, *rest)


def _task(plan: SplitPlan, number: int, task: SubTask) -> Iterator[str]:
    count = len(plan.tasks)
    body = f"\n{_text(task.brief)}" if task.brief and task.brief != task.title else ""
    if plan.kind == "divide":
        yield f"YOUR PART, {number} of {count}: {task.title}{body}"
        if count > 1:
            yield "The other parts are done by others at the same time, in their own worktrees."
    elif plan.kind == "branch":
        yield f"YOUR WAY, {number} of {count}: {task.title}{body}"
        yield "Do all of the task. Others try other ways; the best result is taken."
    else:
        yield f"YOUR QUESTION, {number} of {count}: {task.title}{body}"
        yield "Read only: change no file, install nothing, send nothing. Be quick and cheap."


def _files(plan: SplitPlan, number: int, task: SubTask) -> Iterator[str]:
    verb = "LOOK AT" if plan.kind == "scout" else "FILES YOU MAY TOUCH"
    if task.files:
        yield f"{verb}\n" + "\n".join(f"- {one}" for one in task.files)
    if plan.kind != "divide":
        return
    others = [
        f"- {name} (part {at}: {other.title})"
        for at, other in enumerate(plan.tasks, 1)
        if at != number
        for name in other.files
        if name not in task.files
    ]
    if others:
        yield "FILES OTHERS TOUCH: leave them as they are\n" + "\n".join(others)


def _text(text: str) -> str:
    return safe(text.strip(), 2 * BRIEF) or "-"


def _cleaned(text: str) -> str:
    """A field without what marks it up, and without the fence after the last one."""
    return safe(text.replace("```", "").strip().strip("*_`").strip(), FIELD)


def _verdict(text: str) -> tuple[Literal["", "yes", "no", "partly"], str]:
    found = _ANSWER.match(text)
    if found is None:
        return "", text
    why = text[found.end() :].lstrip(" ,.;:-*_`\n")
    answer = found[1].lower()
    if answer == "yes":
        return "yes", why
    return ("no" if answer == "no" else "partly"), why


def conflict_brief(
    paths: Sequence[str], into: tuple[str, str], source: tuple[str, str], success: str
) -> str:
    """What a thread is told that solves the conflicts of a merge; both sides are (name, brief)."""
    listed = "\n".join(f"- {one_line(path, 300)}" for path in paths[:CONFLICTS])
    more = len(paths) - CONFLICTS
    parts = [
        "Two results changed the same places. Your worktree holds both, with git's conflict marks"
        " in these files:\n" + listed + (f"\n- and {more} more" if more > 0 else ""),
        f"Between <<<<<<< and ======= stands {into[0]}; between ======= and >>>>>>> stands"
        f" {source[0]}.",
    ]
    for name, brief in (into, source):
        if brief.strip():
            parts.append(f"WHAT {name} WAS FOR\n{_text(brief)}")
    parts.append(
        "Solve each place so that what both were for still holds. Change nothing else. At the end"
        " no conflict mark may be left in any file."
    )
    if success:
        parts.append(f"SUCCESS COMMAND\n{safe(success)}")
    return "\n\n".join(parts)
