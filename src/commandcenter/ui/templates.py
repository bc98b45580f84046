"""What new threads are made from: the person's agents, and our own loop on each account."""

from typing import Any

from commandcenter.core.text import line
from commandcenter.hud.card import Template
from commandcenter.ui.screen import Screen

DRIVERS = {"claude": "claude", "codex": "codex", "opencode": "acp", "gemini": "acp"}
"""The driver of an agent found on the PATH, where the engine does not say it."""
LOGINS = {"claude": "api.anthropic.com", "codex": "chatgpt.com"}
"""Agents with a plan login of their own, and the one host that it reaches."""


def templates(screen: Screen) -> list[Template]:
    """Native on each account, then each agent there is, with its own set-up and with a clean one.

    The first is what a brief is started with when nothing was chosen.
    """
    found = _native(screen)
    agents = [one for one in screen.found.get("agents", []) if drivable(one, screen.found)]
    found += [_mine(str(one["name"]), screen.world.logins) for one in agents]
    found += [_login(str(one["name"])) for one in agents if _asks(one, screen)]
    if "terminal" in screen.found.get("drivers", []):
        note = "a command line"
        found.append(Template("terminal", "terminal", "", "", note, command=True))
    found += [_clean(str(one["name"])) for one in agents]
    return found + _models(screen, found)


def accounts(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The accounts our own loop can use: those of a login have no address."""
    return [one for one in found.get("accounts", []) if one.get("base_url")]


def _native(screen: Screen) -> list[Template]:
    found: list[Template] = []
    for account in accounts(screen.found):
        model = str(account.get("model", ""))
        note = model or str(account.get("kind", ""))
        found.append(Template(str(account["id"]), "native", str(account["id"]), model, note))
    seen = {template.account for template in found}
    for (used, agent, model), count in screen.mirror.census.models.items():
        if count and used and used not in seen and agent == "native":
            seen.add(used)
            found.append(Template(used, agent, used, model, model))
    return found


def _models(screen: Screen, found: list[Template]) -> list[Template]:
    """Our own loop on the other models that an account is known to have, behind all else."""
    accounts = {one.account: one.model for one in found if one.agent == "native" and one.account}
    seen = {
        (account, model)
        for (account, agent, model), count in screen.mirror.census.models.items()
        if count and agent == "native" and model and account in accounts
    }
    others = sorted(one for one in seen if accounts[one[0]] != one[1])
    return [Template(account, "native", account, model, model) for account, model in others]


def drivable(agent: dict[str, Any], found: dict[str, Any]) -> bool:
    """Can the engine drive this agent that was found?"""
    driver = agent.get("driver") or DRIVERS.get(str(agent.get("name", "")), "")
    return driver in found.get("drivers", [])


def _mine(name: str, logins: tuple[str, ...]) -> Template:
    note = "your plan" if name in logins else "your set-up"
    return Template(line(name, 24), name, "", "", note)


def _asks(agent: dict[str, Any], screen: Screen) -> bool:
    name = str(agent["name"])
    return name in LOGINS and name not in screen.world.logins


def _login(name: str) -> Template:
    """Its plan login is let through the gate first; that is asked once."""
    return Template(line(f"{name} login", 24), name, "", "", "asks once", login=name)


def _clean(name: str) -> Template:
    return Template(line(f"{name} clean", 24), name, "", "", "clean set-up", profile="clean")
