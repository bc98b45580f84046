"""What an ACP session hears: each update to the running turn or to the session itself."""

from collections.abc import Callable
from typing import Any

from commandcenter.core.events import (
    AgentNote,
    CommandsChanged,
    ContextMeasured,
    Event,
    PlanChanged,
    WireError,
)
from commandcenter.core.text import one_line
from commandcenter.drivers.acp_turn import Turn
from commandcenter.drivers.base import Sink


class Hearer:
    """The ears of one session. While it is `replaying`, history that the agent repeats is
    swallowed: it was told when it happened."""

    def __init__(
        self, sink: Sink, offers: Callable[[tuple[str, ...]], None], missed: Callable[[], bool]
    ) -> None:
        self.turn: Turn | None = None
        """The newest turn; it keeps what still comes after its end."""
        self.replaying = True
        self.models: tuple[str, tuple[str, ...]] = ("", ())
        """The config option of category `model`, and what it offers."""
        self.last_words = ""
        self._sink = sink
        self._offers = offers
        self._missed = missed
        self._of: dict[str, Callable[[Any], None]] = {
            "agent_message_chunk": self._text,
            "agent_thought_chunk": self._thought,
            "user_message_chunk": lambda update: None,
            "tool_call": self._tool,
            "tool_call_update": self._tool,
            "plan": self._plan,
            "available_commands_update": self._commands,
            "config_option_update": self._options,
            "current_mode_update": self._mode,
            "session_info_update": self._info,
            "usage_update": self._usage,
        }

    def emit(self, event: Event) -> None:
        """A fact of the session, told in its newest turn."""
        self._sink.emit(event, self.turn.number if self.turn is not None else 0)

    # --- of the wire ------------------------------------------------------------------------

    def updated(self, update: Any) -> None:
        """A session update, as the SDK's model."""
        kind = update.session_update
        if kind not in self._of:
            self.unknown(f"update {kind}")
        elif not self.replaying or kind in ("available_commands_update", "config_option_update"):
            self._of[kind](update)

    def unknown(self, what: str) -> None:
        """A message that nobody knows."""
        self.emit(AgentNote("unknown", one_line(what, 200)))

    def garbled(self, why: str, sample: bytes) -> None:
        """A line that is no message."""
        self.emit(WireError(one_line(why, 200), one_line(sample.decode("utf-8", "replace"), 200)))

    def gone(self, code: int, tail: str) -> None:
        """The process has ended."""
        last = one_line(tail[-400:], 300)
        self.last_words = f"the agent has ended (exit {code})" + (f": {last}" if last else "")
        if self._missed():
            self.emit(AgentNote("notice", self.last_words))

    # --- updates ----------------------------------------------------------------------------

    def _text(self, update: Any) -> None:
        if self.turn is not None:
            self.turn.text(update)

    def _thought(self, update: Any) -> None:
        if self.turn is not None:
            self.turn.thought(update)

    def _tool(self, update: Any) -> None:
        if self.turn is not None:
            self.turn.tool(update)

    def _plan(self, update: Any) -> None:
        items = tuple((one_line(one.content, 300), one.status) for one in update.entries)
        self.emit(PlanChanged(items))

    def _commands(self, update: Any) -> None:
        names = tuple(one.name.removeprefix("/") for one in update.available_commands)
        self._offers(names)
        if not self.replaying:
            self.emit(CommandsChanged(names))

    def _options(self, update: Any) -> None:
        from commandcenter.drivers.acp_wire import model_option

        self.models = model_option(update.config_options)

    def _mode(self, update: Any) -> None:
        self.emit(AgentNote("notice", f"mode {one_line(update.current_mode_id, 100)}"))

    def _info(self, update: Any) -> None:
        if update.title:
            self.emit(AgentNote("title", one_line(update.title, 200)))

    def _usage(self, update: Any) -> None:
        self.emit(ContextMeasured(update.used, update.size))
