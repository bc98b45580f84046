"""One model call from its bytes to the last line of the log."""

from collections.abc import Awaitable, Callable

import msgspec

from commandcenter.core.base import NS, Clock, Record
from commandcenter.sparring.chance import digest
from commandcenter.sparring.faults import Fate, Fates
from commandcenter.sparring.inquiry import BadInquiry, Inquiry, Kind
from commandcenter.sparring.listen import Incoming, Outgoing
from commandcenter.sparring.pace import Piece, pieces_of
from commandcenter.sparring.plan import PLAN_KINDS, STRAY_WAIT_S, Plan
from commandcenter.sparring.protocols import anthropic, chat, ollama, responses
from commandcenter.sparring.protocols.base import Reply, Speech, Stop, Whole
from commandcenter.sparring.record import Begun, CutBy, Ended, RequestLog, sha256, without_model
from commandcenter.sparring.scenario import Scenario
from commandcenter.sparring.scripts import Answer, answer_to
from commandcenter.sparring.tokens import Counts, PrefixCache, count

SILENCE_S = 90.0
CALL_PATHS: dict[str, Kind] = {
    "/v1/chat/completions": "chat",
    "/chat/completions": "chat",
    "/v1/messages": "anthropic",
    "/api/chat": "ollama",
    "/v1/responses": "responses",
    "/responses": "responses",
}
_READ: dict[Kind, Callable[[bytes], Inquiry]] = {
    "chat": chat.read,
    "anthropic": anthropic.read,
    "ollama": ollama.read,
    "responses": responses.read,
}
_SPEECH: dict[Kind, Callable[[Reply], Speech]] = {
    "chat": chat.ChatSpeech,
    "anthropic": anthropic.AnthropicSpeech,
    "ollama": ollama.OllamaSpeech,
    "responses": responses.ResponsesSpeech,
}
_ERRORS: dict[Kind, Callable[[str, str], bytes]] = {
    "chat": chat.error,
    "anthropic": anthropic.error,
    "ollama": ollama.error,
    "responses": responses.error,
}
_ERROR_NAMES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_ERROR_TEXTS = {429: "practice: too many requests", 529: "practice: overloaded"}
JSON = ("content-type", "application/json")


def error_body(path: str, status: int, message: str) -> bytes:
    """An error in the form of the protocol that the path belongs to."""
    kind: Kind = CALL_PATHS.get(path, "ollama" if path.startswith("/api/") else "chat")
    return _ERRORS[kind](_ERROR_NAMES.get(status, "api_error"), message)


class Call(Record, frozen=True):
    """A call that will be answered: everything about it but its bytes."""

    inquiry: Inquiry
    answer: Answer
    counts: Counts
    fate: Fate
    pieces: tuple[Piece, ...]
    stop: Stop


class Timing(Record, frozen=True):
    """The clock, how to sleep (s), and how many times faster than life all goes."""

    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    speed: float


class Spoken:
    """How much of an answer has been made up so far; what it costs follows from it."""

    def __init__(self) -> None:
        self.chars = 0
        self.thought = 0.0
        self.done = False
        self.status = 200

    def add(self, piece: Piece) -> None:
        """Count one piece."""
        if piece.kind == "thought":
            self.thought = piece.thought
        else:
            self.chars += len(piece.text)


class Calls:
    """Answers model calls and logs them; everything it remembers dies with it."""

    def __init__(
        self,
        scenario: Scenario,
        timing: Timing,
        log: RequestLog,
        plan: Plan | None = None,
    ) -> None:
        self._scenario = scenario
        self._clock = timing.clock
        self._sleep = timing.sleep
        self._speed = timing.speed
        self._log = log
        self._plan = plan
        self._cache = PrefixCache()
        self._fates = Fates(timing.speed)
        self._n = 0

    async def serve(self, incoming: Incoming, outgoing: Outgoing, denied: str) -> None:
        """Answer one call; `denied` says why it may not be answered, "" for none."""
        self._n += 1
        begun, spoken = self._arrived(incoming), Spoken()
        try:
            if denied:
                raise PermissionError(denied)
            call = self._understood(incoming, begun.mono)
        except (PermissionError, ValueError) as error:
            self._log.begin(begun)
            status = 401 if isinstance(error, PermissionError) else 400
            await self._refused(begun, outgoing, status, str(error))
            return
        self._log.begin(_with_call(begun, call))
        try:
            await self._spoken(call, incoming, outgoing, spoken)
        finally:
            self._end(begun.n, call, outgoing, spoken)

    async def count_tokens(self, incoming: Incoming, outgoing: Outgoing) -> None:
        """The free call of the anthropic protocol: the count a call would have, without noise."""
        try:
            inquiry = _read(incoming)
            answer = answer_to(self._scenario, inquiry)
        except ValueError as error:
            await outgoing.whole(400, error_body(incoming.path, 400, str(error)), (JSON,))
            return
        counts = count(inquiry, answer, PrefixCache(), self._clock.monotonic())
        await outgoing.whole(200, msgspec.json.encode({"input_tokens": counts.input}), (JSON,))

    def _understood(self, incoming: Incoming, now: float) -> Call:
        """ValueError for a body that is no call, or a directive that is wrong."""
        inquiry = _read(incoming)
        answer = answer_to(self._scenario, inquiry)
        fate = self._limited(inquiry.kind, self._fates.of(inquiry, answer, now))
        counts = count(inquiry, answer, self._cache if fate.status == 200 else PrefixCache(), now)
        pieces = pieces_of(answer, inquiry.fingerprint, self._speed)
        pieces, clipped = _clipped(pieces, counts, inquiry.max_tokens)
        stop: Stop = "max_tokens" if clipped else answer.stop
        return Call(inquiry, answer, counts, fate, tuple(pieces), stop)

    def _limited(self, kind: Kind, fate: Fate) -> Fate:
        """The fate, unless the plan's windows have another one for the call."""
        if self._plan is None or kind not in PLAN_KINDS or fate.status != 200:
            return fate
        why = self._plan.refusal()
        if not why:
            return fate
        wait = STRAY_WAIT_S if why == "stray" else self._plan.wait_s()
        told = None if why == "window" and kind == "responses" else wait
        return Fate(fate.attempt, 429, told, why=why)

    def _arrived(self, incoming: Incoming) -> Begun:
        body = incoming.body
        return Begun(
            n=self._n,
            mono=self._clock.monotonic(),
            wall=self._clock.wall(),
            path=incoming.path,
            kind=CALL_PATHS[incoming.path],
            body_sha256=sha256(body),
            body_sha256_sans_model=sha256(without_model(body)),
            headers=tuple(sorted({name for name, _ in incoming.headers})),
        )

    def _end(self, n: int, call: Call, outgoing: Outgoing, spoken: Spoken) -> None:
        cut: CutBy = ""
        if not spoken.done:
            cut = "client" if outgoing.why_ended == "client" else "stop"
            cut = "server" if outgoing.why_ended == "server" else cut
        paid = spoken.status == 200 and not call.fate.silent
        usage = call.counts.usage(spoken.chars, spoken.thought) if paid else None
        if usage is not None and self._plan is not None and call.inquiry.kind in PLAN_KINDS:
            self._plan.spend(usage)
        self._log.end(
            Ended(
                n=n,
                mono=self._clock.monotonic(),
                wall=self._clock.wall(),
                status=spoken.status,
                usage=usage,
                bytes=outgoing.sent,
                whole=spoken.done and spoken.status == 200,
                cut=cut,
                why=call.fate.why,
            )
        )

    async def _refused(self, begun: Begun, outgoing: Outgoing, status: int, message: str) -> None:
        await outgoing.whole(status, error_body(begun.path, status, message), (JSON,))
        now, wall = self._clock.monotonic(), self._clock.wall()
        self._log.end(Ended(begun.n, now, wall, status, None, outgoing.sent, False))

    async def _spoken(
        self, call: Call, incoming: Incoming, outgoing: Outgoing, spoken: Spoken
    ) -> None:
        fate = call.fate
        if fate.status != 200:
            spoken.status, spoken.done = fate.status, True
            wait = () if fate.retry_after is None else (("retry-after", str(fate.retry_after)),)
            body = self._error(call, incoming.path)
            await outgoing.whole(fate.status, body, (JSON, *wait))
        elif fate.silent:
            await self._sleep(SILENCE_S / self._speed)
            self._dropped(outgoing)
        elif call.inquiry.stream:
            await self._streamed(call, outgoing, spoken)
        else:
            await self._at_once(call, outgoing, spoken)

    def _error(self, call: Call, path: str) -> bytes:
        fate = call.fate
        if self._plan is not None and fate.why == "window" and call.inquiry.kind == "responses":
            return responses.limit_reached(*self._plan.next_reset())
        text = _ERROR_TEXTS.get(fate.status, "practice: internal error")
        return error_body(path, fate.status, text)

    async def _streamed(self, call: Call, outgoing: Outgoing, spoken: Spoken) -> None:
        speech, usage = self._speech(call), call.counts.usage(0, 0.0)
        due = self._clock.monotonic()
        started = False
        for piece in _until_cut(call):
            due = await self._waited(due, piece)
            spoken.add(piece)
            head = b""
            if not started:
                await outgoing.start(200, (("content-type", speech.stream_type),))
                head, started = speech.head(usage), True
            await outgoing.send(head + speech.piece(piece))
        if call.fate.cut_at is not None:
            self._dropped(outgoing)
            return
        if not started:
            await outgoing.start(200, (("content-type", speech.stream_type),))
            await outgoing.send(speech.head(usage))
        usage = call.counts.usage(spoken.chars, spoken.thought)
        await outgoing.send(speech.tail(usage, call.stop))
        await outgoing.end()
        spoken.done = True

    async def _at_once(self, call: Call, outgoing: Outgoing, spoken: Spoken) -> None:
        due, texts = self._clock.monotonic(), {"text": "", "thought": ""}
        for piece in _until_cut(call):
            due = await self._waited(due, piece)
            spoken.add(piece)
            if piece.kind in texts:
                texts[piece.kind] += piece.text
        if call.fate.cut_at is not None:
            self._dropped(outgoing)
            return
        tool_call = call.answer.call if call.stop == "tools" else None
        usage = call.counts.usage(spoken.chars, spoken.thought)
        whole = Whole(texts["text"], texts["thought"].strip(), tool_call, usage, call.stop)
        await outgoing.whole(200, self._speech(call).whole(whole), (JSON,))
        spoken.done = True

    async def _waited(self, due: float, piece: Piece) -> float:
        """Sleep until the piece is due; returns that moment (monotonic s)."""
        due += piece.wait_s / self._speed
        late = self._clock.monotonic() - due
        if late < 0:
            await self._sleep(-late)
        return due

    def _dropped(self, outgoing: Outgoing) -> None:
        outgoing.why_ended = "server"
        outgoing.drop()

    def _speech(self, call: Call) -> Speech:
        inquiry, created = call.inquiry, self._clock.wall() // NS
        reply_id = digest(inquiry.fingerprint, call.fate.attempt)[:24]
        return _SPEECH[inquiry.kind](Reply(reply_id, created, inquiry, call.answer.call))


def _with_call(begun: Begun, call: Call) -> Begun:
    """The arrival with what was understood of it."""
    return msgspec.structs.replace(
        begun,
        conversation=call.inquiry.conversation,
        fingerprint=call.inquiry.fingerprint,
        model=call.inquiry.model,
        stream=call.inquiry.stream,
        script=call.answer.script,
        position=call.answer.position,
        attempt=call.fate.attempt,
        onset=call.answer.onset,
        tools=len(call.inquiry.tools),
    )


def _read(incoming: Incoming) -> Inquiry:
    """BadInquiry also where a field has another shape than its protocol gives it."""
    try:
        return _READ[CALL_PATHS.get(incoming.path, "anthropic")](incoming.body)
    except (TypeError, AttributeError, msgspec.ValidationError) as error:
        raise BadInquiry(f"a field has the wrong shape: {error}") from None


def _until_cut(call: Call) -> tuple[Piece, ...]:
    """The pieces that are sent; at least one, so that a cut is seen as one."""
    if call.fate.cut_at is None:
        return call.pieces
    return call.pieces[: max(1, int(len(call.pieces) * call.fate.cut_at))]


def _clipped(
    pieces: list[Piece], counts: Counts, max_tokens: int | None
) -> tuple[list[Piece], bool]:
    """The pieces that fit below the output limit, and whether some did not."""
    spoken = Spoken()
    for n, piece in enumerate(pieces):
        spoken.add(piece)
        used = counts.usage(spoken.chars, spoken.thought).output
        if max_tokens is not None and used > max_tokens:
            return pieces[:n], True
    return pieces, False
