"""The lease of a workspace: one epoch at a time, one engine at a time."""

from pathlib import Path

import pytest

from commandcenter.hosts.lease import Lease, LeaseTaken, holder


def test_one_epoch_has_it_until_it_is_given_or_moved(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "1")
    lease.take(1)
    lease.take(1)
    with pytest.raises(LeaseTaken):
        lease.take(2)
    lease.move(1, 2)
    lease.give(1)
    assert lease.epoch == 2
    with pytest.raises(LeaseTaken):
        lease.move(1, 3)
    lease.note(((77, 5),))
    found = holder(tmp_path / "1")
    assert found is not None
    assert (found.epoch, found.pids) == (2, ((77, 5),))
    lease.give(2)
    lease.take(3)
    lease.give(3)


def test_another_engine_cannot_have_it_meanwhile(tmp_path: Path) -> None:
    mine, other = Lease(tmp_path / "1"), Lease(tmp_path / "1")
    mine.take(1)
    with pytest.raises(LeaseTaken):
        other.take(2)
    mine.give(1)
    other.take(2)
    other.give(2)
    assert holder(tmp_path / "nowhere") is None
