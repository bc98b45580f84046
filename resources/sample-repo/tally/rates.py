"""Exchange rates: what one unit of a currency is worth in the base currency."""

Rates = dict[str, float]


def convert(cents: int, source: str, target: str, rates: Rates) -> int:
    """Cents of the source currency in cents of the target, rounded half to even."""
    if source == target:
        return cents
    return round(cents * rates[target] / rates[source])


def cross(source: str, target: str, rates: Rates) -> float:
    """How much of the target one unit of the source is worth."""
    return rates[source] / rates[target]


def missing(currencies: set[str], rates: Rates) -> list[str]:
    """Currencies without a rate, sorted."""
    return sorted(currencies - rates.keys())
