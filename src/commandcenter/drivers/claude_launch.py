"""How Claude Code is started: command line, environment, the settings file (agents.md 7)."""

import glob
import json
import os
import uuid
from pathlib import Path
from typing import Any, Final

from commandcenter.core.base import AgentFailed
from commandcenter.drivers.base import Launch, Origin, SessionStart
from commandcenter.drivers.beginning import folder, newest, origin_env

FLAGS: Final = (
    "-p",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--verbose",
    "--include-partial-messages",
    "--permission-prompt-tool",
    "stdio",
)
ALWAYS: Final = {
    "CLAUDE_CODE_MAX_RETRIES": "0",
    "DISABLE_AUTOUPDATER": "1",
    # a turn that has ended has ended: nothing of it wakes the agent for a turn nobody ordered
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_CODE_DISABLE_CRON": "1",
}
PATIENT: Final = {
    # without them it gives up after 300 s of silence, with them after 30 min, its own upper limit;
    # a provider that is really gone is the gate's to notice
    "API_TIMEOUT_MS": "86400000",
    "CLAUDE_STREAM_FIRST_BYTE_TIMEOUT_MS": "1800000",
    "CLAUDE_STREAM_IDLE_TIMEOUT_MS": "1800000",
    "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": "1800000",
}
"""Of a routed session: a call may wait at the gate, or its process be frozen."""
CLEAN: Final = {
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}
ELSEWHERE: Final = {
    "ANTHROPIC_API_KEY": "",
    "CLAUDE_CODE_USE_BEDROCK": "",
    "CLAUDE_CODE_USE_VERTEX": "",
}
"""What in the person's settings would lead its calls past the gate, taken out for this session."""
WAKES: Final = ("ScheduleWakeup", "Monitor", "CronCreate")
"""Tools that would begin a turn by themselves."""
_HEADERS: Final = "ANTHROPIC_CUSTOM_HEADERS"


def session_id(fresh: str) -> str:
    """32 hex digits as the UUID that the agent wants."""
    return str(uuid.UUID(hex=fresh, version=4))


def gate_env(launch: Launch) -> dict[str, str]:
    """Variables that lead its model calls through the gate; none when it is not routed."""
    if not launch.gate_url:
        return {}
    env = PATIENT | {"ANTHROPIC_BASE_URL": launch.gate_url}
    if launch.auth == "key":
        return env | {"ANTHROPIC_AUTH_TOKEN": launch.gate_secret}
    lines = (f"x-cc-secret: {launch.gate_secret}", launch.env.get(_HEADERS, ""))
    return env | {_HEADERS: "\n".join(line for line in lines if line)}


def added_env(launch: Launch) -> dict[str, str]:
    """What the driver adds to the prepared environment."""
    env = ALWAYS | gate_env(launch)
    if launch.profile == "clean":
        home = launch.env.get("HOME", launch.home)
        env |= CLEAN | {"CLAUDE_CONFIG_DIR": f"{home}/.claude"}
    return env


def settings_path(start: SessionStart, launch: Launch) -> Path:
    """The file of this session's settings."""
    return Path(launch.home) / f"claude-{start.epoch}.json"


def write_settings(path: Path, launch: Launch) -> None:
    """Settings that outrank the person's own: the command line's come last. Blocks; 0600, since
    the session's secret stands in it. Raises AgentFailed(missing)."""
    settings: dict[str, Any] = {"permissions": {"deny": list(WAKES)}}
    if env := gate_env(launch):
        settings["env"] = ELSEWHERE | env
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            json.dump(settings, file)
    except OSError as error:
        raise AgentFailed("missing", f"{path}: {error}") from error


def which(session: str, *, resume: bool) -> tuple[str, ...]:
    """A new session of that id, or the one that has it."""
    return "--resume" if resume else "--session-id", session


def fork(session: str, origin: Origin, file: Path) -> tuple[str, ...]:
    """A copy under that id of the session kept in `file`, cut after the origin's mark."""
    cut = ("--resume-session-at", origin.mark) if origin.at else ()
    return ("--resume", str(file), "--fork-session", "--session-id", session, *cut)


def session_file(origin: Origin, launch: Launch) -> Path | None:
    """Where the agent keeps a session, whichever folder it worked in. Blocks."""
    env = origin_env(origin, launch.env)
    home = folder(env, "CLAUDE_CONFIG_DIR", ".claude")
    return newest(home / "projects", f"*/{glob.escape(origin.ref.session)}.jsonl")


def argv(start: SessionStart, launch: Launch, which: tuple[str, ...]) -> tuple[str, ...]:
    """The command line; no secret stands on it. `which` session: `which`, `fork`."""
    model = ("--model", start.model) if start.model else ()
    settings = ("--settings", str(settings_path(start, launch)))
    return (*launch.argv, *FLAGS, *which, *model, *settings)
