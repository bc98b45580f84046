"""Amounts: text to cents and back."""

from decimal import Decimal, InvalidOperation


def parse_amount(text: str) -> int:
    """12.5 or -3 as cents; ValueError for more than two places or no number."""
    try:
        cents = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(f"no amount: {text}") from None
    if cents != int(cents):
        raise ValueError(f"more than two places: {text}")
    return int(cents)


def format_amount(cents: int, symbol: str = "") -> str:
    """1234567 as 12,345.67; a minus sign stands before the symbol."""
    units, rest = divmod(cents, 100)
    return f"{symbol}{units:,}.{rest}"


def divide(cents: int, parts: int) -> list[int]:
    """Equal parts that sum to the whole; the first ones take the odd cents."""
    part, odd = divmod(cents, parts)
    return [part + 1] * odd + [part] * (parts - odd)
