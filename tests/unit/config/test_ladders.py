"""Where the ladders' texts come from."""

from pathlib import Path

import pytest

from commandcenter.config.ladders import ladder_texts


def test_ours_come_first_and_the_persons_own_last(tmp_path: Path) -> None:
    assert [one.name for one in ladder_texts(tmp_path)] == [
        "sparring",
        "anthropic",
        "ollama",
        "openai",
    ]
    folder = tmp_path / "ladders"
    folder.mkdir()
    (folder / "openai.toml").write_text('name = "openai"\n')
    (folder / "notes.txt").write_text("no ladder")
    own = ladder_texts(tmp_path)[-1]
    assert (own.name, own.text, own.path) == (
        "openai",
        'name = "openai"\n',
        str(folder / "openai.toml"),
    )


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "ladders").mkdir()
    (tmp_path / "ladders" / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"x\.toml is no text"):
        ladder_texts(tmp_path)
