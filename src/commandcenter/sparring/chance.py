"""Chance without a generator: every draw is a hash of what it is about."""

import hashlib


def digest(*parts: object) -> str:
    """64 hex digits over the parts in order."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()


def chance(*parts: object) -> float:
    """A float in [0, 1) that is the same for the same parts, in every process."""
    return int(digest(*parts)[:13], 16) / 16**13


def between(low: float, high: float, *parts: object) -> float:
    """A float between the two, drawn from the parts."""
    return low + (high - low) * chance(*parts)
