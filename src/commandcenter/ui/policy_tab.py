"""The Policy tab: which rules hold for the thread, by which layer, how firmly; its grants."""

from typing import Any

from commandcenter.core.text import line as one_line
from commandcenter.core.world import World
from commandcenter.hud import words
from commandcenter.ui.page import Cell, Page, Row, said, title

BINDINGS = {
    "enforced": "enforced",
    "checked": "checked",
    "advisory": "advisory only",
}
_FIRM = {"enforced": "run", "checked": "mid", "advisory": "tool"}
_SCOPES = {"turn": "this turn", "thread": "this thread", "operation": "the operation"}
_SANDBOX = "not sandboxed by us: the agent's programs may do what you may do"


def policy_page(answer: dict[str, Any] | str, world: World, thread: int, now: int) -> Page:
    """The page of what the engine answered (a sentence: why it has not yet), and of the grants:
    those are World's own, so they are never old."""
    rows = [*_grants(world, thread, now)]
    if isinstance(answer, str):
        return Page((*rows, title("Rules"), said(answer))) if answer else Page(tuple(rows))
    rows += _agent(answer.get("agent"))
    found = answer.get("rules")
    rules = found if isinstance(found, list) else []
    for subject in dict.fromkeys(str(rule.get("subject", "")) for rule in rules):
        own = [rule for rule in rules if str(rule.get("subject", "")) == subject]
        count = f"{len(own)} rule" + "s" * (len(own) > 1)
        rows.append(title(_SUBJECTS.get(subject, subject), count))
        for rule in own:
            rows += _rule(rule)
    return Page(tuple(rows))


_SUBJECTS = {"command": "Commands", "file": "Files", "calls": "Calls"}


def _grants(world: World, thread: int, now: int) -> list[Row]:
    head = world.threads.get(thread)
    operation = head.operation if head is not None else ""
    own = [
        grant
        for grant in world.grants.values()
        if grant.thread == thread or (grant.scope == "operation" and grant.operation == operation)
    ]
    rows = [title("Remembered approvals", str(len(own)) if own else "")]
    if not own:
        return [*rows, said("none: W in APPROVE remembers the next Y")]
    for grant in own:
        ago = words.age(words.since(grant.since, now))
        said_ = f"{_SCOPES[grant.scope]} · used {grant.used} times · {ago} ago"
        cells = (Cell(grant.level, 26, "mid", size=11), Cell(one_line(grant.line, 200), 0, "fg"))
        rows.append(Row(cells, press=f"withdraw {grant.id}", word="withdraw"))
        rows.append(Row((Cell("", 26), Cell(said_, 0, "dim", size=11))))
    return rows


def _agent(agent: object) -> list[Row]:
    if not isinstance(agent, dict):
        return []
    asks = {
        "all": "it asks us before every tool",
        "some": "it asks us before some of its tools only",
        "none": "it never asks us: what it does is seen afterwards",
    }.get(str(agent.get("asks", "")), "")
    sandbox = one_line(str(agent.get("sandbox", "")), 100)
    rows = [title("The agent", one_line(str(agent.get("driver", "")), 20))]
    rows += [said(asks, "mid")] if asks else []
    rows.append(said(f"sandbox: {sandbox}" if sandbox else _SANDBOX, "mid"))
    return rows


def _rule(rule: dict[str, Any]) -> list[Row]:
    """Verdict and rule, how firmly it holds; below it what it means and where it comes from."""
    binding = str(rule.get("binding", ""))
    verdict = one_line(str(rule.get("verdict", "")), 8)
    level = one_line(str(rule.get("level", "")), 3)
    top = (
        Cell(verdict, 42, "fg", weight=600),
        Cell(one_line(str(rule.get("rule", "")), 120), 0, "fg"),
        Cell(BINDINGS.get(binding, binding), 88, _FIRM.get(binding, "mid"), "right", 11),
    )
    about = " · ".join(
        part
        for part in (
            one_line(str(rule.get("what", "")), 160),
            level,
            f"from: {one_line(str(rule.get('layer', '')), 20)}",
        )
        if part
    )
    return [Row(top), Row((Cell("", 42), Cell(about, 0, "dim", size=11)))]
