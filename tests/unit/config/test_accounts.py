"""accounts.toml: read, checked, appended to without touching what stands there."""

import stat
from pathlib import Path

import pytest

from commandcenter.config.accounts import Account, Caps, add_account, check_account, load_accounts

OLLAMA = Account("home", "ollama", "http://127.0.0.1:11434")
FULL = Account(
    "my-chat",
    "chat",
    "https://models.example/v1",
    key_ref="my-chat",
    model='odd "name" \\ ü',
    caps=Caps(6),
    serve=("run", "me"),
    practice=True,
)


PLAN = Account("plan", "anthropic", auth="login", agent="claude")
PRACTICE = Account(
    "practice-plan",
    "responses",
    auth="login",
    agent="codex",
    socket="/run/user/1/sparring.sock",
    practice=True,
)


def test_no_file_no_accounts(tmp_path: Path) -> None:
    assert load_accounts(tmp_path) == {}


def test_round_trip_keeps_all_fields_and_the_file_private(tmp_path: Path) -> None:
    config = tmp_path / "config"
    add_account(config, OLLAMA)
    for account in (FULL, PLAN, PRACTICE):
        add_account(config, account)
    assert list(load_accounts(config).values()) == [OLLAMA, FULL, PLAN, PRACTICE]
    assert stat.S_IMODE((config / "accounts.toml").stat().st_mode) == 0o600
    assert [path.name for path in config.iterdir()] == ["accounts.toml"]


def test_adding_keeps_what_stands_there(tmp_path: Path) -> None:
    before = b'# mine\n[other]\nx = 1 # keep\n[accounts.old]\nkind="chat"\nbase_url="https://a.b"'
    (tmp_path / "accounts.toml").write_bytes(before)
    add_account(tmp_path, OLLAMA)
    assert (tmp_path / "accounts.toml").read_bytes().startswith(before + b"\n")
    assert list(load_accounts(tmp_path)) == ["old", "home"]


def test_an_id_is_added_once(tmp_path: Path) -> None:
    add_account(tmp_path, OLLAMA)
    with pytest.raises(ValueError, match="home is already in"):
        add_account(tmp_path, OLLAMA)


@pytest.mark.parametrize(
    ("account", "says"),
    [
        (Account("Bad Id", "chat", "https://a.b"), "id is a-z"),
        (Account("a", "chat", "a.b/v1"), "must be http"),
        (Account("a", "chat", "ftp://a.b"), "must be http"),
        (Account("a", "chat", "https://me:pw@a.b"), "no user, key or query"),
        (Account("a", "chat", "https://a.b/v1?key=1"), "no user, key or query"),
        (Account("a", "chat", "http://a.b/v1"), "plain http to a.b"),
        (Account("a", "chat", "http://127.0.0.1.evil.example"), "plain http"),
        (Account("a", "chat"), "must be http"),
        (Account("a", "anthropic", "https://a.b", agent="claude"), "belongs to auth"),
        (Account("a", "anthropic", auth="login"), "agent must be one of claude, codex"),
        (Account("a", "chat", auth="login", agent="claude"), "claude speaks anthropic"),
        (Account("a", "anthropic", auth="login", agent="codex"), "codex speaks responses"),
        (
            Account("a", "anthropic", auth="login", agent="claude", key_ref="a"),
            "a login has no key",
        ),
        (
            Account("a", "anthropic", "https://evil.example", auth="login", agent="claude"),
            "a login goes to https://api.anthropic.com",
        ),
        (
            Account("a", "anthropic", auth="login", agent="claude", socket="/tmp/x"),
            "a login goes to",
        ),
        (
            Account("a", "anthropic", "https://a.b", auth="login", agent="claude", practice=True),
            "stays on this machine",
        ),
    ],
)
def test_what_must_not_be_used(tmp_path: Path, account: Account, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        add_account(tmp_path, account)
    assert not (tmp_path / "accounts.toml").exists()


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:9", "127.8.8.8"])
def test_plain_http_to_this_machine(host: str) -> None:
    check_account(Account("a", "chat", f"http://{host}"))


def test_plain_http_by_name() -> None:
    check_account(Account("a", "chat", "http://lan.example", insecure=True))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accounts = 3", "tables"),
        ("[accounts.a]\nkind = 'chat'", "base_url must be http"),
        ("[accounts.a]\nkind='smtp'\nbase_url='https://a'", "Invalid enum value 'smtp'"),
        ("[accounts.a]\nkind='chat'\nbase_url='https://a'\nkey='sk-1'", "unknown field `key`"),
        ("[accounts.a]\nkind='chat'\nbase_url='https://a'\ncaps={rpm=1}", "unknown field `rpm`"),
        ("[accounts]\na = 1", r"\[accounts.a\]"),
        ("[accounts.a", "not valid TOML"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "accounts.toml").write_text(text)
    with pytest.raises(ValueError, match=says):
        load_accounts(tmp_path)


def test_calls_at_once() -> None:
    far = Account("a", "chat", "https://a.b")
    assert (far.concurrent(4), OLLAMA.concurrent(4), FULL.concurrent(4)) == (4, 2, 6)
    assert (
        Account("s", "chat", "http://sparring", socket="/run/s", practice=True).concurrent(4) == 8
    )


def test_a_login_goes_to_its_vendor_and_nowhere_else() -> None:
    assert PLAN.url == "https://api.anthropic.com"
    assert not PLAN.local
    codex = Account("c", "responses", auth="login", agent="codex")
    assert codex.url == "https://chatgpt.com/backend-api/codex"
    forged = Account("a", "anthropic", "https://evil.example", auth="login", agent="claude")
    assert forged.url == "https://api.anthropic.com"
    assert PRACTICE.local
    assert PRACTICE.url == "http://localhost"
