"""Where processes run: spawn, process trees, files beneath a workspace, git worktrees."""
