"""What clients wrap around the words of the person: taken apart, so a script sees the words."""

import re

from commandcenter.core.conversation import Message

_TAGS = (
    "system-reminder environment_context user_instructions INSTRUCTIONS turn_aborted "
    "permissions collaboration_mode skills_instructions subagent_notification skill "
    "local-command-caveat local-command-stdout command-name command-message"
)
_BLOCK = re.compile(rf"<({'|'.join(_TAGS.split())})\b[^>]*>.*?</\1[^>]*>\s*", re.DOTALL)
_LINE = re.compile(r"# AGENTS\.md instructions for [^\n]*\s*|\[Request interrupted by user[^\]]*\]")
_STEERS = (  # Claude Code, opencode: what the person said while the agent was at work
    re.compile(
        r"The user sent a new message while you were working:\s*(.*?)\s*"
        r"(?:This is how Claude Code surfaces|IMPORTANT:|</system-reminder>|\Z)",
        re.DOTALL,
    ),
    re.compile(
        r"The user sent the following message:\s*(.*?)\s*"
        r"(?:Please address this message|</system-reminder>|\Z)",
        re.DOTALL,
    ),
)


def user_messages(parts: list[str]) -> list[Message]:
    """The parts of a user message as what the client added (system), then what was said (user)."""
    added, said = [], []
    for part in parts:
        own = _said(part)
        if own.strip() != part.strip():
            added.append(part)
        if own:
            said.append(own)
    messages = [Message("system", "\n".join(added))] if added else []
    return messages + ([Message("user", "\n".join(said))] if said or not added else [])


def _said(part: str) -> str:
    """The words of the person in one part, "" when there are none."""
    for steer in _STEERS:
        if found := steer.findall(part):
            return "\n".join(found)
    bare = _LINE.sub("", _BLOCK.sub("", part))
    return part if bare == part else bare.strip()
