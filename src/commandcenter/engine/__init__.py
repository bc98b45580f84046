"""The one door, and what acts behind it."""
