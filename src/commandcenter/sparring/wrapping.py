"""What clients wrap around the words of the person: taken apart, so a script sees the words."""

import re

from commandcenter.core.conversation import Message

_TAGS = (
    "system-reminder environment_context user_instructions INSTRUCTIONS turn_aborted "
    "permissions collaboration_mode skills_instructions subagent_notification skill "
    "local-command-caveat local-command-stdout command-name command-message session"
)
_BLOCK = re.compile(rf"<({'|'.join(_TAGS.split())})\b[^>]*>.*?</\1[^>]*>\s*", re.DOTALL)
_AGENTS = re.compile(r"# AGENTS\.md instructions for [^\n]*\s*")
_STEER = re.compile(
    r"<system-reminder>\s*The user sent a new message while you were working:\s*(.*?)"
    r"\s*(?:IMPORTANT:|</system-reminder>)",
    re.DOTALL,
)


def user_messages(parts: list[str]) -> list[Message]:
    """One user message per request for attention; what a client added comes before as system."""
    added, said = [], []
    for part in parts:
        own = _STEER.findall(part)
        rest = _AGENTS.sub("", _BLOCK.sub("", part)).strip()
        if rest != part.strip():
            added.append(part)
        said += [*own, *([rest] if rest else [])]
    messages = [Message("system", "\n".join(added))] if added else []
    return messages + ([Message("user", "\n".join(said))] if said or not added else [])
