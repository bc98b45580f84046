"""Free calls: model lists are answered by the gate, the rest passes unmetered."""

import asyncio

import msgspec

from commandcenter.config.accounts import Account
from commandcenter.core.base import Record
from commandcenter.gate.base import GateRefused, Headers, Route
from commandcenter.gate.door import Incoming
from commandcenter.gate.headers import headers_down, headers_up, target
from commandcenter.gate.relay import Relay
from commandcenter.gate.retry import judge
from commandcenter.gate.upstream import Outbound
from commandcenter.wires.base import CarriedWire

LIMIT = 8 << 20
WAIT_S = 30.0


class Plain(Record, frozen=True):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class Gathered:
    """One exchange read whole."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Plain] = asyncio.get_running_loop().create_future()
        self._status = 0
        self._headers: Headers = ()
        self._body = bytearray()

    def head(self, status: int, headers: Headers) -> None:
        """The head came."""
        self._status, self._headers = status, headers

    def data(self, data: bytes) -> None:
        """Bytes came; beyond the limit they are dropped and the answer is none."""
        if len(self._body) <= LIMIT:
            self._body += data

    def done(self, error: str) -> None:
        """The end."""
        if self.answer.done():
            return
        if error or len(self._body) > LIMIT:
            self.answer.set_exception(ConnectionError(error or "the answer is too large"))
        else:
            self.answer.set_result(Plain(self._status, self._headers, bytes(self._body)))


def model_list(account: Account, route: Route, path: str) -> Plain | None:
    """The models this thread may ask for, in the form of its protocol; None = it is passed on.

    On a login the vendor's own list is.
    """
    if account.login:
        return None
    names = list(dict.fromkeys(name for name in [route.model, *route.models] if name))
    if path in ("/v1/models", "/models") and account.kind in ("chat", "responses"):
        listed = [{"id": n, "object": "model", "created": 0, "owned_by": account.id} for n in names]
        return _plain({"object": "list", "data": listed})
    if path == "/v1/models" and account.kind == "anthropic":
        made = "2025-01-01T00:00:00Z"
        rows = [{"type": "model", "id": n, "display_name": n, "created_at": made} for n in names]
        first, last = (names[0], names[-1]) if names else (None, None)
        ends = {"has_more": False, "first_id": first, "last_id": last}
        return _plain({"data": rows, **ends})
    if path == "/api/tags":
        return _plain({"models": [{"name": n, "model": n} for n in names]})
    return None


async def fetch(relay: Relay, asked: Incoming, body: bytes, routed: "Free") -> Plain:
    """Pass a free call on, its model rewritten. Raises GateRefused."""
    account, key = routed.account, routed.key
    headers = headers_up(asked.headers, account, key)
    if body and routed.model_sent:
        body = routed.wire.rewrite_model(body, routed.model_sent)
    outbound = Outbound(asked.method, target(account, asked.path, asked.query), headers, body)
    gathered = Gathered()
    line = None
    try:
        async with asyncio.timeout(WAIT_S):
            line = await relay.upstream(account.id).line()
            line.send(outbound, gathered)
            answer = await gathered.answer
    except OSError as error:
        why = f"account {account.id} cannot be reached: {error}"
        raise GateRefused("cc_upstream_spent", f"{why}; try again later") from error
    finally:
        if line is not None and not gathered.answer.done():
            line.abort()
    told = judge(answer.status)
    if told != "deliver" and not (told == "auth" and account.login):
        why = f"account {account.id} answered HTTP {answer.status}"
        raise GateRefused("cc_upstream_refused", f"{why}; try again later")
    return Plain(answer.status, headers_down(answer.headers), answer.body)


class Free(Record, frozen=True):
    """Where a free call goes; `model_sent` empty = the body's model stays."""

    account: Account
    wire: CarriedWire
    key: str | None
    model_sent: str = ""


def _plain(value: object) -> Plain:
    return Plain(200, ((b"content-type", b"application/json"),), msgspec.json.encode(value))
