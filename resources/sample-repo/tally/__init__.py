"""A small bookkeeping library: plain text in, balances and reports out."""

__version__ = "0.4.0"
