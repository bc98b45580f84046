"""What the sheets of results share."""

from commandcenter.core.base import Record
from commandcenter.ui.findings import Findings
from commandcenter.ui.giver import Giver
from commandcenter.ui.looks import Looks
from commandcenter.ui.screen import Screen

TICK_MS = 500
"""So often a sheet looks again while something runs or is looked at."""


class Kit(Record, frozen=True):
    """Whom they ask, who gives their orders, what was looked at in them."""

    screen: Screen
    giver: Giver
    findings: Findings
    looks: Looks
