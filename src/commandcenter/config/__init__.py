"""Settings, accounts, keys, folders and shipped files; judges nothing."""

from commandcenter.config.resources import resource

__all__ = ["resource"]
