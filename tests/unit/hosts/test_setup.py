"""Set-up plans of real repositories, and what they do to a worktree."""

import asyncio
import os
import subprocess
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commandcenter.hosts.base import Spawn
from commandcenter.hosts.git import Git
from commandcenter.hosts.local import LocalHost
from commandcenter.hosts.ports import PortBlocks, block, listening, port_env
from commandcenter.hosts.setting_up import SetUp, SetupPlace
from commandcenter.hosts.setup import SetupFailed, SetupPlan, SetupPlans
from commandcenter.hosts.workspace import Workspaces, WorkspaceSpec
from commandcenter.testing.clock import FakeClock
from commandcenter.testing.dev_server import COMMAND, make_dev_server
from commandcenter.testing.sessions import MARK

FIXTURE = Path(__file__).parents[2] / "fixtures" / "dev-server"
PATH = {"PATH": os.environ["PATH"]}
DIGEST_CHARS = 64


class Desk:
    """A person's repository and a fresh worktree of it (here a plain folder)."""

    def __init__(self, folder: Path, host: LocalHost) -> None:
        self.repo = folder / "person"
        self.tree = folder / "tree"
        self.repo.mkdir()
        self.tree.mkdir()
        self.host = host
        self.plans = SetupPlans(host, asyncio.sleep)
        self.work = SetUp(host, FakeClock())
        self.told: list[str] = []
        subprocess.run(("git", "init", "-q", str(self.repo)), check=True)

    def write(self, name: str, text: str = "x\n") -> Path:
        path = self.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def toml(self, text: str) -> None:
        self.write(".commandcenter/workspace.toml", text)

    async def plan(self) -> SetupPlan:
        return await self.plans.plan(str(self.repo))

    async def run(self, plan: SetupPlan, **env: str) -> list[tuple[str, int]]:
        place = SetupPlace(str(self.tree), 3, 1, PATH | env)
        return [
            (ran.command, ran.exit) for ran in await self.work.run(plan, place, self.told.append)
        ]

    @property
    def text(self) -> str:
        return "".join(self.told)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    host = LocalHost(MARK)
    yield Desk(tmp_path, host)
    left = await host.survivors()
    await host.close()
    assert left == ()


async def test_without_files_nothing_happens_but_is_offered(desk: Desk) -> None:
    assert (await desk.plan()).empty
    assert (await desk.plans.offers(str(desk.repo))).empty
    desk.write(".gitignore", ".env*\n!.env.example\nnode_modules\n*.local*\nother\n")
    for name in (".env", ".env.example", "web/.env.local", "CLAUDE.local.md", "other"):
        desk.write(name)
    for name in ("node_modules/a/.env", ".claude/settings.local.json", ".claude/settings.json"):
        desk.write(name)
    offer = await desk.plans.offers(str(desk.repo))
    assert offer.source == "offer"
    assert offer.copy == (
        ".claude/settings.local.json",
        ".env",
        "CLAUDE.local.md",
        "node_modules",
        "web/.env.local",
    )
    await desk.run(offer)
    assert (desk.tree / "node_modules/a/.env").read_text() == "x\n"
    desk.write(".worktreeinclude", "")
    assert (await desk.plans.offers(str(desk.repo))).empty


async def whole(desk: Desk) -> SetupPlan:
    """A plan with everything in it."""
    desk.write(".gitignore", ".env*\ncache/\ndata/\n")
    for name in (".env", ".env.test", "data/a.json", "data/b.txt", "cache/c", "kept.txt"):
        desk.write(name)
    desk.toml(
        'copy = ["data/*.json", "missing", "kept.txt"]\nlink = ["cache/"]\n'
        'setup = ["echo one; exit 0", "printf %s \\"$PORT\\" >&2"]\nteardown = "echo bye"\n'
        'ports = ["WEB_PORT"]\n'
    )
    desk.write(".worktreeinclude", "# of mine\n.env*\nkept.txt\n")
    return await desk.plan()


async def test_a_plan_is_shown_whole(desk: Desk) -> None:
    plan = await whole(desk)
    assert plan.source == ".commandcenter/workspace.toml and .worktreeinclude"
    assert plan.copy == ("data/a.json", "kept.txt", ".env", ".env.test")
    assert plan.link == ("cache",)
    assert plan.line == (
        'copies 4, links 1, runs echo one; exit 0; printf %s "$PORT" >&2, at its end echo bye'
    )
    assert plan.text.splitlines()[1:] == [
        "copy       data/a.json",
        "copy       kept.txt",
        "copy       .env",
        "copy       .env.test",
        "link       cache",
        "run        echo one; exit 0",
        'run        printf %s "$PORT" >&2',
        "at its end echo bye",
        "ports      WEB_PORT",
        "limit      600 s",
    ]


async def test_a_plan_is_carried_out(desk: Desk) -> None:
    plan = await whole(desk)
    (desk.tree / "kept.txt").write_text("of the branch\n")
    ran = await desk.run(plan, PORT="20010")
    assert ran == [("copy 4, link 1", 0), (plan.setup[0], 0), (plan.setup[1], 0)]
    assert (desk.tree / "kept.txt").read_text() == "of the branch\n"
    assert (desk.tree / ".env").read_text() == "x\n"
    assert (desk.tree / "cache").readlink() == desk.repo / "cache"
    assert "$ echo one; exit 0\none\n" in desk.text
    assert desk.text.endswith("20010\n")
    assert await desk.run(plan, PORT="20010") == ran
    place = SetupPlace(str(desk.tree), 3, 1, PATH)
    (gone,) = await desk.work.teardown(plan, place, desk.told.append)
    assert (gone.command, gone.exit, len(gone.text_hash)) == ("echo bye", 0, DIGEST_CHARS)


async def test_the_digest_is_over_all_that_would_happen(desk: Desk) -> None:
    seen = set()
    for text in ('setup = "a"', 'setup = "b"', 'teardown = "a"', "timeout_s = 3", 'ports=["PORT"]'):
        desk.toml(text)
        seen.add((await desk.plan()).digest)
    desk.write("a")
    for text in ('copy = ["a"]', 'link = ["a"]', 'copy = ["*a"]'):
        desk.toml(text)
        seen.add((await desk.plan()).digest)
    assert len(seen) == 7
    assert all(len(digest) == DIGEST_CHARS for digest in seen)
    assert SetupPlan("/x").digest == SetupPlan("/y").digest


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("copy = [1]", r"workspace.toml: Expected `str`, got `int` - at `\$.copy\[0\]`"),
        ("copies = []", "workspace.toml: Object contains unknown field `copies`"),
        ("copy = ['../x']", "workspace.toml: copy: ../x is no path inside the repository"),
        ("copy = ['/etc/*']", "workspace.toml: copy: '/etc/\\*' leads out of the repository"),
        ("link = ['/etc/passwd']", "workspace.toml: link: /etc/passwd is no path inside"),
        ("link = ['out']", "workspace.toml: link: out is a link that leads out of the repository"),
        ("copy = ['out/passwd']", "copy: out/passwd is a link that leads out of the repository"),
        ("copy = ['.git/config']", "copy: .git/config is git's own"),
        ("copy = ['.']", "copy: . is"),
        ("timeout_s = 0", "Expected `float` > 0"),
        ("ports = ['PATH']", "ports: 'PATH' is no name of a variable for a port"),
        ("ports = ['CC_PORT']", "ports: 'CC_PORT' is no name"),
        ("setup = [", "workspace.toml is not valid TOML"),
    ],
)
async def test_what_is_refused(desk: Desk, text: str, why: str) -> None:
    (desk.repo / "out").symlink_to("/etc")
    desk.toml(text)
    with pytest.raises(SetupFailed, match=why) as failed:
        await desk.plan()
    assert failed.value.step == "plan"


async def test_links_are_never_followed_out(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    desk.write("real/.env", "inside\n")
    (desk.repo / ".env").symlink_to("real/.env")
    desk.write("lib/bin")
    (desk.repo / "lib/out").symlink_to(secret)
    (desk.repo / "lib/near").symlink_to("bin")
    os.mkfifo(desk.repo / "lib/pipe")
    (desk.repo / "out").symlink_to(secret)
    desk.write("config/a")
    desk.toml('copy = [".env", "lib", "config/a", "ou?"]')
    (desk.tree / "config").symlink_to(secret)
    plan = await desk.plan()
    assert plan.copy == (".env", "lib", "config/a")
    with pytest.raises(SetupFailed, match="copy config/a: ") as failed:
        await desk.run(plan)
    assert failed.value.step == "copy"
    assert os.listdir(secret) == ["key"]
    assert not (desk.tree / ".env").is_symlink()
    assert (desk.tree / ".env").read_text() == "inside\n"
    assert (desk.tree / "lib/out").readlink() == secret
    assert sorted(os.listdir(desk.tree / "lib")) == ["bin", "near", "out"]


async def test_modes_times_and_large_files(desk: Desk) -> None:
    path = desk.write("big")
    path.write_bytes(os.urandom(3 << 20))
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    desk.write("empty", "")
    await desk.run(SetupPlan(str(desk.repo), copy=("big", "empty", "gone")))
    made = desk.tree / "big"
    assert made.read_bytes() == path.read_bytes()
    assert (made.stat().st_mode & 0o777, made.stat().st_mtime_ns) == (0o640, 2_000_000_000)
    assert (desk.tree / "empty").read_bytes() == b""


async def test_a_failing_command_ends_it(desk: Desk) -> None:
    plan = SetupPlan(str(desk.repo), setup=("echo no such package; exit 3", "touch never"))
    with pytest.raises(SetupFailed) as failed:
        await desk.run(plan)
    assert failed.value.step == "setup"
    assert failed.value.why == "echo no such package; exit 3 ended with 3: no such package"
    assert [(ran.command, ran.exit) for ran in failed.value.ran] == [(plan.setup[0], 3)]
    assert not (desk.tree / "never").exists()


async def test_its_time_is_limited_and_its_output_too(desk: Desk) -> None:
    plan = SetupPlan(str(desk.repo), setup=("yes & sleep 60",), timeout_s=0.5)
    with pytest.raises(SetupFailed, match=r"yes & sleep 60 took longer than 0\.5 s"):
        await desk.run(plan)
    assert len(desk.text) < 300_000
    assert "more output is left out" in desk.text


async def test_cancelling_ends_what_it_started(desk: Desk) -> None:
    plan = SetupPlan(str(desk.repo), setup=("setsid sleep 60 & echo up; wait",))
    task = asyncio.create_task(desk.run(plan), name="set-up")
    async with asyncio.timeout(10):
        while "up" not in desk.text.replace("set-up", "").partition("$ ")[2].partition("\n")[2]:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_five_threads_run_the_dev_server_on_their_own_ports(
    tmp_path: Path, desk: Desk
) -> None:
    """agents.md 13.5, without the engine."""
    repo = await make_dev_server(Git(desk.host, asyncio.sleep, "/"), FIXTURE, tmp_path / "dev")
    plan = await desk.plans.plan(str(repo))
    assert (plan.copy, plan.link) == ((".env",), (".cache",))
    spaces = Workspaces(desk.host, tmp_path / "trees", asyncio.sleep)
    blocks = PortBlocks(seed=300)

    async def serve(thread: int) -> int:
        space = await spaces.ensure(WorkspaceSpec(str(repo), thread, "dev"))
        port = blocks.claim()
        env = PATH | port_env(port, plan.ports)
        place = SetupPlace(space.path, thread, 1, env)
        await desk.work.run(plan, place, desk.told.append)
        await desk.host.spawn(Spawn(("sh", "-c", COMMAND), space.path, env, thread, 1))
        async with asyncio.timeout(20):
            while not listening(block(port)):
                await asyncio.sleep(0.02)
        said = await asyncio.to_thread(_get, port)
        assert said == f"hello {port} {space.path}\n"
        assert (Path(space.path) / "built.txt").read_text() == f"built for {port} and {port + 1}"
        assert (Path(space.path) / ".cache/wheel").read_text() == "cached\n"
        return port

    ports = await asyncio.gather(*(serve(thread) for thread in range(1, 6)))
    assert len(set(ports)) == 5
    for thread in range(1, 6):
        await desk.host.kill_tree(thread, 1)
    assert listening(ports) == ()


def _get(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return str(answer.read().decode())
