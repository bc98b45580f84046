from commandcenter.core.base import NS
from commandcenter.hud.pings import MOST, Pings

NOW = 1_000 * NS


def test_a_ring_shrinks_then_a_mark_stays() -> None:
    pings = Pings()
    assert (pings.shown(NOW), pings.due(NOW)) == ((), 0.0)
    pings.ring((7,), NOW)
    assert pings.shown(NOW + NS) == ((7, 0.5),)
    assert pings.due(NOW + NS) == 0.1
    assert pings.shown(NOW + 5 * NS) == ((7, 0.0),)
    assert pings.due(NOW + 5 * NS) == 7.0
    assert pings.due(NOW + 12 * NS) == 0.0
    assert pings.shown(NOW + 12 * NS) == ()


def test_nothing_moves_by_itself_with_reduced_motion() -> None:
    pings = Pings()
    pings.ring((7,), NOW)
    assert pings.shown(NOW, steady=True) == ((7, 0.0),)
    assert pings.due(NOW, steady=True) == 12.0


def test_a_thread_has_one_and_old_ones_go() -> None:
    pings = Pings()
    pings.ring(range(1, 40), NOW)
    pings.ring((39,), NOW + NS)
    assert len(pings.shown(NOW + NS)) == MOST
    assert pings.shown(NOW + NS)[-1] == (39, 1.0)
