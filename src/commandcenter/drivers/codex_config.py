"""What Codex is told at the start of a thread and of a turn (agents.md 7)."""

from typing import Any, Final

from commandcenter import __version__
from commandcenter.drivers.base import Image, Launch, SessionStart
from commandcenter.drivers.foreign import launch_of

ASKS_ALL: Final = {"approvalPolicy": "untrusted", "sandbox": "workspace-write"}
"""Asks before every command and every patch (measured: `ls` too), and runs it in its sandbox."""
ASKS_SOME: Final = {"approvalPolicy": "on-request", "sandboxPolicy": {"type": "workspaceWrite"}}
"""In place of a blanket bypass that the person's configuration may hold."""
WRITES: Final = {"sandboxPolicy": {"type": "workspaceWrite"}}
"""In place of the read-only sandbox that Codex takes for a folder nobody has judged yet."""
CLEAN: Final = (
    "-c",
    "analytics.enabled=false",
    "-c",
    'otel.exporter="none"',
    "-c",
    "features.apps=false",
)
"""Nothing but model calls leaves the machine: apps are fetched from chatgpt.com otherwise."""
IDLE_MS: Final = 300_000


def argv_of(launch: Launch) -> tuple[str, ...]:
    """The command line; no secret stands in it."""
    return (*launch.argv, *CLEAN) if launch.profile == "clean" else launch.argv


def hello() -> dict[str, Any]:
    """Of `initialize`."""
    client = {"name": "commandcenter", "title": "commandcenter", "version": __version__}
    return {"clientInfo": client, "capabilities": {"experimentalApi": True}}


def thread_params(start: SessionStart) -> dict[str, Any]:
    """Of `thread/start` and `thread/resume`: folder, model, provider, what it asks for."""
    launch = launch_of(start)
    # a goal would begin turns that nobody ordered
    config: dict[str, Any] = {"features.goals": False}
    params: dict[str, Any] = {"cwd": start.workspace, "config": config}
    if start.model:
        params["model"] = start.model
    if launch.asks == "all":
        params.update(ASKS_ALL)
    if launch.gate_url:
        provider = f"cc_{start.thread}"
        params["modelProvider"] = provider
        config[f"model_providers.{provider}"] = _provider(launch)
    return params


def _provider(launch: Launch) -> dict[str, Any]:
    """The gate in the provider's place; retries are the gate's alone."""
    provider: dict[str, Any] = {
        "wire_api": "responses",
        "request_max_retries": 0,
        "stream_max_retries": 0,
        "stream_idle_timeout_ms": IDLE_MS,
    }
    if launch.auth == "login":
        return provider | {
            "name": "OpenAI",
            "base_url": launch.gate_url,
            "requires_openai_auth": True,
            "supports_websockets": False,
            "http_headers": {"x-cc-secret": launch.gate_secret},
        }
    return provider | {
        "name": "cc",
        "base_url": f"{launch.gate_url}/v1",
        "http_headers": {"Authorization": f"Bearer {launch.gate_secret}"},
    }


def bypassed(opened: dict[str, Any]) -> bool:
    """The thread would ask nothing and run everything unsandboxed."""
    return opened.get("approvalPolicy") == "never" and _sandbox(opened) == "dangerFullAccess"


def unjudged(opened: dict[str, Any]) -> bool:
    """It may not write, perhaps only because nobody said that it may."""
    return _sandbox(opened) == "readOnly"


def says_nothing(config: dict[str, Any]) -> bool:
    """The person's configuration names neither a sandbox nor a profile of permissions."""
    told = config.get("config")
    if not isinstance(told, dict):
        return False
    return told.get("sandbox_mode") is None and told.get("default_permissions") is None


def _sandbox(opened: dict[str, Any]) -> str:
    sandbox = opened.get("sandbox")
    return str(sandbox.get("type") if isinstance(sandbox, dict) else sandbox)


def content(text: str, images: tuple[Image, ...]) -> list[dict[str, Any]]:
    """The input of a turn."""
    shown = [{"type": "localImage", "path": image.path} for image in images]
    return [{"type": "text", "text": text}, *shown]
