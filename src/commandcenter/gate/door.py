"""What the HTTP server lets in: host, origin, path and secret, judged from a request's head."""

import re
from urllib.parse import parse_qsl

import h11

from commandcenter.core.base import CommandCenterError, Record
from commandcenter.gate.base import Headers
from commandcenter.gate.threads import PREFIX

NOT_ACCEPTED = (
    b'{"error":{"message":"commandcenter: not accepted; only sessions of commandcenter may call",'
    b'"type":"invalid_request_error","code":"cc_secret"}}'
)
"""One body for no, wrong or old secret and another thread's path: it tells nothing apart."""
_PATH = re.compile(
    r"(?:/k/(?P<secret>cct_[A-Za-z0-9_-]{43}))?/t/(?P<thread>[1-9][0-9]{0,8})"
    r"(?P<path>(?:/[A-Za-z0-9._:~@-]+)*/?)"
)
_SECRETS = (b"x-cc-secret", b"authorization", b"x-api-key", b"x-goog-api-key")
_MOST_HEADERS = 200


class TurnedAway(CommandCenterError):
    """The request is answered with `status` and `body`, and the connection closed."""

    def __init__(self, status: int, body: bytes = b"", failed: bool = False) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body
        self.failed = failed
        """It counts as a failed try to get in."""


class Incoming(Record, frozen=True):
    """A request whose head is in order; thread 0 = it asked for `/` without a session."""

    method: str
    thread: int
    path: str
    query: str
    headers: Headers
    secret: str
    own: bool = False
    """The secret stood where nobody's login stands: in our header or in the path."""

    def __repr__(self) -> str:
        """Without headers, query and secret."""
        return f"Incoming({self.method} {self.path!r})"


def incoming(request: h11.Request, host: bytes) -> Incoming:
    """The head of a request, judged. Raises TurnedAway; to HEAD, without a body.

    Claude Code asks by HEAD whether somebody is here, without its secret: that is no try to get in.
    """
    try:
        return _incoming(request, host)
    except TurnedAway as away:
        if request.method != b"HEAD":
            raise
        given = any(bytes(name) in _SECRETS for name, _ in request.headers)
        raise TurnedAway(away.status, failed=away.failed and given) from away


def _incoming(request: h11.Request, host: bytes) -> Incoming:
    headers = tuple((bytes(name), bytes(value)) for name, value in request.headers)
    target = request.target.decode("latin-1")
    method = request.method.decode("latin-1")
    if method == "CONNECT" or not target.startswith("/"):
        raise TurnedAway(405)
    _check_origin(method, headers, host)
    if method not in ("GET", "POST", "HEAD"):
        raise TurnedAway(405)
    _check_form(request, headers)
    path, _, query = target.partition("?")
    if method == "HEAD" and path == "/":
        return Incoming(method, 0, path, "", (), "")
    found = _PATH.fullmatch(path)
    if found is None or any(part in (".", "..") for part in path.split("/")):
        raise TurnedAway(400, NOT_ACCEPTED)
    secret = _secret(headers, query, found["secret"])
    own = found["secret"] is not None or any(name == b"x-cc-secret" for name, _ in headers)
    thread, path = int(found["thread"]), found["path"] or "/"
    return Incoming(method, thread, path, query, headers, secret, own)


def _check_origin(method: str, headers: Headers, host: bytes) -> None:
    hosts = [value for name, value in headers if name == b"host"]
    if hosts != [host] or method == "OPTIONS":
        raise TurnedAway(403)
    if any(name == b"origin" or name.startswith(b"sec-fetch-") for name, _ in headers):
        raise TurnedAway(403)


def _check_form(request: h11.Request, headers: Headers) -> None:
    names = [name for name, _ in headers]
    if len(names) > _MOST_HEADERS:
        raise TurnedAway(431)
    lengths = names.count(b"content-length") + names.count(b"transfer-encoding")
    doubled = any(names.count(name) > 1 for name in _SECRETS)
    if request.http_version != b"1.1" or lengths > 1 or b"upgrade" in names or doubled:
        raise TurnedAway(400, NOT_ACCEPTED)


def _secret(headers: Headers, query: str, in_path: str | None) -> str:
    """The first secret in the order of gate.md 1; two different ones are none."""
    found = [] if in_path is None else [in_path]
    given = dict(headers)
    for name in _SECRETS:
        value = given.get(name, b"").decode("latin-1")
        if name == b"authorization":
            scheme, _, value = value.partition(" ")
            value = value.strip() if scheme.lower() == "bearer" else ""
        if value and (name == b"x-cc-secret" or value.startswith(PREFIX)):
            found.append(value)
    found += [value for key, value in parse_qsl(query) if key == "key" and value[:4] == PREFIX]
    if len(set(found)) != 1:
        raise TurnedAway(400, NOT_ACCEPTED, failed=True)
    return found[0]
