"""The agents a driver can run: ours, those of resources/agents, and the person's own TOML files."""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

import msgspec

from commandcenter.config.resources import resource
from commandcenter.config.settings import read_toml
from commandcenter.drivers.base import AgentSpec, Found, Missing
from commandcenter.hosts.base import Host, Spawn

NATIVE: Final = AgentSpec(
    "native",
    "native loop",
    "native",
    wires=("chat", "anthropic", "ollama"),
    hold_limit_s=None,
    ask_limit_s=None,
)
PROBE_S: Final = 5.0


def load_agents(config: Path) -> dict[str, AgentSpec]:
    """Every known agent by id, ours first; a file in `<config>/agents` outranks one of ours.

    Raises ValueError with one sentence that names the file.
    """
    found = {NATIVE.id: NATIVE}
    for folder in (resource("agents"), config / "agents"):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            spec = _read(path)
            found[spec.id] = spec
    return found


def _read(path: Path) -> AgentSpec:
    try:
        spec = msgspec.convert({"id": path.stem, **read_toml(path)}, AgentSpec)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from error
    if spec.driver != "terminal" and not spec.command:
        raise ValueError(f"{path}: an agent has a command")
    return spec


def program(spec: AgentSpec, path: str) -> str:
    """The absolute path of its program on `path` (a PATH), empty when it is not there."""
    if not spec.command:
        return ""
    return shutil.which(spec.command[0], path=path) or ""


async def probe_program(host: Host, spec: AgentSpec, env: dict[str, str]) -> Found | Missing:
    """Runs `command[0] --version`, nothing else: at most 5 s, no login, no network."""
    path = await asyncio.to_thread(program, spec, env.get("PATH", ""))
    if not path:
        return Missing(f"{spec.command[0]} is not on the PATH", spec.install_hint)
    try:
        ran = await host.run(Spawn((path, "--version"), "/", env), PROBE_S)
    except OSError as error:
        return Missing(f"{path}: {error}", spec.install_hint)
    said = (ran.out + ran.err).decode("utf-8", "replace").strip()
    version = re.search(spec.detect or r"(\d+\.\d+[\w.+-]*)", said)
    if ran.late or ran.code or version is None:
        return Missing(f"{path} --version says {said[:80]!r}", spec.install_hint)
    return Found(version.group(1), path)
