"""Five threads run a repository's dev server at once, each on its own ports."""

import asyncio
from pathlib import Path

import httpx
import pytest

from commandcenter.core.world import World
from commandcenter.hosts.git import Git
from commandcenter.hosts.local import LocalHost
from commandcenter.testing.dev_server import make_dev_server
from commandcenter.testing.playing import Home

THREADS = 5
FIXTURE = Path(__file__).parents[1] / "fixtures" / "dev-server"


def serves(world: World) -> bool:
    return all("listening on" in head.line for head in world.threads.values())


@pytest.mark.faults
async def test_five_dev_servers_at_once(home: Home, tmp_path: Path) -> None:
    git = Git(LocalHost(home.mark), asyncio.sleep, str(tmp_path))
    repo = await make_dev_server(git, FIXTURE, tmp_path / "repo")
    await home.start()
    command = '--agent terminal --command "python3 server.py"'
    await home.order(f"spawn --repo {repo} {command} --count {THREADS}")
    world = await home.until(lambda w: w.asks)
    [ask] = world.asks.values()
    assert "printf" in ask.line, "what a repository wants to run is shown first"
    await home.order(f"approve {ask.id}")
    world = await home.until(lambda w: len(w.threads) == THREADS and serves(w), 60)
    said = {head.id: await page(head.port) for head in world.threads.values()}
    for head in world.threads.values():
        assert said[head.id] == f"hello {head.port} {head.workspace}\n"
    ports = [head.port for head in world.threads.values()]
    assert len(set(ports)) == THREADS
    records = await home.json("threads")
    assert [record["ports"][0] for record in records] == ports
    await home.order("kill @all --now", "--wait", "--yes")
    assert home.orphans() == {}


async def page(port: int) -> str:
    async with httpx.AsyncClient() as client:
        answer = await asyncio.wait_for(client.get(f"http://127.0.0.1:{port}/"), 5)
    return answer.text
