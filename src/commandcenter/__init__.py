"""commandcenter: an RTS command screen for live AI agent loops."""

__version__ = "0.1.0"
