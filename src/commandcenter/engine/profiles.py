"""The environment a foreign agent runs in: the person's own, or a private one (agents.md 7)."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from commandcenter.drivers.base import AgentSpec
from commandcenter.hosts.base import Host, Spawn

SHELL_S: Final = 5.0
PROVIDER: Final = frozenset(
    {
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "ANTHROPIC_VERTEX_BASE_URL",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AZURE_OPENAI_API_KEY",
        "CLAUDE_CODE_USE_BEDROCK",
        "CLAUDE_CODE_USE_VERTEX",
        "CODEX_API_KEY",
        "DEEPSEEK_API_KEY",
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "GOOGLE_GEMINI_BASE_URL",
        "GROQ_API_KEY",
        "MISTRAL_API_KEY",
        "OPENAI_API_BASE",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENROUTER_API_KEY",
        "SPARRING_KEY",
        "XAI_API_KEY",
    }
)
"""Keys, tokens and addresses of providers: an agent gets the gate's in their place."""
NESTED: Final = ("CC_", "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE", "CODEX_SANDBOX")
NESTED_TOO: Final = ("CODEX_THREAD", "COMMANDCENTER_", "OPENCODE_")
"""Marks of an agent we may ourselves run below, and our own."""
CLEAN: Final = ("PATH", "LANG", "TERM", "USER", "SHELL")
LOGINS: Final = {"claude": ("CLAUDE_CODE_OAUTH_TOKEN",)}
"""Of an account with `auth = login`: the person's own token goes to the person's own client."""


def mine(environ: Mapping[str, str], spec: AgentSpec, login: bool) -> dict[str, str]:
    """The person's environment without keys, addresses and marks."""
    tokens = {name for names in LOGINS.values() for name in names}
    kept = LOGINS.get(spec.driver, ()) if login else ()
    dropped = PROVIDER | (tokens - set(kept)) | set(spec.drop_env)
    nested = NESTED + NESTED_TOO
    found = {name: text for name, text in environ.items() if not name.startswith(nested)}
    return {name: text for name, text in found.items() if name not in dropped}


def clean(environ: Mapping[str, str], spec: AgentSpec, home: Path, login: bool) -> dict[str, str]:
    """A private HOME and next to nothing of the person's; the folders are made 0700."""
    kept = CLEAN + (LOGINS.get(spec.driver, ()) if login else ())
    env = {name: environ[name] for name in kept if name in environ}
    env["HOME"] = str(home)
    below = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "TMPDIR": "tmp"}
    below |= {"XDG_CACHE_HOME": ".cache", "XDG_STATE_HOME": ".local/state"}
    for name, folder in below.items():
        env[name] = str(home / folder)
        (home / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    return env


async def person_env(host: Host, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment as in the person's own terminal.

    An engine that no shell has started (SHLVL is absent) asks the login shell once, 5 s.
    """
    shell = environ.get("SHELL", "")
    if "SHLVL" in environ or not shell:
        return dict(environ)
    try:
        ran = await host.run(Spawn((shell, "-lic", "env -0"), "/", dict(environ)), SHELL_S)
    except OSError:
        return dict(environ)
    lines = [line.partition(b"=") for line in ran.out.split(b"\0") if b"=" in line]
    told = {name.decode("utf-8", "replace"): text.decode("utf-8", "replace")
            for name, _, text in lines}  # fmt: skip
    return told if "PATH" in told and not ran.late else dict(environ)


class PersonEnv:
    """That environment, found out once, when the first foreign agent starts."""

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        self._host = host
        self._environ = dict(environ)
        self._found: dict[str, str] | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> dict[str, str]:
        """As `person_env`."""
        async with self._lock:
            if self._found is None:
                self._found = await person_env(self._host, self._environ)
        return self._found

    def known(self) -> dict[str, str]:
        """What is known without asking, without providers' keys."""
        found = self._found if self._found is not None else self._environ
        kept = {name: text for name, text in found.items() if name not in PROVIDER}
        return {n: text for n, text in kept.items() if not n.startswith(NESTED + NESTED_TOO)}
