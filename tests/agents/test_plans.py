"""The person's own set-up and plan login: windows that close and open, secrets that stay away."""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from field import AGENTS, Field

from commandcenter.core.events import CallRefused, CallSettled

pytestmark = pytest.mark.agents
PLAN = """stray = 0
[[window]]
minutes = 300
tokens = {tokens}
used = {used}
reset_s = {reset}
"""
ACCOUNTS = """
[accounts.claude-practice]
kind = "anthropic"
auth = "login"
agent = "claude"
base_url = "{url}"
practice = true
caps = {{ concurrent = 16 }}
[accounts.codex-practice]
kind = "responses"
auth = "login"
agent = "codex"
base_url = "{url}"
practice = true
caps = {{ concurrent = 16 }}
"""
OPENCODE = '{"$schema": "https://opencode.ai/config.json", "permission": {"bash": "ask"}}\n'
"""opencode itself adds the first where it is missing."""
LOGIN = {"claude": "claude-practice", "codex": "codex-practice"}
ENDS = "Four steps done."
WITHIN_S = 90.0
RESET_S = 75
"""From the endpoint's start: long enough for twelve agents to begin on a busy machine."""


@pytest.fixture
def row(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    def put(name: str, agent: str, said: str = "") -> None:
        record_property("row", name)
        record_property("agent", agent)
        record_property("cell", said)

    return put


async def with_plan(field: Field, tokens: int, used: float, reset: int) -> None:
    """The endpoint in plan mode, the person's practice logins, both let through."""
    plan = field.folder / "plan.toml"
    plan.write_text(PLAN.format(tokens=tokens, used=used, reset=reset))
    field.words = ("--plan", str(plan))
    made = field.folder / "login"
    said = await field.home.run("sparring", "--make-login", str(made))
    assert said.code == 0, said.err
    person = Path(field.home.env["HOME"])
    (made / "codex").rename(person / ".codex")
    for line in (made / "claude.env").read_text().splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        field.home.env[name] = value.strip("'\"")
    await field.listen()
    accounts = field.home.folders.config / "accounts.toml"
    url = re.findall(r'base_url = "(http[^"]+)"', accounts.read_text())[0]
    accounts.write_text(accounts.read_text() + ACCOUNTS.format(url=url))
    await field.begin()
    for agent in LOGIN:
        await field.order(f"allow-login {agent}")


@pytest.mark.parametrize("agent", AGENTS)
async def test_profile_mine(field: Field, agent: str, row: Any) -> None:
    row("profile mine", agent)
    person = Path(field.home.env["HOME"])
    planted = {
        ".claude/CLAUDE.md": "Speak plainly.\n",
        ".claude/settings.json": '{"permissions": {"allow": ["Bash(touch:*)"]}}\n',
        ".codex/config.toml": 'model_reasoning_effort = "low"\n',
        ".codex/AGENTS.md": "Speak plainly.\n",
        ".config/opencode/opencode.json": OPENCODE,
        ".gitconfig": "[user]\n\tname = Me\n\temail = me@example.org\n",
    }
    for name, text in planted.items():
        (person / name).parent.mkdir(parents=True, exist_ok=True)
        (person / name).write_text(text)
    await field.start()
    thread = await field.spawn(agent, "steps", "--profile mine")
    async with field.yes():
        head = await field.idle(thread)
    assert ENDS in field.text(thread)
    assert (head.profile, head.routed) == ("mine", "yes")
    assert {name: (person / name).read_text() for name in planted} == planted


@pytest.mark.parametrize("agent", AGENTS)
async def test_plan_login(field: Field, agent: str, row: Any) -> None:
    """Bodies arrive as the client made them, the window is shown, the bearer is nowhere."""
    if agent not in LOGIN:
        row("plan login", agent, "not offered")
        return
    row("plan login", agent)
    await with_plan(field, 1_000_000, 0.40, 600)
    options = f"--profile mine --account {LOGIN[agent]} --model sparring-medium"
    thread = await field.spawn(agent, "steps", options)
    async with field.yes():
        head = await field.idle(thread)
    assert ENDS in field.text(thread)
    assert (head.auth, head.routed) == ("login", "yes")
    world = await field.home.world()
    [window] = world.accounts[LOGIN[agent]].windows
    assert window.minutes == 300
    assert 0.40 < window.used < 1
    assert head.spent.usd == 0
    assert head.spent.plan > 0, "list value stands apart"
    assert {e.end for e in field.events(thread) if isinstance(e, CallSettled)} == {"complete"}
    nowhere(field)


def nowhere(field: Field) -> None:
    """The bearer is in no file of ours, no log, no entry."""
    token = field.home.env["CLAUDE_CODE_OAUTH_TOKEN"].encode()
    assert not field.files_with(token)
    auth = Path(field.home.env["HOME"]) / ".codex" / "auth.json"
    bearers = re.findall(rb'"access_token": ?"([^"]+)"', auth.read_bytes())
    assert bearers
    assert not field.files_with(bearers[0])
    assert token.decode() not in field.home.complaints()


async def test_a_window_that_is_used_up(field: Field, figure: Callable[[str], None]) -> None:
    """Twelve threads at 97 %: all held at 100 %, all on within 90 s of the reset, none refused."""
    await with_plan(field, 3_000_000, 0.97, RESET_S)
    threads, both = await many(field), set(LOGIN.values())
    async with field.yes():
        world = await field.home.until(
            lambda w: all(a in w.accounts and w.accounts[a].closed_until > 0 for a in both), 120
        )
        opens = max(world.accounts[a].closed_until for a in both) / 1e9
        while any(one.end is None for one in field.all()):
            await asyncio.sleep(0.1)
        status = await field.home.json("status")
        while not await over(field, threads):
            await asyncio.sleep(0.2)
    done = max(one.end.wall for one in field.all() if one.end) / 1e9
    figure(
        f"all {len(threads)} through {done - opens:.1f} s after the reset; held {status['held']}"
    )
    assert done - opens < WITHIN_S
    judged(field, threads, opens)


async def many(field: Field) -> list[int]:
    """Six of each agent on its plan, all at once."""
    brief = '"Do it. [[sparring script=steps seed=3]]"'
    spawn = f"spawn --repo {field.repo} --profile mine --count 6 --agent"
    await field.home.give(*(f"{spawn} {a} --account {LOGIN[a]} {brief}" for a in LOGIN))
    world = await field.home.until(lambda w: len(w.threads) == 12)
    return sorted(world.threads)


async def over(field: Field, threads: list[int]) -> bool:
    world = await field.home.world()
    return all(world.threads[t].state in ("idle", "ended") for t in threads)


def judged(field: Field, threads: list[int], opens: float) -> None:
    """By the endpoint's log: nothing repeated, nothing sent to a closed window."""
    for thread in threads:
        assert ENDS in field.text(thread)
        assert not [e for e in field.events(thread) if isinstance(e, CallRefused)]
    good = [one.begin for one in field.all() if one.end and one.end.status == 200]
    paid = Counter(hashlib.sha256(one.body_sha256.encode()).hexdigest() for one in good)
    assert max(paid.values()) == 1
    turned = [one for one in field.all() if one.end and one.end.status == 429]
    first = min(one.begin.wall for one in turned) / 1e9 if turned else opens
    late = [one for one in good if first + 1.0 < one.wall / 1e9 < opens - 0.5]
    assert not late
