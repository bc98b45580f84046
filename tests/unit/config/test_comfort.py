from pathlib import Path

import pytest

from commandcenter.config.comfort import FILE, Comfort, load_comfort, save_comfort, stepped


def test_without_a_file_the_defaults(tmp_path: Path) -> None:
    assert load_comfort(tmp_path) == Comfort()


def test_written_and_read_back(tmp_path: Path) -> None:
    own = Comfort("okabe-ito", "high", 150, True, 3, 60.0, 5.0)
    save_comfort(tmp_path / "new", own)
    assert load_comfort(tmp_path / "new") == own
    text = (tmp_path / "new" / FILE).read_text()
    assert 'palette = "okabe-ito"' in text
    assert "timing = 3" in text
    assert not list((tmp_path / "new").glob("*.new"))


def test_defaults_are_not_written(tmp_path: Path) -> None:
    save_comfort(tmp_path, Comfort())
    assert "=" not in (tmp_path / FILE).read_text()


@pytest.mark.parametrize("text", ['text = "big"', "timing = 9", 'palette = "pink"', "text ="])
def test_what_cannot_be_read_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ValueError, match=r"screen\.toml"):
        load_comfort(tmp_path)


def test_steps_of_the_text_size() -> None:
    assert [stepped(100, by) for by in (1, -1)] == [110, 90]
    assert stepped(200, 1) == 200
    assert stepped(90, -1) == 90
    assert stepped(140, 1) == 175
