"""What the first run finds: keys by name, a local model server, agents on PATH. Loopback only."""

import os
import shutil
import socket
from collections.abc import Mapping

from commandcenter.config.accounts import Account
from commandcenter.core.base import Record

CONNECT_S = 0.3
OLLAMA = ("127.0.0.1", 11434)
AGENTS = ("claude", "codex", "opencode", "gemini")
KEYS = (
    ("OPENAI_API_KEY", Account("openai", "chat", "https://api.openai.com/v1")),
    ("ANTHROPIC_API_KEY", Account("anthropic", "anthropic", "https://api.anthropic.com")),
)


class AgentOnPath(Record, frozen=True):
    """A program of an agent and where it lies."""

    name: str
    path: str


class Discovery(Record, frozen=True):
    """What was found: `keys` are names of variables, never values; `offers` could be added."""

    keys: tuple[str, ...] = ()
    ollama: str = ""
    agents: tuple[AgentOnPath, ...] = ()
    offers: tuple[Account, ...] = ()


def discover(
    environ: Mapping[str, str] = os.environ, ollama: tuple[str, int] = OLLAMA
) -> Discovery:
    """Look around, at most 0.6 s; `ollama` = address of the local server to try."""
    keys = tuple((name, account) for name, account in KEYS if environ.get(name))
    offers = [_with_key(account, name) for name, account in keys]
    url = f"http://{ollama[0]}:{ollama[1]}" if _ollama_answers(ollama) else ""
    if url:
        offers.append(Account("ollama", "ollama", url))
    return Discovery(tuple(name for name, _ in keys), url, _agents(environ), tuple(offers))


def _with_key(account: Account, name: str) -> Account:
    return Account(account.id, account.kind, account.base_url, key_ref=f"env:{name}")


def _agents(environ: Mapping[str, str]) -> tuple[AgentOnPath, ...]:
    found = ((name, shutil.which(name, path=environ.get("PATH", ""))) for name in AGENTS)
    return tuple(AgentOnPath(name, path) for name, path in found if path)


def _ollama_answers(address: tuple[str, int]) -> bool:
    """Does it answer HTTP 200 to GET /api/version? One request, nothing kept open."""
    request = b"GET /api/version HTTP/1.0\r\nHost: localhost\r\n\r\n"
    try:
        with socket.create_connection(address, timeout=CONNECT_S) as connection:
            connection.sendall(request)
            return b" 200 " in connection.recv(64)
    except OSError:
        return False
