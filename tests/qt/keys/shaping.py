"""S, A, F and G at a real engine: children with carved budgets, another account, the ladder."""

from typing import Any

from keys.proof import GRID, Play

from commandcenter.core.events import CallAdmitted
from commandcenter.ui.plan_editor import PlanEditor
from commandcenter.ui.reassigning import HandoverSheet, SeatTargets

WHERE = "--op practice --account sparring-chat --model sparring-medium"
LIMIT = 900_000
"""Tokens of the thread that is split."""


async def play(game: Play) -> None:
    await game.rest()
    parent = await begun(game, "hunt-flake", "divided", f"--tokens {LIMIT}")
    await split(game, parent)
    thread = await begun(game, "hunt-flake", "handed")
    await ladder(game, thread)
    await reassign(game, thread)
    await game.give(f"pause #{thread}")


async def begun(game: Play, script: str, name: str, *words: str) -> int:
    """Set-up: a thread that plays a script, with a worktree and a turn."""
    since = game.mark()
    brief = f"Work on. [[sparring script={script} seed=1 rate=40 ttft_ms=800..900]]"
    await game.give(" ".join((f'spawn "{brief}" --name {name}', WHERE, *words)))
    made = await game.until(lambda: game.entries("ThreadCreated", since), f"{name} is born")
    thread: int = made[0].thread
    await game.until(
        lambda: game.head(thread).workspace and game.head(thread).tokens.calls, f"{name} has begun"
    )
    return thread


def of(game: Play, kind: str, thread: int, since: int) -> list[Any]:
    """Entries of a kind of this thread."""
    return [one for one in game.entries(kind, since) if one.thread == thread]


# --- S ----------------------------------------------------------------------------------------


async def split(game: Play, parent: int) -> None:
    """S, 2: the plan of a model is edited; Mod+Return: children with shares of the budget."""
    await game.pick(parent)
    since, before = game.mark(), set(game.screen.world.threads)
    with game.effect("order.split"):
        await game.press("S")
        assert game.screen.card_page().title == "SPLIT"
        await game.press("2")
        editor = game.screen.sheet
        assert isinstance(editor, PlanEditor)
        await game.until(lambda: editor.about() and editor.draft.seq, "a plan is drawn up")
        assert of(game, "SplitProposed", parent, since)[-1].seq == editor.draft.seq
        await game.write("First ")
        assert set(game.screen.world.threads) == before, "nothing begins before it is agreed"
        await game.press("Mod+Return")
        made = await game.until(lambda: of(game, "SplitMade", parent, since), "children")
    await game.until(lambda: game.head(parent).state == "paused", "it waits for its children")
    carved(game, parent, made[0].event.children, since)
    heads = [game.head(child) for child in made[0].event.children]
    assert any("First" in head.name or "First" in head.brief for head in heads)
    assert game.screen.selection.ids == (parent,)
    await game.give(f"freeze {','.join(f'#{head.id}' for head in heads)}")


def carved(game: Play, parent: int, children: tuple[int, ...], since: int) -> None:
    """The parent rests; what its limit lost is what the children got."""
    head = game.head(parent)
    assert (len(children), head.children) == (2, children)
    given = {one.event.child: one.event.tokens for one in of(game, "LimitCarved", parent, since)}
    assert set(given) == set(children)
    assert (head.limit.tokens or 0) + sum(given.values()) == LIMIT
    for child in children:
        born = game.head(child)
        assert (born.parent, born.kind, born.limit.tokens) == (parent, "divide", given[child])
        assert born.workspace not in ("", head.workspace)
    marks = [one.event.mark.why for one in of(game, "CheckpointMade", parent, since)]
    assert marks == ["split"], "they begin from its files as they were"


# --- F, G -------------------------------------------------------------------------------------


async def ladder(game: Play, thread: int) -> None:
    """F, then G: the next call goes to the stronger, then to the cheaper model."""
    await game.pick(thread)
    steps = (("F", "escalate", "sparring-large"), ("G", "downgrade", "sparring-medium"))
    for key, verb, model in steps:
        since = game.mark()
        with game.effect(f"order.{verb}"):
            await game.press(key)
            await game.order(verb, since)
            found = await game.until(lambda: of(game, "RungChanged", thread, since), "a rung")  # noqa: B023 — awaited here
            step = found[0].event
            assert (step.ladder, step.new, step.why) == ("sparring", model, "you")
            await game.until(lambda: game.head(thread).model == model, f"it is {model}")  # noqa: B023 — awaited here
            assert (await called(game, thread, found[0].seq)).asked == model


async def called(game: Play, thread: int, since: int) -> CallAdmitted:
    """The thread's next call."""

    def calls() -> list[CallAdmitted]:
        found = (one.event for one in of(game, "CallAdmitted", thread, since))
        return [one for one in found if not one.side]

    return (await game.until(calls, f"a call of #{thread}"))[0]


# --- A ----------------------------------------------------------------------------------------


async def letter(game: Play, account: str, model: str) -> str:
    """The letter under which the card has that account and model with our own loop."""
    targets = game.screen.targets
    assert isinstance(targets, SeatTargets)

    def found() -> list[int]:
        places = [place for place in game.screen.card_page().places if place and place.action]
        offers = [(place.slot, targets.offer(place)) for place in places]
        wanted = ("native", account, model)
        return [
            slot for slot, one in offers if one and (one.agent, one.account, one.model) == wanted
        ]

    (slot,) = await game.until(found, f"{account} can be chosen")
    return GRID[slot]


async def reassign(game: Play, thread: int) -> None:
    """A and a letter: another account goes on; A again shows the text, Mod+Return sends it."""
    await game.pick(thread)
    since, workspace = game.mark(), game.head(thread).workspace
    with game.effect("order.reassign"):
        await game.press("A")
        await game.press(await letter(game, "sparring-anthropic", "sparring-small"))
        order = await game.order("reassign", since)
        assert (order["account"], order["model"]) == ("sparring-anthropic", "sparring-small")
        await game.until(lambda: edited(game, thread), "the text may be edited")
        await game.press("A")
        sheet = game.screen.sheet
        assert isinstance(sheet, HandoverSheet)
        assert "sparring-small" in sheet.about()
        await game.press("Mod+Return")
        await game.order("hand-over", since)
        found = await game.until(lambda: of(game, "Reassigned", thread, since), "it is handed over")
        assert found[0].event.old.account == "sparring-chat"
        call = await called(game, thread, found[0].seq)
        assert (call.account, call.asked) == ("sparring-anthropic", "sparring-small")
        await game.until(lambda: of(game, "ReassignSettled", thread, since), "it is settled")
    await game.until(lambda: game.head(thread).handing is None, "the old one is gone")
    head = game.head(thread)
    assert (head.account, head.workspace) == ("sparring-anthropic", workspace)
    assert (game.screen.modes, game.screen.selection.ids) == (["map"], (thread,))


def edited(game: Play, thread: int) -> bool:
    """Does its hand-over text wait for the player?"""
    handing = game.head(thread).handing
    return handing is not None and handing.step == "edit"
