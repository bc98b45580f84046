"""The plan of a split while the player edits it: columns of texts, and what is wrong with them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

import msgspec
from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.shaping import Carved, SplitKind, SplitPlan, SubTask
from commandcenter.hud.shaping import Means
from commandcenter.hud.words import plain, tokens, usd
from commandcenter.rules import plans
from commandcenter.rules.splitting import WEIGHTS, Carve, TooSmall, equal, shares

Field = Literal["title", "brief", "files", "hint", "temperature", "share", "seat"]
FIELDS: dict[SplitKind, tuple[Field, ...]] = {
    "divide": ("title", "brief", "files", "share", "seat"),
    "branch": ("title", "hint", "temperature", "share", "seat"),
    "scout": ("title", "brief", "files", "share", "seat"),
}
"""What each kind has in a column, from above."""
LEAST: dict[SplitKind, int] = {"divide": 2, "branch": 2, "scout": 1}
MOST = 8
"""So many columns by key; a plan as text takes more."""
MANY = 5
"""More children want the second press."""


class Column(Record, frozen=True):
    """One child as it is typed."""

    title: str = ""
    brief: str = ""
    files: str = ""
    """With commas."""
    share: str = ""
    temperature: str = ""
    hint: str = ""
    agent: str = ""
    account: str = ""
    model: str = ""


class Draft(Record, frozen=True):
    """All of it; `seq` = the proposal it came from, 0 = none."""

    kind: SplitKind = "divide"
    columns: tuple[Column, ...] = ()
    seq: int = 0
    how: Literal["", "model", "items", "typed"] = "typed"
    note: str = ""


# --- plan and draft ---------------------------------------------------------------------------


def blank(kind: SplitKind, count: int) -> Draft:
    """Nothing typed yet."""
    return Draft(kind, (Column(),) * count)


def drafted(plan: SplitPlan, seq: int) -> Draft:
    """A proposal, to be edited."""
    return Draft(plan.kind, tuple(map(_column, plan.tasks)), seq, plan.how, plan.note)


def _column(task: SubTask) -> Column:
    return Column(
        task.title,
        task.brief,
        ", ".join(task.files),
        "" if task.weight == 1.0 else f"{task.weight:g}",
        "" if task.temperature is None else f"{task.temperature:g}",
        task.hint,
        task.agent,
        task.account,
        task.model,
    )


def planned(draft: Draft) -> SplitPlan:
    """The plan that the draft says. Raises ValueError with what is wrong first."""
    tasks = []
    for at, column in enumerate(draft.columns, 1):
        try:
            tasks.append(plans.sub_task(_fields(column, draft.kind), draft.kind))
        except ValueError as error:
            raise ValueError(f"child {at}: {error}") from error
    return plans.checked(SplitPlan(draft.kind, tuple(tasks), draft.how or "typed", draft.note))


def _fields(column: Column, kind: SplitKind) -> dict[str, Any]:
    """Only what the kind shows counts."""
    found: dict[str, Any] = {"agent": column.agent, "account": column.account}
    found |= {"model": column.model, "title": column.title}
    if "brief" in FIELDS[kind]:
        found |= {"brief": column.brief, "files": column.files}
    if "hint" in FIELDS[kind]:
        found |= {"hint": column.hint, "temperature": _number(column.temperature, "temperature")}
    if column.share.strip():
        found["share"] = _number(column.share, "share")
    return found


def _number(text: str, name: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} is a number") from None


def touched(draft: Draft) -> bool:
    """Did anybody type anything?"""
    return any(column != Column() for column in draft.columns)


# --- what is wrong ----------------------------------------------------------------------------


def faults(draft: Draft) -> dict[int, tuple[Field, str]]:
    """Column -> the first field that is wrong there, and why."""
    found: dict[int, tuple[Field, str]] = {}
    for at, column in enumerate(draft.columns):
        try:
            plans.sub_task(_fields(column, draft.kind), draft.kind)
        except ValueError as error:
            found[at] = _blamed(str(error), draft.kind), str(error)
    return found


def _blamed(text: str, kind: SplitKind) -> Field:
    for name in get_args(Field):
        if text.startswith(name) and name in FIELDS[kind]:
            return name  # type: ignore[no-any-return]  # get_args of Field gives its members
    return "title"


def overlaps(draft: Draft) -> dict[int, tuple[str, ...]]:
    """Column -> files that a sibling names too, each with the sibling's number."""
    if "files" not in FIELDS[draft.kind]:
        return {}
    tasks = tuple(SubTask(str(at), "", _paths(one)) for at, one in enumerate(draft.columns))
    found: dict[int, list[str]] = {}
    for one in plans.overlaps(SplitPlan(draft.kind, tasks)):
        found.setdefault(one.one - 1, []).append(f"also in {one.other}: {_name(one.file)}")
        found.setdefault(one.other - 1, []).append(f"also in {one.one}: {_name(one.file)}")
    return {at: tuple(said) for at, said in found.items()}


def _name(path: str) -> str:
    """Its last part; a folder's with the slash."""
    return plain(path.rstrip("/").rpartition("/")[2] or path)


def _paths(column: Column) -> tuple[str, ...]:
    return tuple(part.strip() for part in column.files.split(",") if part.strip())


# --- budget -----------------------------------------------------------------------------------


def weights(draft: Draft) -> tuple[float, ...]:
    """What is typed, where it is a share; 1 otherwise."""
    return tuple(_weight(column.share) for column in draft.columns)


def _weight(text: str) -> float:
    try:
        found = float(text.replace(",", ".")) if text.strip() else 1.0
    except ValueError:
        return 1.0
    return found if WEIGHTS[0] <= found <= WEIGHTS[1] else 1.0


def carved(means: Means, parts: Sequence[float]) -> Carve | TooSmall | None:
    """How a parent's free budget is divided; None = it has no limit."""
    if means.free == Carved() or not parts:
        return None
    return shares(means.free, means.step, parts)


def largest(means: Means, most: int = MOST) -> int:
    """So many equal children fit; `most` where nothing is limited."""
    for count in range(most, 0, -1):
        if not isinstance(carved(means, equal(count)), TooSmall):
            return count
    return 0


def amount(given: Carved, practice: bool = False) -> str:
    """`$0.42`, `120 k tok`, both, or empty."""
    parts = [usd(given.usd, practice)] if given.usd is not None else []
    parts += [f"{tokens(given.tokens)} tok"] if given.tokens is not None else []
    return " \u00b7 ".join(parts)


def begins(means: Means, count: int) -> str:
    """What so many children cost before they have done anything: `3 x 128 k tok, about $0.36`."""
    if not means.context:
        return ""
    price = None if means.usd is None else means.usd * count
    money = f", about {usd(price, means.practice)}" if price is not None else ""
    money += " list" * bool(money and means.plan)
    return f"{count} x {tokens(means.context)} tok{money}"


def total(found: Carve, practice: bool) -> str:
    """What all children get together and what the parent keeps."""
    return f"{amount(found.given, practice)} divided, the parent keeps " + amount(
        found.kept, practice
    )


# --- kept between two looks -------------------------------------------------------------------


def key(thread: int) -> str:
    """What a thread's draft is kept under."""
    return f"plan:{thread}"


def pack(draft: Draft) -> str:
    """As text; empty for one that nobody typed into."""
    return msgspec.json.encode(draft).decode() if touched(draft) else ""


def unpack(text: str) -> Draft | None:
    """From text; None when it is none."""
    try:
        found = msgspec.json.decode(text, type=Draft) if text else None
    except msgspec.DecodeError:
        return None
    return found if found is not None and 0 < len(found.columns) <= MOST else None


def changed(draft: Draft, at: int, **fields: str) -> Draft:
    """Another text in a column."""
    columns = list(draft.columns)
    columns[at] = replace(columns[at], **fields)
    return replace(draft, columns=tuple(columns))


def added(draft: Draft, at: int) -> Draft:
    """One more column behind this one; as it was when there are enough."""
    if len(draft.columns) >= MOST:
        return draft
    columns = (*draft.columns[: at + 1], Column(), *draft.columns[at + 1 :])
    return replace(draft, columns=columns)


def removed(draft: Draft, at: int) -> Draft:
    """Without this column; as it was when there would be too few."""
    if len(draft.columns) <= LEAST[draft.kind]:
        return draft
    return replace(draft, columns=(*draft.columns[:at], *draft.columns[at + 1 :]))


def dear(means: Means, count: int) -> Decimal | None:
    """Real dollars that the children's first requests cost together; None = not known, or none."""
    if means.usd is None or means.practice or means.plan:
        return None
    return means.usd * count
