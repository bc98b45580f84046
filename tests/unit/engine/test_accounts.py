"""An account that is added while the engine runs can be used at once."""

from pathlib import Path

from commandcenter.config.accounts import Account, add_account
from commandcenter.engine.queries import found
from commandcenter.testing.engines import Bench


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
