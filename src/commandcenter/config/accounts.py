"""Accounts: the endpoints through which models are reached, kept in accounts.toml."""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from commandcenter.config.private import write_private
from commandcenter.config.settings import read_toml
from commandcenter.core.base import Record

FILE = "accounts.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Kind = Literal["chat", "anthropic", "ollama", "responses"]
KINDS: tuple[Kind, ...] = ("chat", "anthropic", "ollama", "responses")
LOGINS: dict[str, tuple[Kind, str]] = {
    "claude": ("anthropic", "https://api.anthropic.com"),
    "codex": ("responses", "https://chatgpt.com/backend-api/codex"),
}
"""Whose own login may pass, by which protocol, and the one address it may go to."""
_BY_SOCKET = "http://localhost"


class Caps(Record, frozen=True, forbid_unknown_fields=True):
    """What the account may carry; `concurrent` = calls at once, 0 = the default of its place."""

    concurrent: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0


class Account(Record, frozen=True, forbid_unknown_fields=True):
    """One endpoint with its caps (gate.md 1).

    `base_url` as the vendor's documents give it; `socket` = path of a Unix socket to reach it by.
    `key_ref` names the key in the keyring, "" = none. `serve` = argv that starts it. Practice
    accounts count in practice dollars. `insecure` allows plain http to a host that is not loopback.
    `auth = "login"`: `agent`'s own plan login passes on to its vendor's fixed address, so there is
    neither address nor key; only practice gives one, on this machine.
    """

    id: str
    kind: Kind
    base_url: str = ""
    auth: Literal["key", "login"] = "key"
    key_ref: str = ""
    model: str = ""
    caps: Caps = Caps()
    price_provider: str = ""
    data_class_max: Literal["", "public", "internal", "secret"] = ""
    serve: tuple[str, ...] = ()
    socket: str = ""
    practice: bool = False
    insecure: bool = False
    agent: Literal["", "claude", "codex"] = ""
    """Whose login passes; for `auth = "login"` alone."""

    @property
    def login(self) -> bool:
        """A person's own plan, not a key."""
        return self.auth == "login"

    @property
    def url(self) -> str:
        """Where it is reached: a login's is its vendor's, whatever else the file says."""
        if self.login and not self.practice:
            return LOGINS[self.agent][1] if self.agent else ""
        return self.base_url or (_BY_SOCKET if self.socket else "")

    @property
    def local(self) -> bool:
        """Reached without leaving this machine."""
        return bool(self.socket) or is_loopback(urlsplit(self.url).hostname or "")

    def concurrent(self, otherwise: int) -> int:
        """Calls at once: its own cap, else 8 for practice, 2 for local servers, `otherwise`."""
        if self.caps.concurrent:
            return self.caps.concurrent
        if self.practice:
            return 8
        return 2 if self.local else otherwise


def is_loopback(host: str) -> bool:
    """Does `host` (a name or an address) mean this machine?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_account(account: Account) -> None:
    """Raises ValueError with one sentence when the account could not or must not be used."""
    if not NAME.fullmatch(account.id):
        raise ValueError(f"an account's id is a-z, 0-9 and '-', at most 40: not {account.id!r}")
    if account.login:
        _check_login(account)
    elif account.agent:
        raise ValueError(f'account {account.id}: agent belongs to auth = "login"')
    url = urlsplit(account.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(
            f"account {account.id}: base_url must be http(s)://HOST, not {account.base_url!r}"
        )
    if url.username or url.password or url.query or url.fragment:
        raise ValueError(
            f"account {account.id}: no user, key or query belongs in base_url (use --key)"
        )
    if url.scheme == "http" and not account.local and not account.insecure:
        raise ValueError(
            f"account {account.id}: plain http to {url.hostname} shows key and text on the way;"
            " use https, or insecure = true in accounts.toml"
        )


def _check_login(account: Account) -> None:
    """A login goes to its own vendor by its own protocol, or in practice to this machine."""
    wanted = LOGINS.get(account.agent)
    if wanted is None:
        raise ValueError(f"account {account.id}: agent must be one of {', '.join(LOGINS)}")
    if account.kind != wanted[0]:
        raise ValueError(f"account {account.id}: {account.agent} speaks {wanted[0]}")
    if account.key_ref:
        raise ValueError(f"account {account.id}: a login has no key (remove key_ref)")
    if account.practice and not account.local:
        raise ValueError(f"account {account.id}: a practice login stays on this machine")
    if not account.practice and (account.base_url or account.socket):
        raise ValueError(f"account {account.id}: a login goes to {wanted[1]} (remove base_url)")


def load_accounts(config: Path) -> dict[str, Account]:
    """All accounts of `<config>/accounts.toml` by id, in its order; empty without the file.

    Raises ValueError with one sentence that names the file and the account.
    """
    path = config / FILE
    return _accounts(read_toml(path), path)


def add_account(config: Path, account: Account) -> None:
    """Append `account`; what stands in the file stays, byte by byte. Raises ValueError.

    The file is replaced at once and readable by the person alone.
    """
    check_account(account)
    path = config / FILE
    if account.id in load_accounts(config):
        raise ValueError(f"account {account.id} is already in {path}; change it there")
    before = path.read_bytes() if path.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    after = before + (b"\n" if before else b"") + _table(account).encode()
    _accounts(tomllib.loads(after.decode()), path)
    write_private(path, after)


def _accounts(document: dict[str, Any], path: Path) -> dict[str, Account]:
    """`[accounts.ID]` tables as Accounts; other tables are somebody else's."""
    tables = document.get("accounts", {})
    if not isinstance(tables, dict):
        raise ValueError(f"{path}: accounts are tables [accounts.ID]")
    found: dict[str, Account] = {}
    for name, table in tables.items():
        try:
            fields = {"id": name, **table}
            found[name] = msgspec.convert(fields, Account)
            check_account(found[name])
        except (msgspec.ValidationError, ValueError, TypeError) as error:
            raise ValueError(f"{path}: [accounts.{name}]: {error}") from error
    return found


def _table(account: Account) -> str:
    """The account as TOML: JSON's texts, numbers, lists and booleans are TOML's too."""
    fields = msgspec.to_builtins(account)
    name = fields.pop("id")
    caps = fields.pop("caps", None)
    lines = [f"[accounts.{name}]"]
    lines += [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in fields.items()]
    if caps:
        lines.append(f"caps = {{ concurrent = {caps['concurrent']} }}")
    return "\n".join(lines) + "\n"
