"""Puts resources/ into the wheel; an editable install reads them from the repository instead."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface[Any]):
    """Adds resources/ as commandcenter/resources to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is hatchling's word for the kind of wheel: standard or editable."""
        if version == "standard":
            build_data["force_include"]["resources"] = "commandcenter/resources"
