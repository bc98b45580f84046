"""What of a request and its answer passes the gate, and where a request goes (gate.md 1.3)."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from commandcenter.config.accounts import Account
from commandcenter.gate.base import Headers

_UP = {b"content-type", b"accept", b"user-agent", b"idempotency-key", b"x-app"}
_UP |= {b"x-goog-api-client"}
_UP_BEGINS = (b"anthropic-", b"openai-", b"x-stainless-")
_VENDOR_UP = {b"chatgpt-account-id", b"originator", b"session_id", b"version"}
_VENDOR_UP |= {b"x-client-request-id", b"x-openai-subagent", b"session-id", b"thread-id"}
_VENDOR_BEGINS = (b"x-claude-code-", b"x-codex-")
_VENDORS = {"api.anthropic.com", "api.openai.com", "chatgpt.com"}
_HOP = {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te"}
_HOP |= {b"trailer", b"transfer-encoding", b"upgrade", b"proxy-connection"}
_STREAMS = (b"text/event-stream", b"application/x-ndjson")


def header(headers: Headers, name: bytes) -> bytes:
    """The first value of a header, empty without one."""
    return next((value for key, value in headers if key == name), b"")


def headers_up(headers: Headers, account: Account, key: str | None) -> Headers:
    """What goes to the provider: the open lists, identity coding, the account's own credential.

    A login's is the one that the agent sent, untouched.
    """
    vendor = account.login or urlsplit(account.url).hostname in _VENDORS
    kept = [(name, value) for name, value in headers if _goes_up(name, vendor)]
    kept.append((b"accept-encoding", b"identity"))
    if account.login:
        kept.append((b"authorization", header(headers, b"authorization")))
    elif key and account.kind == "anthropic":
        kept.append((b"x-api-key", key.encode()))
    elif key:
        kept.append((b"authorization", b"Bearer " + key.encode()))
    return tuple(kept)


def _goes_up(name: bytes, vendor: bool) -> bool:
    if name in _UP or name.startswith(_UP_BEGINS):
        return True
    return vendor and (name in _VENDOR_UP or name.startswith(_VENDOR_BEGINS))


def headers_down(headers: Headers) -> Headers:
    """What the agent gets: all but hop-by-hop headers, cookies, and the length of a stream."""
    named = header(headers, b"connection").lower().split(b",")
    gone = _HOP | {b"set-cookie"} | {name.strip() for name in named}
    if streams(headers):
        gone |= {b"content-length"}
    return tuple((name, value) for name, value in headers if name not in gone)


def streams(headers: Headers) -> bool:
    """Is the answer a stream of events or lines?"""
    return header(headers, b"content-type").lower().startswith(_STREAMS)


def target(account: Account, path: str, query: str) -> str:
    """Path and query at the provider, below the path of the account's `base_url`.

    `base_url` is given as the vendor's documents do: with `/v1` for chat and responses, without
    for others; a ChatGPT plan has no `/v1` at all.
    """
    base = urlsplit(account.url).path.rstrip("/")
    if account.kind == "ollama":
        whole = base.removesuffix("/api") + path
    elif account.login and account.kind == "responses":
        whole = base + path.removeprefix("/v1")
    elif account.kind in ("chat", "responses"):
        whole = (base or "/v1") + path.removeprefix("/v1")
    else:
        whole = base.removesuffix("/v1") + "/v1" + path.removeprefix("/v1")
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "key"]
    return f"{whole}?{urlencode(pairs)}" if pairs else whole
