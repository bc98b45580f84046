"""What the player has selected, bound and sees; no Qt, no clock, no chance."""
