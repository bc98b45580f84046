"""Commands that start something: the engine, the screen, a picture of the screen."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from commandcenter import compose
from commandcenter.cli.connection import REFUSED, UNREADABLE, home, say
from commandcenter.config.qt_pair import qt_refusal, qt_version
from commandcenter.config.settings import load_settings

BAD = 2
LATER = {"search": "later", "rules": "later", "report": "later"}


def engine(args: argparse.Namespace) -> int:
    """The engine alone, in the foreground; prints `ready SOCKET`."""
    from commandcenter.engine.lock import Occupied
    from commandcenter.journal.segments import JournalDamaged, NewerJournal

    if bad_settings(args):
        return BAD
    try:
        asyncio.run(compose.run_engine(options(args)))
    except Occupied as occupied:
        say(str(occupied))
        return REFUSED
    except NewerJournal as newer:
        say(f"{newer}; nothing was touched")
        return REFUSED
    except (JournalDamaged, OSError, ValueError, RuntimeError) as error:
        say(str(error))
        return UNREADABLE
    return 0


def bad_settings(args: argparse.Namespace) -> bool:
    """Says what is wrong with a `--set`, before anything starts; a bad file is another matter."""
    if not args.set:
        return False
    try:
        load_settings(home(args).config, tuple(args.set))
    except ValueError as error:
        say(str(error))
        return True
    return False


def options(args: argparse.Namespace) -> compose.Options:
    """How the engine is to be started."""
    overrides = tuple(args.set)
    return compose.Options(home(args), args.skirmish, args.seed, args.speed, overrides)


def open_screen(args: argparse.Namespace) -> int:
    """The screen on a repository; an engine is started when none runs."""
    if args.path in LATER:
        say(f"{args.path} is not built yet: it comes with {LATER[args.path]}")
        return BAD
    if args.path and not Path(args.path).expanduser().is_dir():
        say(f"{args.path} is neither a folder nor a command; commandcenter --help lists them")
        return BAD
    refusal = qt_refusal(qt_version())
    if refusal:
        say(refusal)
        return UNREADABLE
    if bad_settings(args):
        return BAD
    if not has_display():
        say(HEADLESS)
        return UNREADABLE
    path = str(Path(args.path or ".").expanduser().absolute())
    return compose.run_screen(options(args), path, engine_argv(args))


def engine_argv(args: argparse.Namespace) -> list[str]:
    """The command line of the engine that belongs to this screen."""
    argv = [sys.executable, "-m", "commandcenter", "engine"]
    argv += ["--home", args.home] if args.home else []
    argv += ["--skirmish", str(args.skirmish)] if args.skirmish else []
    argv += ["--seed", str(args.seed)] if args.seed is not None else []
    argv += ["--speed", str(args.speed)]
    for pair in args.set:
        argv += ["--set", pair]
    return argv


def screenshot(args: argparse.Namespace) -> int:
    """Paint the screen to a file, without a display."""
    refusal = qt_refusal(qt_version())
    if refusal:
        say(refusal)
        return UNREADABLE
    width, _, height = args.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        say(f"--size wants WIDTHxHEIGHT, not {args.size}")
        return 2
    if bad_settings(args):
        return BAD
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    shot = compose.Shot(
        out=args.out,
        width=int(width),
        height=int(height),
        after_s=args.after,
        keys=args.keys,
        rects=args.rects or "",
    )
    return compose.run_screenshot(options(args), shot, engine_argv(args))


def has_display() -> bool:
    """Can a window be opened here?"""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


HEADLESS = """there is no display here. Everything works without one:
  commandcenter engine --skirmish 24 --seed 7     the practice operation; leave it running
  commandcenter threads                           in another shell: what runs
  commandcenter order 'pause @all' --wait         give an order
  commandcenter screenshot shot.png               see the screen as a picture
  commandcenter stop                              end it cleanly
In a repository of your own, with `commandcenter engine` running:
  commandcenter accounts add local --kind ollama --url http://127.0.0.1:11434 --model M
  commandcenter order 'spawn --repo . --account local "what shall be done"'
  commandcenter order 'spawn --from list.txt --repo . --account local'
                                                  one thread for each line of the list"""
