"""What may be typed. Each verb names the function that runs it; those are imported only then."""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any

from commandcenter import __version__

BENCHES = ("latency", "control", "gate", "load", "paint", "idle", "start", "split")
VERBS: dict[str, str] = {
    "screen": "open the screen (what `commandcenter [PATH]` does)",
    "engine": "run the engine alone, in the foreground",
    "stop": "end the engine cleanly",
    "status": "versions, threads by state, supply, spend, accounts",
    "threads": "one line per thread",
    "operations": "one line per operation",
    "order": "give one order",
    "events": "entries of the journal, as they come with --follow",
    "transcript": "what one thread said and did",
    "open": "a thread's worktree in your editor or a shell, its port in the browser",
    "approvals": "what waits for you",
    "alerts": "what needs you, first what comes first, and what is worth a glance",
    "journal": "verify, export or measure the journal",
    "screenshot": "paint the screen to a PNG, without a display",
    "sparring": "the practice model endpoint alone",
    "accounts": "what models can be reached; add one",
    "bench": "measure: " + " ".join(BENCHES),
    "doctor": "what works here, and what to install",
}


def lazily(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """The function `name` of `commandcenter.cli.<module>`, imported when it is called."""

    def run(args: argparse.Namespace) -> int:
        return int(getattr(import_module(f"commandcenter.cli.{module}"), name)(args) or 0)

    return run


def parser() -> argparse.ArgumentParser:
    """The whole command line; bad arguments end with exit code 2."""
    top = argparse.ArgumentParser(
        prog="commandcenter",
        description="An RTS command screen for live AI agent loops.",
        epilog="commandcenter [PATH] opens the screen on a repository.",
    )
    top.add_argument("--version", action="version", version=f"commandcenter {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    made = {verb: verbs.add_parser(verb, help=text) for verb, text in VERBS.items()}
    for each in made.values():
        each.add_argument(
            "--home", help="data folder (else $COMMANDCENTER_HOME, else the system's)"
        )
    _starting(made)
    _talking(made)
    _orders(made)
    _local(made)
    _measuring(made)
    return top


def _json(each: argparse.ArgumentParser) -> None:
    each.add_argument("--json", action="store_true", help="one JSON document")


def _skirmish(each: argparse.ArgumentParser) -> None:
    each.add_argument(
        "--skirmish", nargs="?", type=int, const=24, default=0, metavar="N", help="practice threads"
    )
    each.add_argument("--seed", type=int, help="of the skirmish")
    each.add_argument("--speed", type=float, default=1.0, help="of the practice models")
    each.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting")


def _starting(made: dict[str, argparse.ArgumentParser]) -> None:
    made["screen"].add_argument("path", nargs="?", default="", help="a folder in a git repository")
    _skirmish(made["screen"])
    made["screen"].set_defaults(run=lazily("start", "open_screen"))
    _skirmish(made["engine"])
    made["engine"].set_defaults(run=lazily("start", "engine"))
    shot = made["screenshot"]
    shot.add_argument("out", help="a .png file")
    shot.add_argument("--size", default="1920x1080", help="WIDTHxHEIGHT")
    shot.add_argument(
        "--after", type=float, default=0.0, metavar="SECONDS", help="let it run first"
    )
    shot.add_argument("--keys", default="", help='keys to press first, e.g. "J Tab"')
    shot.add_argument("--rects", metavar="OUT.json", help="dump every painted text rectangle")
    _skirmish(shot)
    shot.set_defaults(run=lazily("start", "screenshot"))


def _talking(made: dict[str, argparse.ArgumentParser]) -> None:
    for verb in ("status", "threads", "operations", "approvals", "alerts"):
        _json(made[verb])
        made[verb].set_defaults(run=lazily("talk", verb))
    made["stop"].set_defaults(run=lazily("talk", "stop"))
    events = made["events"]
    events.add_argument("--follow", action="store_true", help="go on as entries come")
    events.add_argument("--since", type=int, default=0, metavar="SEQ")
    events.add_argument("--thread", type=int, default=0, metavar="ID")
    _json(events)
    events.set_defaults(run=lazily("talk", "events"))
    made["transcript"].add_argument("id", type=_thread)
    _json(made["transcript"])
    made["transcript"].set_defaults(run=lazily("talk", "transcript"))
    opens = made["open"]
    opens.add_argument("id", type=_thread)
    opens.add_argument("what", choices=("editor", "shell", "browser"))
    opens.add_argument("--port", type=int, default=0, help="of the thread's ten (browser)")
    opens.set_defaults(run=lazily("opening", "opened"))


def _thread(text: str) -> int:
    return int(text.lstrip("#"))


def _orders(made: dict[str, argparse.ArgumentParser]) -> None:
    order = made["order"]
    order.add_argument("text", help="e.g. 'pause @all', 'steer #3 \"use the public API\"'")
    order.add_argument(
        "--wait", nargs="?", type=float, const=60.0, metavar="S", help="until its outcome"
    )
    order.add_argument("--yes", action="store_true", help="the second press of a large order")
    order.set_defaults(run=lazily("give", "order"))


def _local(made: dict[str, argparse.ArgumentParser]) -> None:
    journal = made["journal"]
    journal.add_argument("what", choices=("verify", "export", "stats"))
    journal.add_argument("--seals", metavar="FILE", help="compare with seals kept outside")
    journal.add_argument("--from", dest="since", type=int, default=0, metavar="SEQ")
    _json(journal)
    journal.set_defaults(run=lazily("local", "journal"))
    accounts = made["accounts"]
    _account_arguments(accounts)
    accounts.set_defaults(run=lazily("local", "accounts"))
    sparring = made["sparring"]
    where = sparring.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, help="on 127.0.0.1; 0 = any")
    where.add_argument("--socket", metavar="PATH")
    where.add_argument("--make-login", metavar="DIR", help="write the practice login and end")
    for name in ("--scenario", "--control", "--log", "--plan"):
        sparring.add_argument(name)
    sparring.add_argument("--seed", type=int)
    sparring.add_argument("--speed", type=float, default=1.0)
    sparring.set_defaults(run=lazily("local", "sparring"))


def _account_arguments(accounts: argparse.ArgumentParser) -> None:
    accounts.add_argument("what", nargs="?", choices=("add",))
    accounts.add_argument("id", nargs="?")
    accounts.add_argument("--kind", choices=("chat", "anthropic", "ollama", "responses"))
    accounts.add_argument("--auth", choices=("key", "login"), default="key")
    accounts.add_argument("--practice", action="store_true", help="sparring's own, practice money")
    accounts.add_argument("--url", default="")
    accounts.add_argument("--model", default="")
    accounts.add_argument("--key", action="store_true", help="read the key from standard input")
    _json(accounts)


def _measuring(made: dict[str, argparse.ArgumentParser]) -> None:
    bench: Any = made["bench"]
    bench.add_argument("names", nargs="+", choices=BENCHES, metavar="NAME")
    bench.add_argument("--threads", type=int, default=200)
    bench.add_argument("--probe", action="store_true", help="latency, as seen from outside")
    _json(bench)
    bench.set_defaults(run=lazily("local", "bench"))
    _json(made["doctor"])
    made["doctor"].set_defaults(run=lazily("local", "doctor"))
