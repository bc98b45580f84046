"""What the player agrees to before an agent's own login passes the gate (gate.md 1.2)."""

SENTENCE = (
    "Your own {agent} will reach {host} through the gate on this computer; your login is passed "
    "on unchanged, never stored, never logged and never used for anything else; the terms of your "
    "plan go on to apply."
)


def sentence(agent: str, place: str) -> str:
    """As it is shown, and as its hash is recorded; `place` = the login's host or address."""
    host = (place.partition("://")[2] or place).partition("/")[0]
    return SENTENCE.format(agent=agent, host=host)
