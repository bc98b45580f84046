"""Accounts added while the engine runs, and threads on the player's own plan."""

import hashlib
from pathlib import Path

from commandcenter.config.accounts import Account, add_account
from commandcenter.core.base import AgentFailed
from commandcenter.core.consent import sentence
from commandcenter.core.events import LoginAllowed, ModelChanged
from commandcenter.engine.queries import found
from commandcenter.testing.engines import Bench
from commandcenter.testing.puppets import PuppetSession


async def test_an_added_account_is_known_without_a_restart(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path)
    config = bench.engine.parts.folders.config
    text = f'spawn --repo {bench.repo} "do it"'
    try:
        refused = (await bench.order(text)).refused
        assert refused[0].reason == "AccountMissing"
        account = Account("local", "ollama", "http://127.0.0.1:11434", model="m")
        add_account(config, account)
        told = await found(bench.engine, {})
        assert [one["id"] for one in told["accounts"]] == ["claude-plan", "codex-plan", "local"]
        assert not (await bench.order(text)).refused
        assert bench.engine.parts.world.threads[1].account == "local"
    finally:
        await bench.close()


async def test_a_damaged_file_is_said_and_what_was_known_stays(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path)
    try:
        path = bench.engine.parts.folders.config / "accounts.toml"
        path.write_text("[accounts.x]\nkind = 1\n")
        assert "accounts.toml" in (await found(bench.engine, {}))["trouble"]
        refused = (await bench.order(f'spawn --repo {bench.repo} "do it"')).refused
        assert refused[0].reason == "TargetInvalid"
    finally:
        await bench.close()


# --- on the player's own plan -------------------------------------------------------------


async def on_a_plan(bench: Bench) -> PuppetSession:
    """A thread whose calls go out with the player's own login."""
    await bench.order("allow-login puppet", by="player")
    ack = await bench.order(f'spawn --repo {bench.repo} --agent puppet --model one "do it"')
    assert not ack.refused, ack.refused
    await bench.reaches(1, "running")
    assert bench.engine.parts.world.threads[1].account == "claude-plan"
    return bench.session(1)


async def changes(bench: Bench) -> list[tuple[str, str]]:
    events = await bench.events()
    return [(event.new, event.how) for event in events if isinstance(event, ModelChanged)]


async def test_on_a_plan_the_agent_changes_its_model(bench: Bench) -> None:
    session = await on_a_plan(bench)
    await bench.order("model #1 --to two", by="player")
    assert session.calls == ["model two"]
    assert await changes(bench) == [("two", "agent")]


async def test_a_model_that_the_agent_does_not_take_is_not_recorded(bench: Bench) -> None:
    session = await on_a_plan(bench)
    session.fails["model"] = AgentFailed("timeout", "no answer")
    await bench.order("model #1 --to two", by="player")
    assert await changes(bench) == []
    assert bench.engine.parts.world.threads[1].model == "one"
    assert "OrderRefused" in await bench.names()


async def test_the_sentence_agreed_to_is_the_one_shown(bench: Bench) -> None:
    shown = sentence("puppet", "api.anthropic.com")
    assert "through the gate" in shown
    await bench.order("allow-login puppet", by="player")
    [allowed] = [e for e in await bench.events() if isinstance(e, LoginAllowed)]
    assert allowed.text_hash == hashlib.sha256(shown.encode()).hexdigest()
