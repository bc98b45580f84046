"""Who can be split, reassigned, verified, put back, reclaimed, and why not."""

from typing import Any

import pytest

from commandcenter.core import refusals as no
from commandcenter.core.shaping import CheckpointMark, Handing, Seat
from commandcenter.core.world import Head
from commandcenter.hud.abilities import can

MARK = CheckpointMark(1, "a" * 40, "you")
SEAT = Seat("native", "native", "a", "m")


def head(**fields: Any) -> Head:
    base = {"name": "t", "operation": "", "agent": "native", "driver": "native", "account": "a"}
    base |= {"model": "m", "brief": "b", "state": "idle", "workspace": "/w", "turn": 2}
    return Head(id=1, **(base | fields))


def handing(step: Any) -> Handing:
    return Handing(step, SEAT, SEAT)


@pytest.mark.parametrize(
    ("action", "fields", "reason"),
    [
        ("order.split", {}, None),
        ("order.split", {"workspace": ""}, no.NoWorkspace),
        ("order.split", {"turn": 0}, no.TargetInvalid),
        ("order.split", {"state": "ended"}, no.Ended),
        ("order.split", {"state": "dying"}, no.Ending),
        ("order.split", {"driver": "terminal"}, no.TargetInvalid),
        ("order.split", {"handing": handing("open")}, no.HandingOver),
        ("order.split", {"by_hand": "x"}, no.Taken),
        ("more.fork", {"turn": 0}, no.TargetInvalid),
        ("more.fork", {}, None),
        ("order.reassign", {}, None),
        ("order.reassign", {"workspace": ""}, no.NoWorkspace),
        ("order.reassign", {"state": "starting"}, no.TargetInvalid),
        ("order.reassign", {"handing": handing("edit")}, None),
        ("order.reassign", {"handing": handing("settle")}, no.HandingOver),
        ("order.escalate", {"driver": "terminal"}, no.TargetInvalid),
        ("order.downgrade", {}, None),
        ("order.checkpoint", {"state": "ended"}, None),
        ("order.checkpoint", {"workspace": ""}, no.NoWorkspace),
        ("order.verify", {"verifying": "e"}, None),
        ("more.revert", {}, no.TargetInvalid),
        ("more.revert", {"checkpoints": (MARK,)}, None),
        ("more.revert", {"checkpoints": (MARK,), "state": "running"}, no.WorksStill),
        ("more.revert", {"checkpoints": (MARK,), "state": "ended"}, None),
        ("more.revert", {"checkpoints": (MARK,), "handing": handing("edit")}, no.HandingOver),
        ("more.critic", {"judging": "e"}, no.TargetInvalid),
        ("more.critic", {}, None),
        ("rest.reclaim", {}, no.NotEnded),
        ("rest.reclaim", {"state": "ended"}, None),
        ("rest.reclaim", {"state": "ended", "workspace": ""}, no.NoWorkspace),
    ],
)
def test_who_can(action: str, fields: dict[str, Any], reason: type[no.Reason] | None) -> None:
    found = can(action, head(**fields))
    assert (type(found) if found is not None else None) is reason
