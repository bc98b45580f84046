"""Keys: out of the environment, into the keyring or a private file, never shown."""

import select
import stat
import time
from pathlib import Path

import keyring
import keyring.backend
import pytest

from commandcenter.config.secrets import Keys


class Ring(keyring.backend.KeyringBackend):
    """A real keyring backend that keeps its entries in memory; `slow` = s it takes to answer."""

    priority = 5  # type: ignore[assignment] # keyring's own property type
    name = "memory"

    def __init__(self, slow: float = 0.0) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.slow = slow

    def get_password(self, service: str, username: str) -> str | None:
        select.select([], [], [], self.slow)
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        select.select([], [], [], self.slow)
        self.entries[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", ring)
    return ring


def test_environment_is_emptied(tmp_path: Path) -> None:
    environ = {"COMMANDCENTER_KEY_MY_CHAT": "k-1", "HOME": "/h"}
    keys = Keys(tmp_path, environ)
    assert environ == {"HOME": "/h"}
    assert keys.get("my-chat") == "k-1"
    assert "k-1" not in repr(keys)
    assert keys.values() == ("k-1",)


def test_named_variable_stays(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "k-2"}
    assert Keys(tmp_path, environ).get("env:OPENAI_API_KEY") == "k-2"
    assert environ == {"OPENAI_API_KEY": "k-2"}
    assert Keys(tmp_path, {}).get("env:OPENAI_API_KEY") is None


def test_keyring_keeps_it(tmp_path: Path, ring: Ring) -> None:
    assert Keys(tmp_path, {}).put("home", "k-3") == "keyring"
    assert ring.entries == {("commandcenter", "home"): "k-3"}
    assert Keys(tmp_path, {}).get("home") == "k-3"
    assert Keys(tmp_path, {}).banner() == ""
    assert Keys(tmp_path, {}).backend() == "memory"


def test_a_keyring_that_never_answers_is_left(tmp_path: Path, ring: Ring) -> None:
    ring.slow = 30.0
    keys = Keys(tmp_path, {}, limit_s=0.05)
    start = time.perf_counter()
    assert keys.get("home") is None
    assert keys.put("home", "k-4") == "file"
    assert time.perf_counter() - start < 2.0


def test_file_fallback(tmp_path: Path) -> None:
    config = tmp_path / "config"
    keys = Keys(config, {})
    assert keys.backend() == "none"
    assert keys.put("a", "k-5") == "file"
    assert keys.put("b", "k-6") == "file"
    fresh = Keys(config, {})
    assert (fresh.get("a"), fresh.get("b"), fresh.get("c")) == ("k-5", "k-6", None)
    assert stat.S_IMODE((config / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert "keys.json" in fresh.banner()


def test_a_file_others_may_read_is_refused(tmp_path: Path) -> None:
    Keys(tmp_path / "c", {}).put("a", "k-7")
    path = tmp_path / "c" / "keys.json"
    path.chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        Keys(tmp_path / "c", {}).get("a")
    path.chmod(0o600)
    (tmp_path / "second-name").hardlink_to(path)
    with pytest.raises(PermissionError, match="one name"):
        Keys(tmp_path / "c", {}).get("a")


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("{}")
    (tmp_path / "keys.json").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match="symbolic links"):
        Keys(tmp_path, {}).get("a")


def test_damage_is_named(tmp_path: Path) -> None:
    Keys(tmp_path / "c", {}).put("a", "k-8")
    (tmp_path / "c" / "keys.json").write_bytes(b"{")
    with pytest.raises(ValueError, match=r"keys.json is damaged"):
        Keys(tmp_path / "c", {}).get("a")


@pytest.mark.parametrize("value", ["", "two\nlines", "\x00"])
def test_what_is_no_key(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Keys(tmp_path, {}).put("a", value)
