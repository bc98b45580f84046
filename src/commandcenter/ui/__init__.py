"""Widgets: what the player sees and touches. Qt lives here and nowhere else."""
