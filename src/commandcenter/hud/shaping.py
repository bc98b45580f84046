"""What the screen asks the engine about shaping a battle, and how the answers are shaped (M4).

Each is `link.query(NAME, thread=N)`; the engine answers builtins that fit the Record of that name
(`msgspec.to_builtins` of an equal Record will do; missing fields take their defaults, unknown ones
are not looked at). Money is a decimal text or null (not known), times are wall ns, an unknown
thread answers {}.

proposal  {thread} -> Proposal    the split's proposal that waits, or that is being drawn up
shares    {thread} -> Means       what a split of the thread has to divide, and what a child takes
seats     {thread} -> Seats       who else could do the thread's work
handoff   {thread} -> Handoff     the text of a reassign under way
rungs     {thread} -> Rungs       one step up and down the thread's ladder
editing   {thread} -> {until}     the person types in the hand-over text: do not send it before
                                  `until` (wall ns, at least 15 s from now); asked every 5 s as
                                  long as typed text stands there. Without it the screen says that
                                  the clock runs on, and keeps what was typed.

A plan is being drawn up as long as an order `propose` of that thread stands in `World.given`; the
screen then asks once a second, and at once when `Head.proposed` is another entry.
`handoff` is asked when HandoffDrafted comes. `shares`, `seats` and `rungs` are asked when a menu
or a badge wants them and are kept for 10 s.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.shaping import Carved, HandoffForm, Seat, SplitPlan
from commandcenter.rules.plans import How, read_plan


class Proposal(Record, frozen=True):
    """How a thread's work could be divided (`engine.pricing.proposal`)."""

    seq: int = 0
    """The entry with the plan that waits; 0 = none does."""
    text: str = ""
    """The plan as TOML; where none waits, one to begin with."""
    error: str = ""
    """Why the last one came to nothing, one sentence."""
    how: str = ""
    drawing: bool = False
    """Somebody is asked now, where the engine says so; else World's open orders say it."""
    since: int = 0
    """Since when, wall ns."""

    def plan(self) -> SplitPlan | None:
        """The one that waits; None = none does, or it cannot be read."""
        if not self.seq:
            return None
        try:
            return read_plan(self.text, how=_how(self.how))
        except ValueError:
            return None


def _how(text: str) -> How:
    known: dict[str, How] = {"model": "model", "items": "items", "typed": "typed"}
    return known.get(text, "")


class Means(Record, frozen=True):
    """What a split divides (economy.md 3); `rules.splitting.shares` carves it in the screen."""

    free: Carved = Carved()
    """Limit less spent less reserved; None of a kind = that is not limited."""
    step: Carved = Carved()
    """The parent's median step; None = not known."""
    context: int = 0
    """Tokens each child begins with: the copied context, or the digest."""
    form: HandoffForm = "digest"
    usd: Decimal | None = None
    """What a child's first request costs; None = no price is known."""
    practice: bool = False
    plan: bool = False
    """Its calls are on a plan: `usd` is list value, in no sum of money."""
    why: str = ""
    """Why it cannot be split at all; empty = it can."""
    mend: str = ""


class Offer(Record, frozen=True):
    """One agent with an account and a model that could go on with the work."""

    agent: str
    driver: str
    account: str
    model: str
    title: str = ""
    """The agent's name as the catalog has it."""
    form: HandoffForm = "digest"
    factor: float | None = None
    """Its price over that of now; None = not known, or not comparable."""
    window: int = 0
    """Tokens its context has room for; 0 = not known."""
    usd: Decimal | None = None
    """What reading the context (or the digest) anew costs."""
    practice: bool = False
    plan: bool = False
    lost: tuple[str, ...] = ()
    """What does not go along, in a word each: cache, grants, background processes, private
    memory."""
    why: str = ""
    """Why it cannot take it; empty = it can."""
    mend: str = ""
    now: bool = False
    """It is who does it now."""


class Seats(Record, frozen=True):
    """Best first: same agent, then native, then by price."""

    offers: tuple[Offer, ...] = ()
    context: int = 0
    """Tokens the thread's context has now."""


class Handoff(Record, frozen=True):
    """What a reassign hands over."""

    text: str = ""
    form: HandoffForm = "digest"
    by: Literal["", "model", "rules"] = ""
    """Who wrote it: the model before, or our rules from the journal alone."""
    tokens: int = 0
    new: Seat | None = None
    until: int = 0
    """Wall ns until which it may be edited; 0 = it is sent, or not yet drafted."""
    step: str = ""


class Rung(Record, frozen=True):
    """One step on the ladder."""

    model: str
    name: str = ""
    account: str = ""
    factor: float | None = None
    """Its price over that of now."""
    lost_cache: Decimal | None = None
    """What the lost cache costs: the context once at the plain price less the cached one."""
    basis: str = ""
    """Of that money: practice, plan (list value), or real."""
    fits: bool = True
    """The context has room in its window."""
    live: Literal["gate", "model", "restart", "reassign"] = "gate"
    """From the next call; the next turn; the session is opened again; another agent."""
    why: str = ""
    """Why the step cannot be taken."""
    mend: str = ""


class Rungs(Record, frozen=True):
    """None = there is no further one that way; `ladder` empty = no ladder has the model."""

    ladder: str = ""
    model: str = ""
    up: Rung | None = None
    down: Rung | None = None


T = TypeVar("T", bound=Record)


def read(found: object, shape: type[T]) -> T | None:
    """An answer in its Record; None when it is empty or does not fit."""
    if not isinstance(found, Mapping) or not found:
        return None
    try:
        return msgspec.convert(dict[str, Any](found), shape, strict=False)
    except msgspec.ValidationError:
        return None
