"""Agents as data: ours, the shipped ones, the person's own files."""

from pathlib import Path

import pytest

from commandcenter.drivers.base import Found, Missing
from commandcenter.drivers.catalog import load_agents, probe_program
from commandcenter.hosts.local import LocalHost


def test_shipped_agents_are_known(tmp_path: Path) -> None:
    known = load_agents(tmp_path)
    assert next(iter(known)) == "native"
    assert {"claude", "codex", "opencode"} <= set(known)


def test_a_file_of_the_person_makes_an_agent_known_and_outranks_ours(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    own = 'name = "Mine"\ndriver = "acp"\ncommand = ["my-agent", "--acp"]\n'
    (tmp_path / "agents" / "mine.toml").write_text(own)
    (tmp_path / "agents" / "codex.toml").write_text(own)
    known = load_agents(tmp_path)
    assert known["mine"].command == ("my-agent", "--acp")
    assert known["codex"].name == "Mine"


@pytest.mark.parametrize("line", ["driver = 'acp'", "driver = 'no'", "unknown = 1"])
def test_a_bad_file_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "bad.toml").write_text(f'name = "Bad"\n{line}\n')
    with pytest.raises(ValueError, match=r"bad\.toml"):
        load_agents(tmp_path)


async def test_probe_runs_the_program_alone(tmp_path: Path) -> None:
    spec = load_agents(tmp_path)["codex"]
    host = LocalHost("0" * 16)
    env = {"PATH": str(tmp_path)}
    assert isinstance(await probe_program(host, spec, env), Missing)
    script = tmp_path / "codex"
    script.write_text('#!/bin/sh\necho "codex-cli 1.2.3 $1"\n')
    script.chmod(0o755)
    assert await probe_program(host, spec, env) == Found("1.2.3", str(script))
    script.write_text("#!/bin/sh\nexit 7\n")
    assert isinstance(await probe_program(host, spec, env), Missing)
    await host.close()
