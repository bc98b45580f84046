"""Settlement: what a call took, by the meter's word, booked once into ledger and journal."""

from msgspec.structs import replace

from commandcenter.core.conversation import Usage
from commandcenter.core.events import CallSettled, Cost, UsageImplausible
from commandcenter.gate.admission import Admission
from commandcenter.gate.base import GatePorts, GateSettings
from commandcenter.gate.book import Book
from commandcenter.gate.call import Call, Routed
from commandcenter.gate.flight import End, Flight
from commandcenter.rules.budget import amount, likely_in, tokens_of

HOUR_WRITE = 0.75
"""A prompt cache written for an hour costs so much more, in input prices, than one for 5 min."""


class Settlement:
    """Meters, prices and books an answer that is over."""

    def __init__(
        self, ports: GatePorts, settings: GateSettings, admission: Admission, book: Book
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._admission = admission
        self._book = book

    def settle(self, call: Call, flight: Flight, end: End) -> None:
        """Once per call, at the end of its answer."""
        routed = call.routed
        assert routed is not None
        usage = flight.tap.usage(self._likely(call))
        cost = self._cost(routed, flight, usage)
        if flight.tap.implausible:
            self._book.post(call.fact(UsageImplausible(call.id, "the wire's counts cannot be")))
        now = self._ports.clock.monotonic()
        settled = CallSettled(
            call=call.id,
            end=end,
            status=flight.status,
            usage=usage,
            cost=cost,
            account=routed.account.id,
            model=routed.model,
            ms_wait=_ms(call.admitted - call.arrived),
            ms_head=_ms(max(0.0, flight.head_at - flight.sent_at)),
            ms_total=_ms(now - call.arrived),
            bytes=flight.bytes,
            side=call.side,
        )
        self._book.post(call.fact(settled))
        self._learn(call, usage)
        tokens = tokens_of(usage, self._settings.cached_weight)
        if routed.account.login:
            self._admission.plans.shares.spent(routed.account.id, routed.scopes, tokens)
        self._admission.limits.settle(call.thread, routed.scopes, amount(tokens, cost))

    def _likely(self, call: Call) -> int:
        """The input of an answer that broke off before the wire said it."""
        thread, est = call.thread, call.asked.spec.est_in
        return likely_in(est, thread.last_est, thread.last_input) if call.main else likely_in(est)

    def _cost(self, routed: Routed, flight: Flight, usage: Usage) -> Cost:
        account, model = routed.account.id, routed.model
        cost = self._ports.price(account, model, usage)
        hour = flight.tap.cached_write_1h
        if hour and cost.usd is not None:
            more = self._ports.price(account, model, Usage(input=hour)).usd
            return replace(cost, usd=cost.usd + (more or 0) * type(cost.usd)(str(HOUR_WRITE)))
        return cost

    def _learn(self, call: Call, usage: Usage) -> None:
        """The main loop's next estimate builds on this; what is beside it says nothing of it."""
        thread = call.thread
        if usage.counts == "exact" and call.main:
            thread.outputs.append(usage.output)
            thread.last_input, thread.last_est = usage.input, call.asked.spec.est_in


def _ms(seconds: float) -> int:
    return round(seconds * 1_000)
