"""A person's own plan login: who may pass, on what conditions; the bearer is never kept."""

from collections import deque

from commandcenter.config.accounts import Account
from commandcenter.gate.base import GateRefused, Headers
from commandcenter.gate.headers import header
from commandcenter.gate.threads import PREFIX

FAILURES = 3
FAILURES_S = 60.0
_PRACTICE = b"sparring-"
_BEARER = b"bearer "


def check_login(account: Account, agent: str, headers: Headers, allowed: frozenset[str]) -> None:
    """May this request pass on a login? `agent` = whose session asks, empty = our own loop.

    Raises GateRefused before anything is sent.
    """
    whose = account.agent
    if agent != whose:
        raise _missing(f"account {account.id} is the login of {whose}; only {whose} may use it")
    if whose not in allowed:
        raise _missing(f"the login of {whose} is not allowed to pass; allow-login {whose} lets it")
    bearer = _bearer(headers)
    if not bearer or bearer.startswith(PREFIX.encode()):
        raise _missing(f"{whose} sent no login of its own; log in with {whose} itself")
    if whose == "codex" and not header(headers, b"chatgpt-account-id"):
        raise _missing("codex sent no chatgpt-account-id; log in to a ChatGPT plan with codex")
    if account.practice and not bearer.startswith(_PRACTICE):
        raise _missing(f"account {account.id} is practice; a real login is not sent there")


def worn_out(failures: "deque[float]", now: float) -> bool:
    """One more 401, 402 or 403; True = more than three within a minute (monotonic seconds)."""
    failures.append(now)
    while now - failures[0] > FAILURES_S:
        failures.popleft()
    return len(failures) > FAILURES


def _bearer(headers: Headers) -> bytes:
    value = header(headers, b"authorization")
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else b""


def _missing(what: str) -> GateRefused:
    return GateRefused("cc_login_missing", what)
