"""Providers that are down, slow, wrong or out of quota: each is one thread's affair."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.core.world import Head, World
from commandcenter.testing.engines import repository
from commandcenter.testing.playing import Home
from commandcenter.testing.upstream import ChatAnswer, Script, ScriptedUpstream, Served

RETRY_AFTER_S = 2
ACCOUNT = """[accounts.{name}]
kind = "chat"
base_url = "http://127.0.0.1:{port}"
model = "m"
"""


async def html(served: Served) -> None:
    """A proxy's page instead of an answer."""
    page = b"<!doctype html><html><body>Please log in</body></html>"
    served.head(200, {"content-type": "text/html", "content-length": str(len(page))})
    served.writer.write(page)


async def locked(served: Served) -> None:
    """The key is wrong."""
    served.whole(401, {"error": {"message": "bad key"}})


async def limited(served: Served) -> None:
    """Out of quota, once."""
    if served.number == 0:
        served.whole(429, {"error": {"message": "slow down"}}, {"retry-after": str(RETRY_AFTER_S)})
    else:
        await ChatAnswer()(served)


async def broken(served: Served) -> None:
    """Ends in the middle, every time."""
    await ChatAnswer(words=20, cut_after=3)(served)


async def garbage(served: Served) -> None:
    """No JSON where there should be some."""
    served.head()
    served.send(b"data: {not json}\n\ndata: \xff\xfe\n\n")
    served.end()


SCRIPTS: dict[str, Script] = {
    "good": ChatAnswer(),
    "slow": ChatAnswer(words=30, gap_s=0.05),
    "html": html,
    "locked": locked,
    "limited": limited,
    "broken": broken,
    "garbage": garbage,
}


class Providers:
    """One of each, and a port where nobody listens."""

    def __init__(self, home: Home, upstreams: dict[str, ScriptedUpstream], dead: int) -> None:
        self.home = home
        self.of = upstreams
        self.dead = dead

    async def spawn(self, repo: Path, *names: str) -> None:
        """A thread on each account."""
        for name in names:
            await self.home.order(f'spawn --repo {repo} --account {name} "say something"')


@pytest_asyncio.fixture
async def providers(home: Home) -> AsyncIterator[Providers]:
    async with AsyncExitStack() as stack:
        made = {
            name: await stack.enter_async_context(ScriptedUpstream(script))
            for name, script in SCRIPTS.items()
        }
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        dead = int(taken.getsockname()[1])
        ports = {name: one.port for name, one in made.items()} | {"dead": dead}
        config = home.path / "config"
        config.mkdir(mode=0o700, parents=True)
        home.path.chmod(0o700)
        text = "\n".join(ACCOUNT.format(name=name, port=port) for name, port in ports.items())
        (config / "accounts.toml").write_text(text)
        await home.start()
        yield Providers(home, made, dead)
        await home.close()


def by_account(world: World) -> dict[str, Head]:
    """The newest thread of each account."""
    return {head.account: head for head in world.threads.values()}


def rest(world: World, names: tuple[str, ...]) -> bool:
    """The turns of these are over."""
    heads = by_account(world)
    return all(heads[name].state == "idle" and heads[name].turn for name in names)


QUICK = ("good", "slow", "locked", "limited", "broken", "garbage")
"""Those that are judged without five tries."""
WRONG = {
    "locked": "account locked: HTTP 401 bad key; open-account locked once its key is right",
    "broken": "the provider cut the answer off",
    "garbage": "the answer ended without its end mark",
}


async def test_each_is_one_threads_affair(providers: Providers, tmp_path: Path) -> None:
    home, repo = providers.home, await repository(tmp_path / "repo")
    await providers.spawn(repo, "dead", *QUICK)
    world = await home.until(lambda w: rest(w, QUICK))
    heads = by_account(world)
    assert {name for name in QUICK if heads[name].parked} == set(WRONG)
    assert {name: text for name, text in WRONG.items() if text not in heads[name].why} == {}
    assert heads["good"].why == heads["slow"].why == heads["limited"].why == "turn ended: end"
    assert heads["good"].moved < heads["slow"].moved, "nobody waits for the slow one"
    assert heads["dead"].state == "running", "it is tried again"
    assert "cannot connect" in heads["dead"].waits_for
    asked = {name: len(one.served) for name, one in providers.of.items()}
    assert asked == {"good": 1, "slow": 1, "locked": 1, "limited": 2, "broken": 2, "garbage": 2} | {
        "html": 0
    }
    first, second = (one.arrived for one in providers.of["limited"].served)
    assert second - first >= RETRY_AFTER_S, "Retry-After is kept"
    assert {"account:locked", *(f"turn:{heads[name].id}" for name in WRONG)} <= set(world.alerts)
    assert "Traceback" not in home.complaints()
    await opened_again(providers, repo)


async def opened_again(providers: Providers, repo: Path) -> None:
    """A closed account holds what comes, until the player has mended its key."""
    home, locked_one = providers.home, providers.of["locked"]
    await providers.spawn(repo, "locked")
    world = await home.until(lambda w: by_account(w)["locked"].waits_for)
    assert "account closed" in by_account(world)["locked"].waits_for
    locked_one.script = ChatAnswer()
    assert len(locked_one.served) == 1, "nothing was sent meanwhile"
    await home.order("open-account locked")
    world = await home.until(lambda w: rest(w, ("locked",)))
    assert by_account(world)["locked"].why == "turn ended: end"
    assert world.alerts["account:locked"].cleared
    parked = next(head for head in world.threads.values() if head.account == "locked")
    await home.order(f"resume #{parked.id}")
    await home.until(lambda w: w.threads[parked.id].why == "turn ended: end")


@pytest.mark.faults
async def test_five_tries_and_then_the_player(providers: Providers, tmp_path: Path) -> None:
    home, repo = providers.home, await repository(tmp_path / "repo")
    await providers.spawn(repo, "dead", "html", "good")
    world = await home.until(lambda w: rest(w, ("dead", "html", "good")), 60)
    heads = by_account(world)
    assert "cannot connect" in heads["dead"].why
    assert "5 tries were made" in heads["dead"].why
    assert "the answer is HTML" in heads["html"].why
    assert len(providers.of["html"].served) == 5
    assert heads["dead"].parked
    assert heads["html"].parked
    assert heads["good"].moved < min(heads["dead"].moved, heads["html"].moved)
