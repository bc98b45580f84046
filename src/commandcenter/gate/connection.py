"""One connection of an agent, over h11: read, judged, answered; streams are cut by an abort."""

import asyncio
from typing import TYPE_CHECKING

import h11

from commandcenter.gate.arrival import arrived
from commandcenter.gate.base import CallCut, Flow, GateRefused, Headers
from commandcenter.gate.call import BY_PATH, WIRES, Call
from commandcenter.gate.door import NOT_ACCEPTED, Incoming, TurnedAway, incoming
from commandcenter.gate.free import Free, Plain, fetch, model_list
from commandcenter.gate.headers import header
from commandcenter.gate.threads import GateThread
from commandcenter.wires.base import CarriedWire
from commandcenter.wires.body import read

if TYPE_CHECKING:
    from commandcenter.gate.server import GateServer

_JSON: Headers = ((b"content-type", b"application/json"),)
_PIPELINED = 64 << 10
_CLOSE = (b"connection", b"close")
LINGER_S = 1.0
"""So long the rest of a refused request is read and dropped, so that its refusal arrives."""


class Connection(asyncio.Protocol):
    """An agent's connection; also the outlet of the call it carries."""

    def __init__(self, server: "GateServer") -> None:
        self.thread: GateThread | None = None
        self._server = server
        self._gate = server.gate
        self._limits = server.settings
        self._http = h11.Connection(h11.SERVER, server.settings.head_bytes)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asked: Incoming | None = None
        self._body = bytearray()
        self._begun = 0
        """Bytes of a request whose head is not complete."""
        self._task: asyncio.Task[None] | None = None
        self._call: Call | None = None
        self._flow: Flow | None = None
        self._chunked = False
        self._waiting = 0
        self._turned_away = False

    # --- asyncio ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=self._gate.settings.buffer_bytes)
        peer = transport.get_extra_info("peername")
        if not peer or not self._server.admit(self, peer):
            transport.abort()
            return
        self._arm(self._limits.head_s)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; while one is answered the next may only begin."""
        if self._turned_away:
            return
        if self._busy:
            self._waiting += len(data)
            if self._waiting > _PIPELINED:
                self.abort("a flood behind a request")
                return
        elif self._asked is None:
            if not self._begun:
                self._arm(self._limits.head_s)
            self._begun += len(data)
        self._http.receive_data(data)
        if not self._busy:
            self._read()

    def eof_received(self) -> None:
        """The agent sends no more: for us it is gone."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The agent is gone: what waits is withdrawn, what flies is cut unless it is drained."""
        self._disarm()
        self._server.forget(self)
        self._transport = None
        call, task = self._call, self._task
        drained = call is not None and call.flight is not None and call.flight.drained
        if call is not None:
            self._gate.gone(call)
        if task is not None and not drained:
            task.cancel()

    def pause_writing(self) -> None:
        """The agent reads too slowly."""
        if self._flow is not None:
            self._flow.slow(True)

    def resume_writing(self) -> None:
        """It reads again."""
        if self._flow is not None:
            self._flow.slow(False)

    def drop(self) -> "asyncio.Task[None] | None":
        """The server stops; returns the task to wait for."""
        task = self._task
        if self._transport is not None:
            self._transport.abort()
        if task is not None:
            task.cancel()
        return task

    # --- the answer's outlet ----------------------------------------------------------------

    def begin(self, status: int, headers: Headers, flow: Flow) -> None:
        """The head of an answer."""
        if self._transport is None:
            return
        self._flow = flow
        self._chunked = not header(headers, b"content-length")
        if self._chunked:
            headers = (*headers, (b"transfer-encoding", b"chunked"))
        self._send(h11.Response(status_code=status, headers=list(headers)))

    def write(self, data: bytes) -> None:
        """Bytes of an answer; framed by hand, as h11 keeps no state between chunks."""
        if self._transport is None:
            return
        if self._chunked:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self._send(h11.Data(data=data))

    def end(self) -> None:
        """The answer is whole; the connection may carry another request."""
        self._flow = self._call = None
        if self._transport is None:
            return
        self._send(h11.EndOfMessage())
        if self._task is None or self._task.done():
            self._next()

    def abort(self, why: str) -> None:
        """No last chunk: nobody may take half an answer for a whole one."""
        self._flow = self._call = None
        if self._transport is not None:
            self._transport.abort()

    # --- reading ----------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return self._task is not None or self._call is not None

    def _read(self) -> None:
        try:
            while self._event():
                pass
        except h11.RemoteProtocolError as error:
            self._turn_away(TurnedAway(431 if error.error_status_hint == 431 else 400))
        except TurnedAway as away:
            self._turn_away(away)

    def _event(self) -> bool:
        """Take the next event; False = nothing more to do now."""
        event = self._http.next_event()
        if type(event) is h11.Request:
            self._head(event)
        elif type(event) is h11.Data:
            self._body += event.data
            if len(self._body) > self._limits.body_bytes:
                raise TurnedAway(413)
        elif type(event) is h11.EndOfMessage:
            self._disarm()
            self._task = asyncio.create_task(self._handle(), name="gate request")
            return False
        return event not in (h11.NEED_DATA, h11.PAUSED) and type(event) is not h11.ConnectionClosed

    def _head(self, request: h11.Request) -> None:
        size = len(request.target) + sum(len(n) + len(v) + 4 for n, v in request.headers)
        if size > self._limits.head_bytes:
            raise TurnedAway(431)
        asked = incoming(request, self._server.host)
        if asked.thread:
            self.thread = self._known(asked)
        length = header(asked.headers, b"content-length")
        if length and int(length) > self._limits.body_bytes:
            raise TurnedAway(413)
        self._asked = asked
        self._begun = 0
        self._arm(self._limits.body_s)
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))

    def _known(self, asked: Incoming) -> GateThread:
        thread = self._gate.by_secret(asked.secret)
        if thread is None or thread.id != asked.thread:
            raise TurnedAway(400, NOT_ACCEPTED, failed=True)
        if not (asked.own or self._gate.by_key(thread)):
            raise TurnedAway(400, NOT_ACCEPTED, failed=True)
        self.thread = thread
        if self._server.crowded(thread):
            raise TurnedAway(400, NOT_ACCEPTED)
        return thread

    # --- answering --------------------------------------------------------------------------

    async def _handle(self) -> None:
        """Answer one request; every way out leaves the connection closed or ready for the next."""
        asked, body = self._asked, bytes(self._body)
        assert asked is not None
        self._body.clear()
        answered = False
        try:
            await self._answer(asked, body)
            answered = True
        except GateRefused as refused:
            wire = BY_PATH.get(asked.path) or self._wire()
            if self.thread is not None:
                self._gate.refused(self.thread)
            self._whole(Plain(400, _JSON, wire.refusal(str(refused), refused.code)))
            answered = True
        except CallCut as cut:
            self.abort(cut.why)
        finally:
            self._task = None
            if not answered:
                self.abort("not answered")
        if self._call is None and self._transport is not None:
            self._next()

    async def _answer(self, asked: Incoming, body: bytes) -> None:
        thread = self.thread
        if asked.method == "HEAD":
            self._head_answer(asked)
            return
        assert thread is not None
        wire = BY_PATH.get(asked.path)
        if wire is not None and asked.method == "POST":
            await self._model_call(thread, wire, asked, body)
        elif (asked.method, asked.path) in self._wire().FREE_PATHS:
            self._whole(await self._free_call(thread, asked, body))
        else:
            client = header(asked.headers, b"user-agent").decode("latin-1")
            self._server.probed(thread, asked.path, client)
            raise GateRefused("cc_unknown_path", f"{asked.path} is not offered; use a model call")

    async def _model_call(
        self, thread: GateThread, wire: CarriedWire, asked: Incoming, body: bytes
    ) -> None:
        described = arrived(wire, asked, body, self._limits.body_bytes)
        self._call = self._gate.new_call(thread, thread.epoch, described)
        try:
            await self._gate.carry(self._call, self)
        except GateRefused:
            self._call = None
            raise

    async def _free_call(self, thread: GateThread, asked: Incoming, body: bytes) -> Plain:
        assert thread.route is not None
        route = thread.route
        account = self._gate.account(route.account)
        self._gate.check_login(account, thread, asked.headers)
        listed = model_list(account, route, asked.path)
        if listed is not None:
            return listed
        key = self._gate.key(account)
        sent = ""
        if body:
            try:
                fields = read(body)
            except ValueError as error:
                raise GateRefused("cc_body", f"{error}; send another") from error
            if "model" in fields:
                sent = route.models.get(str(fields["model"]), route.model)
        free = Free(account, WIRES[account.kind], key, sent)
        return await fetch(self._gate.relay, asked, body, free)

    def _wire(self) -> CarriedWire:
        """The protocol of the thread's account, for refusals outside a model call."""
        route = self.thread.route if self.thread is not None else None
        account = self._gate.configured(route.account) if route is not None else None
        return WIRES[account.kind if account is not None else "chat"]

    def _head_answer(self, asked: Incoming) -> None:
        """HEAD asks whether somebody is here."""
        known = asked.path == "/" or asked.path in BY_PATH
        known = known or any(asked.path == path for _, path in self._wire().FREE_PATHS)
        status = 200 if known else 400
        self._send(h11.Response(status_code=status, headers=[(b"content-length", b"0")]))
        self._send(h11.EndOfMessage())

    def _whole(self, plain: Plain) -> None:
        headers = [(n, v) for n, v in plain.headers if n != b"content-length"]
        headers.append((b"content-length", str(len(plain.body)).encode()))
        self._send(h11.Response(status_code=plain.status, headers=headers))
        self._send(h11.Data(data=plain.body))
        self._send(h11.EndOfMessage())

    def _turn_away(self, away: TurnedAway) -> None:
        """Answer and close, later if somebody tries secrets."""
        delay = self._server.failed() if away.failed else 0.0
        self._disarm()
        self._turned_away = True
        if delay:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._say_and_close, away)
        else:
            self._say_and_close(away)

    def _say_and_close(self, away: TurnedAway) -> None:
        if self._transport is None:
            return
        kind = _JSON if away.body else ()
        length = (b"content-length", str(len(away.body)).encode())
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(h11.Response(status_code=away.status, headers=[*kind, length, _CLOSE]))
            self._send(h11.Data(data=away.body))
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def _send(self, event: h11.Event) -> None:
        if self._transport is not None:
            data = self._http.send(event)
            if data:
                self._transport.write(data)

    def _next(self) -> None:
        """Ready for another request, or closed if one side said so."""
        if self._transport is None:
            return
        both = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not both:
            self._transport.close()
            return
        self._http.start_next_cycle()
        self._asked = None
        self._begun = self._waiting
        self._arm(self._limits.head_s if self._waiting else self._limits.idle_s)
        self._waiting = 0
        self._read()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        """Too slow: said to who began a request, not to who is merely idle."""
        self._timer = None
        if self._asked is None and not self._begun:
            if self._transport is not None:
                self._transport.close()
        else:
            self._turn_away(TurnedAway(408))

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
