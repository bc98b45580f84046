"""C and V at real git and the real success command; in APPROVE too; the same behind Shift."""

import asyncio
import subprocess

from keys.approving import cases, show
from keys.proof import Play
from keys.shaping import WHERE, begun, letter, of

SUCCESS = "python -m unittest -q"
ASKS = '"Look. [[sparring script=bump-deps command=nproc seed=9]]"'
ABLE = ("order.checkpoint", "order.verify", "order.escalate", "order.downgrade")


async def play(game: Play) -> None:
    await game.rest()
    thread = await begun(game, "hunt-flake", "proven")
    await checkpoint(game, thread)
    await verify(game, thread)
    await asked(game)
    await queued(game)
    await queued_reassign(game, thread)


# --- C, V -------------------------------------------------------------------------------------


async def git(game: Play, thread: int, *words: str) -> str:
    """What git says in the thread's worktree."""
    argv = ["git", "-C", game.head(thread).workspace, *words]
    done = await asyncio.to_thread(subprocess.run, argv, check=True, capture_output=True, text=True)
    return done.stdout.strip()


async def checkpoint(game: Play, thread: int) -> None:
    """C: a commit on a hidden ref; the thread's branch stays where it is."""
    await game.pick(thread)
    since, before = game.mark(), await git(game, thread, "rev-parse", "HEAD")
    with game.effect("order.checkpoint"):
        await game.press("C")
        await game.order("checkpoint", since)
        made = await game.until(lambda: of(game, "CheckpointMade", thread, since), "a checkpoint")
        mark = made[0].event.mark
        assert mark.why == "you"
        listed = lambda: [one.commit for one in game.head(thread).checkpoints]  # noqa: E731 — said once
        await game.until(lambda: mark.commit in listed(), "it is listed")
        refs = await git(
            game, thread, "for-each-ref", "--format=%(refname)", "--points-at", mark.commit
        )
        assert refs.startswith("refs/commandcenter/"), refs
        assert await git(game, thread, "rev-parse", "HEAD") == before


async def verify(game: Play, thread: int) -> None:
    """V: the operation's success command ran to its end, and the tile has its verdict."""
    since = game.mark()
    with game.effect("order.verify"):
        await game.press("V")
        await game.order("verify", since)
        await judged(game, thread, since)


async def judged(game: Play, thread: int, since: int) -> None:
    """The success command began and ended, on a checkpoint."""
    begins = await game.until(lambda: of(game, "VerifyStarted", thread, since), "it runs")
    ended = await game.until(lambda: of(game, "Verified", thread, since), "it has run")
    said = ended[0].event
    assert (said.effect, said.verdict.command) == (begins[0].event.effect, SUCCESS)
    assert said.verdict.result in ("pass", "fail"), said
    assert said.verdict.exit == (0 if said.verdict.green else 1)
    assert said.verdict.total > 0
    await game.until(lambda: game.head(thread).verified, "the tile has its verdict")


# --- in APPROVE -------------------------------------------------------------------------------


async def asked(game: Play) -> None:
    """C and V in a case: a checkpoint and a critic of the one that asks; nothing is decided."""
    await game.give(f"spawn {ASKS} {WHERE}")
    await game.until(lambda: cases(game, "nproc"), "it asks")
    ask = await show(game, "nproc")
    since = game.mark()
    with game.effect("approval.checkpoint_first"):
        await game.press("C")
        found = await game.until(
            lambda: of(game, "CheckpointMade", ask.thread, since), "a checkpoint"
        )
        assert found[0].event.mark.why == "you"
    with game.effect("approval.ask_critic"):
        await game.press("V")
        await game.order("critic", since)
        begins = await game.until(lambda: of(game, "CriticAsked", ask.thread, since), "it is asked")
        assert begins[0].event.model == "sparring-large", "the next stronger one"
        ended = await game.until(lambda: of(game, "Critiqued", ask.thread, since), "it has judged")
        assert ended[0].event.effect == begins[0].event.effect
        assert ended[0].event.text, "what it said is kept"
        await game.until(lambda: game.head(ask.thread).critique, "its verdict is beside the case")
    assert game.screen.mode == "approval"
    assert game.screen.deck.shown == ask
    assert not [one for one in game.entries("Answered", since) if one.event.ask == ask.id]
    await game.press("N", "B")


# --- behind Shift -----------------------------------------------------------------------------


async def queued(game: Play) -> None:
    """Each waits behind the turn; once that is over they are done, one after the other."""
    thread = await begun(game, "fix-parser", "chained")
    await game.give(f"freeze #{thread}")
    await game.stays(thread, "frozen")
    await game.pick(thread)
    since = game.mark()
    with game.effect(*(f"{action}.queued" for action in ABLE), "order.split.queued"):
        await game.press("Shift+C", "Shift+V", "Shift+F", "Shift+G", "Shift+S")
        assert game.screen.card_page().title == "QUEUE SPLIT"
        await game.choose("kind:branch")
        await game.press("2")
        await game.until(lambda: len(game.head(thread).orders) == 5, "five orders wait")
        verbs = [one.text.partition(" ")[0] for one in game.head(thread).orders]
        assert verbs == ["checkpoint", "verify", "escalate", "downgrade", "split"]
        for kind in ("CheckpointMade", "VerifyStarted", "RungChanged", "SplitMade"):
            assert not of(game, kind, thread, since), "nothing is done before its time"
        await game.press("E")
        made = await game.until(lambda: of(game, "SplitMade", thread, since), "all is done", 40.0)
        marks = of(game, "CheckpointMade", thread, since)
        assert marks[0].event.mark.why == "you"
        await judged(game, thread, since)
        rungs = [one.event.new for one in of(game, "RungChanged", thread, since)]
        assert rungs == ["sparring-large", "sparring-medium"]
    assert made[0].event.kind == "branch"
    children = made[0].event.children
    assert [game.head(one).kind for one in children] == ["branch", "branch"]
    await game.until(lambda: not game.head(thread).orders, "nothing waits any more")
    await game.give(f"freeze {','.join(f'#{one}' for one in children)}")


async def queued_reassign(game: Play, thread: int) -> None:
    """Shift+A and a letter: once its turn is over another account goes on."""
    await game.pick(thread)
    await game.give(f"freeze #{thread}")
    await game.stays(thread, "frozen")
    since = game.mark()
    with game.effect("order.reassign.queued"):
        await game.press("Shift+A")
        await game.press(await letter(game, "sparring-ollama", "sparring-medium"))
        await game.until(lambda: game.head(thread).orders, "it waits")
        assert game.head(thread).orders[0].text.startswith("reassign @self ")
        assert not of(game, "HandoffDrafted", thread, since)
        await game.press("E")
        await game.stays(thread, "running", "waiting")
        await game.press("W")
        await game.until(lambda: of(game, "HandoffDrafted", thread, since), "its turn has come")
        found = await game.until(lambda: of(game, "Reassigned", thread, since), "handed over")
        assert found[0].event.new.account == "sparring-ollama"
        await game.until(lambda: game.head(thread).account == "sparring-ollama", "it goes on")
    assert game.screen.modes == ["map"]
