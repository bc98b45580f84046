"""The practice login: files that make a person's own client believe it has a plan."""

import base64
import datetime
from pathlib import Path
from typing import Any

import msgspec

from commandcenter.core.base import NS
from commandcenter.sparring.chance import digest

MARK = "sparring-login-"
ACCOUNT = "sparring-account"
VALID_S = 10 * 365 * 86_400


def make_login(folder: Path, wall: int) -> tuple[Path, Path]:
    """Write `codex/auth.json` and `claude.env` with mode 0600; `wall` in ns since the epoch.

    Raises OSError where the folder cannot be written.
    """
    codex, claude = folder / "codex" / "auth.json", folder / "claude.env"
    codex.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _private(codex, msgspec.json.format(msgspec.json.encode(_auth(wall)), indent=2) + b"\n")
    _private(claude, f"CLAUDE_CODE_OAUTH_TOKEN={MARK}claude-{digest('claude')[:32]}\n".encode())
    return codex, claude


def _private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(data)


def _auth(wall: int) -> dict[str, Any]:
    """What Codex keeps after a login with ChatGPT; nothing in it is good for anything."""
    now = wall // NS
    refreshed = datetime.datetime.fromtimestamp(now, datetime.UTC)
    tokens = {
        "id_token": _signed({"alg": "none", "typ": "JWT"}, _claims(now)),
        "access_token": _bearer(now),
        "refresh_token": f"sparring-refresh-{digest('refresh')[:32]}",
        "account_id": ACCOUNT,
    }
    return {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": tokens,
        "last_refresh": refreshed.isoformat().replace("+00:00", "Z"),
    }


def _claims(now: int) -> dict[str, Any]:
    own = {
        "chatgpt_account_id": ACCOUNT,
        "chatgpt_user_id": "sparring-user",
        "chatgpt_plan_type": "pro",
    }
    return {
        "iss": "https://sparring.invalid",
        "email": "practice@sparring.invalid",
        "iat": now,
        "exp": now + VALID_S,
        "https://api.openai.com/auth": own,
    }


def _bearer(now: int) -> str:
    """Begins with the mark, and still has the payload of a token where Codex looks for it."""
    return f"{MARK}codex.{_part(_claims(now))}.{_part('none')}"


def _signed(head: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join((_part(head), _part(claims), _part("practice")))


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")
