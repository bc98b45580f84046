"""Plain text reports."""

from tally.ledger import Entry, accounts, balance
from tally.money import format_amount


def row(name: str, cents: int, width: int = 32) -> str:
    """The name on the left, cut with an ellipsis, and the amount on the right."""
    label = name[: width - 12]
    return f"{label:<{width - 12}}{format_amount(cents):<12}"


def rule(width: int = 32) -> str:
    """A line of dashes."""
    return "-" * width


def report(entries: list[Entry], width: int = 32) -> str:
    """One row an account, a rule and the total."""
    names = accounts(entries)
    rows = [row(name, balance(entries, name), width) for name in names]
    total = sum(entry.cents for entry in entries)
    return "\n".join([*rows, rule(width), row("total", total, width)]) + "\n"
