"""What a repository wants done in each of its worktrees before an agent begins."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commandcenter.engine.runner import Runner


async def set_up(runner: "Runner", workspace: str) -> None:
    """Copies, links and the set-up command, once per workspace."""
