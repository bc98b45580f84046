"""Figures as the player reads them: ages, countdowns, money, tokens, model letters."""

from decimal import Decimal

from commandcenter.core.base import NS
from commandcenter.core.text import line as safe_line
from commandcenter.core.world import LINE_CHARS, AccountHead, Head, Limit, Spent, Tokens

NEAR, OVER = 0.80, 0.95
_VENDORS = frozenset({"sparring", "claude", "openai", "anthropic", "google", "models", "latest"})
_TIERS: dict[str, tuple[str, ...]] = {
    "small": ("small", "haiku", "mini", "nano", "flash", "lite", "tiny"),
    "large": ("large", "opus", "pro", "max", "ultra"),
    "local": ("local", "llama", "qwen", "gemma", "phi", "mistral", "deepseek"),
}


def age(seconds: float) -> str:
    """How long ago: `14 s`, `4 m`, `2 h`, `3 d`."""
    whole = max(int(seconds), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def since(then: int, now: int) -> float:
    """Seconds from wall `then` to wall `now` (both ns); never below 0."""
    return max(now - then, 0) / NS


def countdown(seconds: float) -> str:
    """Time still to go or waited: `0:42`, `2:10`, `1:05:00`."""
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3_600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def usd(amount: Decimal | float | None, practice: bool = False) -> str:
    """Dollars to the cent: `$0.42`; practice dollars `p$0.42`; an unknown price is `$?`."""
    sign = "p$" if practice else "$"
    return f"{sign}?" if amount is None else f"{sign}{amount:,.2f}"


def spent(ledger: Spent) -> str:
    """What was spent; practice dollars only where no real ones are; `+?` for unpriced calls."""
    if ledger.unknown and not ledger.usd and not ledger.practice:
        return "$?"
    practice = not ledger.usd and bool(ledger.practice)
    return usd(ledger.practice if practice else ledger.usd, practice) + "+?" * bool(ledger.unknown)


def paid(head: Head, practice: bool = False) -> str:
    """What a thread cost: money, or the list value of plan calls; `~` when it is not metered.

    `practice`: what it will pay is practice money, even while it has paid nothing.
    """
    about = "" if head.metered else "~"
    if head.auth == "login" and not head.spent.usd:
        return f"{about}{usd(head.spent.plan)} list"
    if head.spent == Spent() and (practice or practises(head)):
        return about + usd(0.0, practice=True)
    return about + spent(head.spent)


def practises(head: Head, account: AccountHead | None = None) -> bool:
    """Is what the thread pays practice money? The gate's meter says so by the same name."""
    if head.model.startswith("sparring-"):
        return True
    return account is not None and not account.spent.usd and bool(account.spent.practice)


def money(head: Head) -> Decimal:
    """The figure that `paid` shows: real money, else practice money, else the list value."""
    ledger = head.spent
    return ledger.usd or ledger.practice or ledger.plan


def memory(size: int) -> str:
    """Bytes as `412 MB`, `1.3 GB`."""
    mega = size / (1 << 20)
    return f"{mega:.0f} MB" if mega < 999.5 else f"{mega / 1024:.1f} GB"


def tokens(count: int | float) -> str:
    """A count of tokens: `812`, `9.8 k`, `128 k`, `1.2 M`."""
    value = float(count)
    for unit in ("", " k", " M", " G"):
        if value < 999.5 or unit == " G":
            digits = 1 if unit and value < 99.95 and not (unit == " k" and value >= 10) else 0
            return f"{value:.{digits}f}{unit}"
        value /= 1_000
    return str(count)


def used(limit: Limit, ledger: Spent, metered: Tokens) -> float | None:
    """The share of a limit that is used, 0 and up; None without a limit."""
    shares = []
    if limit.usd is not None:
        money = max(ledger.usd, ledger.practice)
        shares.append(float(money / limit.usd) if limit.usd else 1.0)
    if limit.tokens is not None:
        shares.append(metered.total / limit.tokens if limit.tokens else 1.0)
    return max(shares, default=None)


def of_limit(limit: Limit, ledger: Spent, metered: Tokens) -> str:
    """`$2.43 / $3.00`, `1.2 M / 3.0 M tok`, or what was spent when there is no limit."""
    if limit.usd is not None:
        practice = not ledger.usd and bool(ledger.practice)
        return f"{spent(ledger)} / {usd(limit.usd, practice)}"
    if limit.tokens is not None:
        return f"{tokens(metered.total)} / {tokens(limit.tokens)} tok"
    if ledger.usd or ledger.practice or ledger.unknown:
        return spent(ledger)
    return f"{tokens(metered.total)} tok"


def tone(share: float | None, own: str) -> str:
    """The colour token of a bar: its own below 80 %, `tool` to 95 %, then `err`."""
    if share is None or share < NEAR:
        return own
    return "tool" if share < OVER else "err"


def letter(model: str) -> str:
    """The model's own initial: its name without the vendor's."""
    words = _words(model)
    own = [word for word in words if word not in _VENDORS and word[0].isalpha()]
    return (own or words or ["?"])[0][0].upper()


def tier(model: str) -> str:
    """small, standard, large or local, from the model's name; standard when it says nothing."""
    words = _words(model)
    for name, signs in _TIERS.items():
        if any(word.startswith(signs) for word in words):
            return name
    return "standard"


def plain(text: str) -> str:
    """One line an agent may have written, its hidden characters shown (`core.text`)."""
    return text if text.isascii() and text.isprintable() else safe_line(text, LINE_CHARS)


def _words(model: str) -> list[str]:
    for mark in "-/:_. ":
        model = model.replace(mark, " ")
    return model.lower().split()
