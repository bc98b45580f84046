"""The Cost tab: each request, sums per model, the plan's window, burn, and what is left."""

from decimal import Decimal, InvalidOperation
from typing import Any

from commandcenter.core.text import line as one_line
from commandcenter.core.world import Head, World
from commandcenter.hud import windows, words
from commandcenter.ui.charts import Burned, Chart
from commandcenter.ui.moments import in_table
from commandcenter.ui.page import Cell, Page, Row, fact, said, title

REQUESTS = 200
_SIDE = "side"


def cost_page(
    answer: dict[str, Any] | str, head: Head, world: World, burned: Burned, narrow: bool
) -> Page:
    """The page of what the engine answered (a sentence: why it has not yet) and of the thread."""
    rows = [*_totals(head, world, burned)]
    rows += [title("Burn", burned.words), Row(chart=Chart(burned.samples))]
    if isinstance(answer, str):
        return Page((*rows, title("Requests"), said(answer))) if answer else Page(tuple(rows))
    found = answer.get("requests")
    requests = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    sums = answer.get("sums")
    if isinstance(sums, dict) and sums:
        rows += _models(sums, len(requests), narrow)
    if requests:
        rows += _requests(requests, int(answer.get("calls", len(requests))), narrow)
    else:
        rows += [title("Requests"), said("no request was metered yet")]
    return Page(tuple(rows))


# --- totals -----------------------------------------------------------------------------------


def _totals(head: Head, world: World, burned: Burned) -> list[Row]:
    rows = [title("So far", "" if head.metered else "unmetered: as reported")]
    rows.append(fact("Paid", _paid(head)))
    if head.spent.plan:
        rows.append(fact("List value", f"{words.usd(head.spent.plan)}, on the plan"))
    if head.spent.unknown:
        rows.append(fact("Price not known", f"{head.spent.unknown} requests"))
    tokens = head.tokens
    kept = tokens.cached_read / tokens.input if tokens.input else 0.0
    rows.append(fact("Tokens in", f"{words.tokens(tokens.input)}, {kept:.0%} from the cache"))
    rows.append(fact("Tokens out", words.tokens(tokens.output)))
    window = windows.part(world, head)
    if window is not None:
        label = f"Of its {windows.span(window[0])} window"
        rows.append(fact(label, f"{window[1]:.0%}"))
    return rows + _left(head, burned)


def _paid(head: Head) -> str:
    if head.spent.usd or not head.spent.practice:
        return words.usd(head.spent.usd)
    return f"{words.usd(head.spent.practice, practice=True)}, practice money"


def _left(head: Head, burned: Burned) -> list[Row]:
    """What is left of the limit, and what the rest may take: only where both can be told."""
    rows = []
    if head.limit.usd is not None:
        paid = max(head.spent.usd, head.spent.practice)
        rows.append(fact("Left of its limit", words.usd(max(head.limit.usd - paid, Decimal(0)))))
    if head.limit.tokens is not None:
        left = max(head.limit.tokens - head.tokens.total, 0)
        lasts = f", {words.age(left / burned.mean)} at this burn" if burned.mean >= 1 else ""
        rows.append(fact("Left of its limit", f"{words.tokens(left)} tok{lasts}"))
    done = sum(state in {"completed", "done"} for _, state in head.plan)
    todo = len(head.plan) - done
    if done >= 2 and todo and head.metered:
        about = words.tokens(head.tokens.total / done * todo)
        label = f"Its {todo} open step{'s' * (todo > 1)}, if as before"
        rows.append(fact(label, f"about {about} tok"))
    return rows


# --- tables -----------------------------------------------------------------------------------


def _models(sums: dict[str, Any], count: int, narrow: bool) -> list[Row]:
    rows = [title("Per model", f"of the last {count} requests"), _head("model", "calls", narrow)]
    for model, one in sums.items():
        if isinstance(one, dict):
            calls = f"{_number(one.get('calls')):.0f}"
            rows.append(_line(one_line(str(model), 40), calls, one, narrow))
    return rows


def _requests(requests: list[dict[str, Any]], calls: int, narrow: bool) -> list[Row]:
    shown = requests[-REQUESTS:]
    note = f"the last {len(shown)} of {calls}" if calls > len(shown) else f"{calls}"
    rows = [title("Requests", f"{note}, newest first"), _head("model", "wait", narrow)]
    for one in reversed(shown):
        model = one_line(str(one.get("model", "")), 40)
        if one.get("side"):
            model += f" · {_SIDE}"
        if one.get("end") not in ("ok", "done", "complete", None, ""):
            model += f" · {one_line(str(one['end']), 16)}"
        wait = words.countdown(_number(one.get("wait_ms")) / 1_000)
        rows.append(_line(model, wait, one, narrow, in_table(one.get("wall"))))
    return rows


def _head(first: str, last: str, narrow: bool) -> Row:
    names = [first, "in", "cached", "out", "paid", "list", last]
    return Row(_cells(names, narrow, "dim", 10), line=True)


def _line(model: str, last: str, one: dict[str, Any], narrow: bool, clock: str = "") -> Row:
    about = "" if one.get("exact", True) else "~"
    paid, listed = _money(one.get("usd")), _money(one.get("list"))
    if paid is None and listed is None:
        paid = "$?"
    if listed and one.get("basis") == "practice":
        listed = f"p{listed}"
    texts = [
        model if not clock or narrow else f"{clock}  {model}",
        about + words.tokens(_number(one.get("input"))),
        words.tokens(_number(one.get("cached"))),
        about + words.tokens(_number(one.get("output"))),
        paid or "",
        listed or "",
        last,
    ]
    return Row(_cells(texts, narrow, "fg", 11))


_WIDTHS = (0, 42, 46, 40, 50, 50, 34)
_NARROW = (0, 38, 0, 36, 54, 52, 30)


def _cells(texts: list[str], narrow: bool, color: str, size: int) -> tuple[Cell, ...]:
    widths = _NARROW if narrow else _WIDTHS
    found = []
    for number, (text, width) in enumerate(zip(texts, widths, strict=True)):
        if number and not width:
            continue
        tone = "mid" if number and color == "fg" else color
        found.append(Cell(text, width, tone, "right" if number else "left", size))
    return tuple(found)


def _money(value: object) -> str | None:
    """Requests cost little: below ten cents four digits."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return "$?"
    return f"${amount:.4f}" if abs(amount) < Decimal("0.1") else f"${amount:,.2f}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
