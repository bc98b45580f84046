"""The person's own command and webhook on what needs them, ended, emptied (screen.md 10)."""

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from commandcenter.core.codec import Fact
from commandcenter.core.events import AlertCleared, AlertRaised
from commandcenter.core.text import one_line
from commandcenter.engine.profiles import PROVIDER
from commandcenter.hosts.base import Spawn
from commandcenter.hud.notify import Notifier, Told

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine

LIMIT_S: Final = 10.0
ALERT: Final = "notify"
log = logging.getLogger("cc.notify")


class Notices:
    """What is due is told once; what cannot be delivered is one alert, never tried in a storm."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._notifier = Notifier(engine.parts.redact)

    def tick(self) -> None:
        """Once a second."""
        parts = self._engine.parts
        wanted = parts.settings.notify
        if not (wanted.command or wanted.webhook):
            return
        for told in self._notifier.due(parts.world, parts.clock.wall(), wanted.after_s):
            parts.tasks.spawn(self._deliver(told), f"notify {told.kind}")

    async def _deliver(self, told: Told) -> None:
        wanted = self._engine.parts.settings.notify
        data = msgspec.json.encode(told)
        failed = []
        if wanted.command and (why := await self._command(wanted.command, data)):
            failed.append(f"notify.command {why}")
        if wanted.webhook and (why := await self._engine.parts.post(wanted.webhook, data)):
            failed.append(f"notify.webhook {why}")
        self._said("; ".join(failed))

    async def _command(self, line: str, data: bytes) -> str:
        """Why it did not work; empty = it did."""
        parts = self._engine.parts
        env = {n: text for n, text in parts.person_env.known().items() if n not in PROVIDER}
        spawn = Spawn(("/bin/sh", "-c", line), str(parts.folders.data), env, stdin=data)
        try:
            ran = await parts.host.run(spawn, LIMIT_S)
        except OSError as error:
            return str(error)
        if ran.late:
            return f"took longer than {LIMIT_S:.0f} s"
        said = ran.err.decode("utf-8", "replace").strip()
        return f"ended with {ran.code}: {said[-120:]}" if ran.code else ""

    def _said(self, failed: str) -> None:
        ledger, alerts = self._engine.parts.ledger, self._engine.parts.world.alerts
        open_now = ALERT in alerts and not alerts[ALERT].cleared
        if failed and not open_now:
            line = one_line(f"a notice could not be delivered: {failed}", 200)
            mend = "settings.toml [notify]; the next notice tries again"
            ledger.post([Fact(AlertRaised(ALERT, "warn", "notify", line, mend))])
        elif not failed and open_now:
            ledger.post([Fact(AlertCleared(ALERT))])
