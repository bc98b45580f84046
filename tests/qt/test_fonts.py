"""The shipped fonts load under their names, with every weight and figures of one width."""

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication

from commandcenter.config import resource


@pytest.fixture(scope="module", autouse=True)
def loaded(qapp: QApplication) -> None:
    files = sorted(resource("fonts").rglob("*.?tf"))
    assert len(files) == 7
    assert all(QFontDatabase.addApplicationFont(str(file)) >= 0 for file in files)


@pytest.mark.parametrize(
    ("family", "weight"),
    [
        *(("Inter", weight) for weight in (400, 500, 600, 700)),
        *(("JetBrains Mono", weight) for weight in (400, 500, 700)),
    ],
)
def test_family_weight_and_tabular_figures(family: str, weight: int) -> None:
    font = QFont(family)
    font.setPixelSize(13)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    seen = QFontInfo(font)
    assert (seen.family(), seen.weight()) == (family, weight)
    metrics = QFontMetricsF(font)
    widths = [metrics.horizontalAdvance(digit) for digit in "0123456789"]
    assert max(widths) - min(widths) <= 1 / 32


def test_each_family_has_its_licence() -> None:
    for folder in (path for path in resource("fonts").iterdir() if path.is_dir()):
        assert "SIL Open Font License" in (folder / "LICENSE.txt").read_text()
