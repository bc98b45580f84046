"""Sentences that name a key of the shipped grid, told with the key that the player's profile has.

Refusals and alerts are made in the engine, which knows no profile: `E resumes it`.
"""

import re
from collections.abc import Callable

_ACTIONS = {
    "Q": "order.steer",
    "W": "order.interrupt",
    "E": "order.pause_resume",
    "R": "order.loop",
    "T": "order.goal",
    "G": "order.downgrade",
    "Z": "order.budget",
    "X": "order.kill",
    "V": "order.verify",
    "B": "card.more",
    "J": "approval.next",
    "Y": "approval.allow_once",
    "Shift+Y": "approval.allow_danger",
    "N": "approval.deny",
}
_KEY = re.compile(
    r"(?:^|(?<=[(;:,·] )|(?<=\()|(?<=\bor )|(?<=\band )|(?<=\bthen )|(?<=\bX ))"
    r"(?P<key>Shift\+Y|[QWERTGZXVBJYN])"
    r"(?=$|,|\)| or | and | then | X |(?: again)? [a-z]+)"
)


def spelled(text: str, key: Callable[[str], str]) -> str:
    """The text with each key of the grid as `key(action)` prints it; the rest stays."""

    def told(found: re.Match[str]) -> str:
        return key(_ACTIONS[found["key"]]) or found["key"]

    return _KEY.sub(told, text)
