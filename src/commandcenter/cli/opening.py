"""`commandcenter open`: a thread's worktree in the person's own programs, outside the thread."""

import argparse
import os
import shutil
import sys

from commandcenter.cli.connection import REFUSED, UNREADABLE, home, say, talk, world
from commandcenter.config import tools
from commandcenter.core.world import Head
from commandcenter.hosts.detached import start_detached
from commandcenter.hosts.ports import block, listening
from commandcenter.link.client import SocketLink


def opened(args: argparse.Namespace) -> int:
    """Exit 3: no such thread, or it has no worktree or port; 5: no program for it."""

    async def do(link: SocketLink) -> int:
        head = (await world(link)).threads.get(args.id)
        if head is None:
            say(f"there is no thread #{args.id}; commandcenter threads lists what there is")
            return REFUSED
        if lacks := _lacks(head, args.what, args.port):
            say(lacks)
            return REFUSED
        return _start(args, head)

    return talk(args, do)


def _lacks(head: Head, what: tools.What, port: int) -> str:
    """Why it cannot be opened yet, empty when it can."""
    if what == "browser":
        if not head.port:
            return f"thread #{head.id} has no port yet"
        if port and port not in block(head.port):
            last = block(head.port)[-1]
            return f"port {port} is not of thread #{head.id}; it has {head.port} to {last}"
    elif not head.workspace:
        return f"thread #{head.id} has no worktree yet"
    elif not os.path.isdir(head.workspace):
        return f"the worktree of thread #{head.id} is gone: {head.workspace}"
    return ""


def _start(args: argparse.Namespace, head: Head) -> int:
    which = shutil.which
    desk = tools.Desktop(os.environ, sys.platform, lambda name: which(name) or "")
    try:
        argv = _argv(desk, args, head)
        state = home(args).state
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = head.workspace if os.path.isdir(head.workspace) else None
        start_detached(argv, state / "opened.log", where, tools.outside(os.environ))
    except (tools.ToolMissing, OSError) as error:
        say(str(error))
        return UNREADABLE
    return 0


def _argv(desk: tools.Desktop, args: argparse.Namespace, head: Head) -> tuple[str, ...]:
    if args.what == "editor":
        return tools.editor(desk, head.workspace)
    if args.what == "shell":
        return tools.shell(desk, head.workspace)
    heard = listening(block(head.port))
    port = args.port or (heard[0] if heard else head.port)
    if port not in heard:
        say(f"nothing listens on port {port} yet")
    return tools.browser(desk, port)
