"""What an order costs, before its key is pressed: tokens, money or a share of the plan, seconds.

Nothing is invented: a price comes from the engine, or from what the thread itself has paid so far;
where neither knows one it is unknown, and says so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.world import Head, World
from commandcenter.hud import words
from commandcenter.hud.windows import Moves, filled

CHARS_PER_TOKEN = 4
OUTPUT = 500
"""Tokens of an answer where the thread has given none yet."""
DEAR_USD = Decimal("1.00")
DEAR_SHARE = 0.05
DEAR_DAY = Decimal("0.10")
"""Above these an order wants the second press: dollars, of a plan window, of the day's budget."""
DRAIN_USD = Decimal("0.10")
DRAIN_TOKENS = 2_000
"""An answer in flight that costs more than this is cut by the kill."""
_CACHED, _WEIGHT = 0.1, 5
"""List prices of cached input and of output, as multiples of plain input: nearly so everywhere."""
Money = Literal["real", "practice", "plan"]


class Priced(Record, frozen=True):
    """One thread's first request as the engine prices it; None = it knows no price."""

    input: int
    output: int
    usd: Decimal | None = None
    listed: Decimal | None = None
    cached: int = 0


class Estimate(Record, frozen=True):
    """The first request of an order to these threads. Sums of what is known; never of two kinds."""

    count: int
    tokens: int
    """What is sent, the cached part included."""
    usd: Decimal | None = None
    listed: Decimal | None = None
    """List value of calls on a plan, or practice money."""
    practice: bool = False
    unknown: int = 0
    """Threads without a known price that are neither practice nor on a plan."""
    plan: str = ""
    share: float | None = None
    seconds: float = 0.0
    """Until the first of them has answered; 0 = not known."""


class Left(Record, frozen=True):
    """What an answer in flight still takes."""

    tokens: int
    usd: Decimal | None = None
    practice: bool = False

    @property
    def cut(self) -> bool:
        """Does the kill cut it, or is it drained?"""
        if self.usd is None:
            return self.tokens > DRAIN_TOKENS
        return self.usd > DRAIN_USD


def priced(answer: object) -> dict[int, Priced]:
    """The engine's answer to the query `estimates`, by thread."""
    listed = answer.get("threads", []) if isinstance(answer, dict) else []
    return {int(one["thread"]): _priced(one) for one in listed}


def _priced(one: Mapping[str, Any]) -> Priced:
    usd, value = _money(one.get("usd")), _money(one.get("list"))
    return Priced(int(one["input"]), int(one["output"]), usd, value, int(one.get("cached", 0)))


def _money(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))


def left(answer: object) -> Left | None:
    """The engine's answer to the query `estimate`; None = nothing is in flight."""
    if not isinstance(answer, dict) or "tokens" not in answer:
        return None
    practice = answer.get("basis") == "practice"
    return Left(int(answer["tokens"]), _money(answer.get("usd")), practice)


def estimate(
    world: World,
    moves: Moves,
    ids: Sequence[int],
    known: Mapping[int, Priced],
    chars: int = 0,
) -> Estimate | None:
    """What a text of so many characters takes of each of these; None = nobody is there.

    `known` = what the engine said of them; the others are priced by what they paid so far.
    """
    heads = [world.threads[one] for one in ids if one in world.threads]
    if not heads:
        return None
    text = -(-chars // CHARS_PER_TOKEN)
    each = [(head, known.get(head.id) or guessed(head), text) for head in heads]
    sent: Counter[str] = Counter()
    for head, one, text in each:
        sent[head.account] += one.input + text + one.output
    plan, share = filled(world, moves, sent)
    return Estimate(
        len(heads),
        sum(one.input + text for _, one, _ in each),
        _sum(_with(one.usd, one, text) for _, one, _ in each),
        _sum(_with(one.listed, one, text) for _, one, _ in each),
        all(money(head) == "practice" for head in heads),
        sum(
            one.usd is None and one.listed is None and head.auth != "login" for head, one, _ in each
        ),
        plan,
        share,
        min((found for head in heads if (found := seconds(head))), default=0.0),
    )


def guessed(head: Head) -> Priced:
    """By what the thread itself paid for a plain input token so far."""
    calls = head.tokens.calls
    output = head.tokens.output // calls if calls else OUTPUT
    tokens = head.tokens
    plain = tokens.input - tokens.cached_read * (1 - _CACHED) + tokens.output * _WEIGHT
    kind = money(head)
    ledger = {"real": head.spent.usd, "practice": head.spent.practice, "plan": head.spent.plan}
    paid = ledger[kind]
    if plain <= 0 or paid <= 0:
        return Priced(head.context_used, output)
    takes = Decimal(f"{float(paid) / plain * (head.context_used + output * _WEIGHT):.6f}")
    if kind == "real":
        return Priced(head.context_used, output, usd=takes)
    return Priced(head.context_used, output, listed=takes)


def money(head: Head) -> Money:
    """In which ledger its calls are counted, as far as it has made any."""
    if head.auth == "login":
        return "plan"
    return "practice" if head.spent.practice and not head.spent.usd else "real"


def seconds(head: Head) -> float:
    """How long its answers took lately: their mean length by the speed seen; 0 = not known."""
    lively = [count for count in head.bins if count]
    if not lively or not head.tokens.calls:
        return 0.0
    speed = 2 * sum(lively) / len(lively)  # a bin is half a second
    return head.tokens.output / head.tokens.calls / speed


def _with(amount: Decimal | None, one: Priced, text: int) -> Decimal | None:
    """The price with the text on top, at the price of the rest; a cached rest is cheaper."""
    if amount is None:
        return None
    plain = one.input - one.cached * (1 - _CACHED) + one.output * _WEIGHT
    return amount if plain <= 0 else amount * Decimal(f"{1 + text / plain:.4f}")


def _sum(amounts: Any) -> Decimal | None:
    found = [amount for amount in amounts if amount is not None]
    return sum(found, Decimal(0)) if found else None


def times(found: Estimate, rounds: int) -> Estimate:
    """The same so many times over, each as the first: less than it will be, as contexts grow."""
    return replace(
        found,
        tokens=found.tokens * rounds,
        usd=None if found.usd is None else found.usd * rounds,
        listed=None if found.listed is None else found.listed * rounds,
        share=None if found.share is None else found.share * rounds,
    )


# --- sentences --------------------------------------------------------------------------------


def sentence(found: Estimate) -> str:
    """`about 9.4 k tokens, about $0.12, 14 s`; `price unknown` where nobody knows one."""
    parts = [f"about {words.tokens(found.tokens)} tokens", price(found)]
    if found.seconds:
        parts.append(f"first answer in {words.age(max(found.seconds, 1))}")
    return ", ".join(part for part in parts if part)


def price(found: Estimate) -> str:
    """`about $0.12`, `2 % of CLAUDE 5 h`, `practice p$0.02`, `price unknown`."""
    parts = []
    if found.usd is not None:
        parts.append(f"about {cents(found.usd)}")
    if found.plan:
        share = "a part" if found.share is None else percent(found.share)
        parts.append(f"{share} of {found.plan}")
    if found.listed is not None and not found.plan:
        kind = "practice" if found.practice else "list value"
        parts.append(f"{kind} {cents(found.listed, found.practice)}")
    if found.unknown:
        parts.append(
            "price unknown" if found.unknown == found.count else f"{found.unknown} unpriced"
        )
    return ", ".join(parts)


def cents(amount: Decimal, practice: bool = False) -> str:
    """Dollars to the cent; what is less is said so."""
    if 0 < amount < Decimal("0.01"):
        return f"under {words.usd(Decimal('0.01'), practice)}"
    return words.usd(amount, practice)


def percent(share: float) -> str:
    """`9 %`, `under 1 %`."""
    return f"{share * 100:.0f} %" if share >= 0.01 else "under 1 %"


def dear(world: World, found: Estimate | None, over: Decimal = DEAR_USD) -> str:
    """Why an order of this estimate wants the second press; empty = it does not. `over` dollars."""
    if found is None:
        return ""
    if found.usd is not None and found.usd > over:
        return f"about {words.usd(found.usd)}"
    if found.share is not None and found.share > DEAR_SHARE:
        return f"about {percent(found.share)} of {found.plan}"
    day = world.day_limit.usd
    if found.usd is not None and day and found.usd > day * DEAR_DAY:
        return f"about {words.usd(found.usd)}, {percent(float(found.usd / day))} of today's budget"
    return ""


def stopping(answers: Sequence[Left]) -> str:
    """What becomes of the answers in flight: kept to their end, or cut at the kill."""
    kept = [one for one in answers if not one.cut]
    cut = [one for one in answers if one.cut]
    parts = []
    if kept:
        parts.append(f"kept: {_remains(kept)} to {'its' if len(kept) == 1 else 'their'} end")
    if cut:
        parts.append(f"cut at the kill: {_remains(cut)} left")
    return "; ".join(parts)


def _remains(answers: Sequence[Left]) -> str:
    usd = _sum(one.usd for one in answers)
    if usd is None:
        return f"about {words.tokens(sum(one.tokens for one in answers))} tokens, price unknown,"
    return f"about {cents(usd, all(one.practice for one in answers))}"


# --- new threads ------------------------------------------------------------------------------


def alike(world: World, agent: str, account: str, model: str) -> tuple[int, Decimal | None, bool]:
    """What threads of this agent, account and model cost so far, each: tokens, money, practice.

    Only those that have ended or been idle count; (0, None, False) = there is none.
    """
    heads = [
        head
        for head in world.threads.values()
        if (head.agent, head.account) == (agent, account)
        and model in ("", head.model)
        and head.results
    ]
    if not heads:
        return 0, None, False
    practice = all(money(head) == "practice" for head in heads)
    spent = [head.spent.practice if practice else head.spent.usd for head in heads]
    known = not any(head.spent.unknown or head.auth == "login" for head in heads)
    each = sum(spent, Decimal(0)) / len(heads)
    return sum(head.tokens.total for head in heads) // len(heads), each if known else None, practice


def like_ones(*found: tuple[int, Decimal | None, bool]) -> str:
    """What threads come to in all, if each goes as the ones like it did before."""
    real = [usd for _, usd, practice in found if usd is not None and not practice]
    play = [usd for _, usd, practice in found if usd is not None and practice]
    unknown = sum(usd is None for _, usd, _ in found)
    if unknown == len(found):
        return "price unknown"
    parts = [cents(sum(real, Decimal(0)))] if real else []
    parts += [f"practice {cents(sum(play, Decimal(0)), True)}"] if play else []
    parts += [f"{unknown} unpriced"] if unknown else []
    return f"like ones took {', '.join(parts)}"
