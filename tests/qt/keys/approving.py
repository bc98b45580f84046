"""APPROVE: J leads in, Y and N decide, the grid does harmless things, B leaves."""

from typing import Any

from keys.proof import Play

from commandcenter.core.world import Ask

BRIEF = "Look around. [[sparring script=bump-deps command={command} seed={seed}]]"
CASES = ("date", "hostname", "uptime", "whoami", "id", "arch", "arch")
"""One thread asks for each of these; the last two ask the same."""
TABS = {"action": "A", "diff": "S", "policy": "D", "context": "F", "cost": "G"}


async def play(game: Play) -> None:
    await ask_all(game)
    await enter(game)
    await tabs(game)
    await message(game)
    await allow(game)
    await deny(game)
    await with_words(game)
    await remember(game)
    await edit(game)
    await defer(game)
    await danger(game)
    await identical(game)
    await back(game)


def cases(game: Play, line: str) -> list[Ask]:
    """Open cases of a command."""
    return [ask for ask in game.screen.world.asks.values() if ask.line == line]


async def ask_all(game: Play) -> None:
    """Set-up: threads that ask for what no rule lists."""
    await game.rest()
    for seed, command in enumerate(CASES):
        brief = BRIEF.format(command=command, seed=seed)
        where = "--op practice --account sparring-chat --model sparring-medium"
        await game.give(f'spawn "{brief}" {where}')
    await game.until(lambda: all(cases(game, line) for line in CASES), "they ask")
    await game.until(lambda: len(cases(game, "arch")) == 2, "two ask the same")


async def show(game: Play, line: str) -> Ask:
    """J until that case is shown, and its dead time is over."""
    for _ in range(len(game.screen.world.asks) + 2):
        shown = game.screen.deck.shown
        if game.screen.mode == "approval" and shown is not None and shown.line == line:
            break
        await game.press("J")
    shown = game.screen.deck.shown
    assert shown is not None
    assert shown.line == line
    await game.until(lambda: game.screen.now() - game.screen.deck.since > 0.52, "it can be decided")
    return shown


async def decided(game: Play, ask: Ask, since: int) -> Any:
    """Wait for the answer to this case."""

    def answers() -> list[Any]:
        return [one.event for one in game.entries("Answered", since) if one.event.ask == ask.id]

    return (await game.until(answers, f"an answer to {ask.line}"))[0]


async def enter(game: Play) -> None:
    """J: the first case of the queue; again: the next one."""
    with game.effect("approval.next"):
        await game.press("J")
        assert game.screen.mode == "approval"
        first = game.screen.deck.shown
        assert first is not None
        await game.press("J")
        assert game.screen.deck.shown is not None
        assert game.screen.deck.shown.id != first.id


async def tabs(game: Play) -> None:
    """Each tab of the case by its key; nothing is decided."""
    await show(game, "date")
    since = game.mark()
    for tab, key in reversed(TABS.items()):
        with game.effect(f"approval.tab_{tab}"):
            await game.press(key)
            assert game.screen.deck.tab.lower() == tab
            assert game.window.inspector.view.tab.lower() == tab
    assert not game.entries("OrderGiven", since)


async def message(game: Play) -> None:
    """Q, and Return too: words to the one that asks; the case stays open."""
    ask = await show(game, "date")
    since = game.mark()
    with game.effect("approval.message", "composer.send"):
        await game.press("Q")
        assert game.screen.letter is not None
        assert game.screen.letter.receivers == (ask.thread,)
        await game.write("is that needed")
        await game.press("Return")
        assert (await game.order("steer", since))["target"] == f"#{ask.thread}"
    assert game.screen.mode == "approval"
    assert cases(game, "date")
    with game.effect("composer.open"):
        await game.press("Return")
        assert game.screen.mode == "composer"
    await game.press("Esc")


async def allow(game: Play) -> None:
    """Y: this once; the tool runs."""
    ask = await show(game, "date")
    since = game.mark()
    with game.effect("approval.allow_once"):
        await game.press("Y")
        order = await game.order("approve", since)
        assert (order["ask"], order["digest"]) == (ask.id, ask.digest)
        assert (await decided(game, ask, since)).option == "allow"
        await game.until(lambda: game.entries("ToolStarted", since), "the tool runs")


async def deny(game: Play) -> None:
    """N: at once."""
    ask = await show(game, "hostname")
    since = game.mark()
    with game.effect("approval.deny"):
        await game.press("N")
        assert (await decided(game, ask, since)).option == "deny"
    assert not cases(game, "hostname")


async def with_words(game: Play) -> None:
    """Shift+N, a word, Return: denied, and the agent hears why."""
    ask = await show(game, "uptime")
    since = game.mark()
    with game.effect("approval.deny_with_words"):
        await game.press("Shift+N")
        assert cases(game, "uptime"), "nothing is denied before the word is sent"
        await game.write("not on this machine")
        await game.press("Return")
        assert (await game.order("deny", since))["text"] == "not on this machine"
        assert (await decided(game, ask, since)).option == "deny"


async def remember(game: Play) -> None:
    """W sets how far the next Y reaches; the Y makes a grant."""
    ask = await show(game, "whoami")
    since = game.mark()
    with game.effect("approval.remember"):
        await game.press("W")
        assert game.screen.deck.remember == "turn"
        assert not game.given("approve", since)
        await game.press("Y")
        assert (await game.order("approve", since))["remember"] == "turn"
        await decided(game, ask, since)
        grants = await game.until(lambda: game.screen.world.grants, "a grant")
        assert any(grant.thread == ask.thread for grant in grants.values())


async def edit(game: Play) -> None:
    """E: the command as it should be; what is sent asks anew."""
    ask = await show(game, "id")
    since = game.mark()
    with game.effect("approval.edit"):
        await game.press("E")
        assert game.window.selection.composer.text == "id"
        await game.write(" -u")
        await game.press("Return")
        assert (await game.order("approve", since))["edit"] == "id -u"
        await game.until(lambda: cases(game, "id -u"), "the edited case asks")
    assert not cases(game, "id")
    assert not [one for one in game.entries("ToolStarted", since) if one.thread == ask.thread]


async def defer(game: Play) -> None:
    """Z: down for five minutes; another case is shown."""
    ask = await show(game, "id -u")
    with game.effect("approval.defer"):
        since = game.mark()
        await game.press("Z")
        await game.order("defer", since)
        await game.until(lambda: game.screen.world.asks[ask.id].deferred, "it stands lower")
        assert game.screen.deck.shown is not None
        assert game.screen.deck.shown.id != ask.id


async def danger(game: Play) -> None:
    """Y allows nothing that leaves the machine; Shift+Y does."""
    ask = await show(game, "git push origin main")
    since = game.mark()
    await game.press("Y")
    await game.says("Shift+Y")
    assert not game.given("approve", since)
    with game.effect("approval.allow_danger"):
        await game.press("Shift+Y")
        order = await game.order("approve", since)
        assert (order["ask"], order["danger"]) == (ask.id, True)
        assert (await decided(game, ask, since)).option == "allow"


async def identical(game: Play) -> None:
    """Mod+Shift+Y: all equal ones, after all stood in the list."""
    await show(game, "arch")
    since = game.mark()
    await game.press("Mod+Shift+Y")
    await game.says("lists them all first")
    assert not game.given("approve", since)
    with game.effect("approval.list"):
        await game.press("Shift+J")
        at = next(n for n, name in enumerate(game.lines()) if name.startswith("x2  arch"))
        while game.window.overlay.marked != at:
            await game.press("Down")
        await game.press("Right")
        assert len([name for name in game.lines() if name.endswith(": arch")]) == 2
        await game.settle()
        await game.press("Esc")
    both = cases(game, "arch")
    await show(game, "arch")
    with game.effect("approval.allow_identical"):
        await game.press("Mod+Shift+Y")
        assert (await game.order("approve", since))["identical"]
        for ask in both:
            assert (await decided(game, ask, since)).option == "allow"


async def back(game: Play) -> None:
    """B leaves; nothing is decided by it."""
    await game.press("J")
    since = game.mark()
    with game.effect("approval.back"):
        await game.press("B")
        assert game.screen.modes == ["map"]
    assert not game.given("approve", since)
    assert not game.given("deny", since)
