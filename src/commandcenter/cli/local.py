"""Commands that need no engine: journal, accounts, sparring, bench, doctor."""

import argparse
import asyncio
import os
import sys
import uuid
from pathlib import Path
from typing import Literal

import msgspec

from commandcenter.cli.connection import UNREADABLE, home, say
from commandcenter.cli.talk import show, table

BAD, FAILED, INVALID = 2, 1, 6


def journal(args: argparse.Namespace) -> int:
    """verify: 0 sound, 1 altered, 5 unreadable; export: JSON lines; stats: sizes."""
    from commandcenter.journal import reports
    from commandcenter.journal.verify import verify

    folder = home(args).data / "journal"
    if args.seals:
        say("seals come later; the chain itself is checked without them")
        return BAD
    try:
        if args.what == "export":
            for line in reports.export(folder, args.since):
                sys.stdout.buffer.write(line.rstrip(b"\n") + b"\n")
            return 0
        if args.what == "stats":
            return show(msgspec.to_builtins(reports.stats(folder), enc_hook=str))
        report = verify(folder, max(1, args.since))
    except (OSError, RuntimeError) as error:
        say(str(error) or f"no journal in {folder}")
        return UNREADABLE
    document = msgspec.to_builtins(report, enc_hook=str)
    if args.json:
        show(document)
    else:
        for key, value in document.items():
            sys.stdout.write(f"{key:10} {value}\n")
    return {"sound": 0, "altered": FAILED}.get(report.status, UNREADABLE)


def accounts(args: argparse.Namespace) -> int:
    """List what can be reached, or add one account."""
    from commandcenter.config.accounts import load_accounts

    where = home(args).config
    try:
        if args.what == "add":
            return _add(args)
        found = load_accounts(where)
    except (ValueError, OSError) as error:
        say(str(error))
        return BAD if args.what == "add" else UNREADABLE
    if args.json:
        return show([msgspec.to_builtins(account) for account in found.values()])
    if not found:
        say("no account yet: commandcenter accounts add ID --kind K --url U --model M [--key]")
        return 0
    return table((a.id, a.kind, a.model, a.url, a.auth) for a in found.values())


def _add(args: argparse.Namespace) -> int:
    from commandcenter.config.accounts import Account, add_account
    from commandcenter.config.secrets import Keys

    if not args.id or not args.kind:
        raise ValueError("accounts add wants ID and --kind chat|anthropic|ollama|responses")
    where = home(args)
    where.make()
    ref = args.id if args.key else ""
    login = args.auth == "login"
    url = args.url or ("" if login else DEFAULT_URLS[args.kind])
    made = Account(
        args.id,
        args.kind,
        url,
        auth=args.auth,
        agent=LOGIN_AGENTS.get(args.kind, "") if login else "",
        key_ref=ref,
        model=args.model,
        practice=args.practice,
    )
    add_account(where.config, made)
    if args.key:
        if sys.stdin.isatty():
            say("type the key, then Return")
        place = Keys(where.config, os.environ).put(ref, sys.stdin.readline().strip())
        say(f"the key is kept in the {place}")
    if url:
        say(reach(url))
    if login:
        say(f"the login passes once you let it: commandcenter order 'allow-login {made.agent}'")
    say("a running engine knows it from now on")
    return 0


LOGIN_AGENTS: dict[str, Literal["claude", "codex"]] = {"anthropic": "claude", "responses": "codex"}
"""Whose login an account of that kind can be."""
DEFAULT_URLS = {
    "responses": "https://api.openai.com/v1",
    "chat": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://127.0.0.1:11434",
}


def reach(url: str) -> str:
    """Does anything answer there? One request without a key, 3 s at the most."""
    import httpx

    try:
        answer = httpx.get(url, timeout=3.0)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url} does not answer yet ({type(error).__name__}); it is tried again at each call"
    return f"{url} answers (HTTP {answer.status_code} without a key)"


def sparring(args: argparse.Namespace) -> int:
    """The practice endpoint until it is interrupted; prints one JSON line with its key."""
    from commandcenter.compose import SystemClock
    from commandcenter.sparring.server import Options, Ports, run

    if args.make_login is not None:
        return _make_login(args.make_login)
    given = os.environ.pop("SPARRING_KEY", "")
    key = given or f"sparring-{uuid.uuid4().hex}"
    options = Options(
        port=args.port if args.socket is None else None,
        socket=args.socket,
        scenario=args.scenario,
        seed=args.seed,
        speed=args.speed,
        control=args.control,
        log=args.log,
        plan=args.plan,
    )
    if options.port is None and options.socket is None:
        options = msgspec.structs.replace(options, port=0)
    try:
        run(options, Ports(SystemClock(), key, show_key=not given))
    except (ValueError, OSError) as error:
        say(str(error))
        return UNREADABLE
    return 0


def _make_login(folder: str) -> int:
    """Write the practice login; one line for each file."""
    from commandcenter.compose import SystemClock
    from commandcenter.sparring.login import make_login

    try:
        written = make_login(Path(folder), SystemClock().wall())
    except OSError as error:
        say(str(error))
        return UNREADABLE
    return table((str(path),) for path in written)


def bench(args: argparse.Namespace) -> int:
    """Measure; 1 when a must-floor was missed, 6 when the measurement is invalid."""
    from commandcenter.bench import run

    names = ["probe" if args.probe and name == "latency" else name for name in args.names]
    return asyncio.run(run(names, args.threads, args.json))


def doctor(args: argparse.Namespace) -> int:
    """What works here."""
    from commandcenter import doctor as check

    return check.run(args.json, args.home)
