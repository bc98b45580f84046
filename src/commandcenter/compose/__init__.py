"""The one place that names concrete classes. Imports stand inside functions, so that
`commandcenter order` never pays for Qt and the screen never for the engine."""

from commandcenter.compose.base import (
    Options,
    SystemClock,
    SystemIds,
    link,
    practice_accounts,
    socket_path,
)
from commandcenter.compose.drivers import MakeDrivers, Needs, all_drivers
from commandcenter.compose.engine import build
from commandcenter.compose.life import run_engine
from commandcenter.compose.screen import Shot, run_screen, run_screenshot

__all__ = [
    "MakeDrivers",
    "Needs",
    "Options",
    "Shot",
    "SystemClock",
    "SystemIds",
    "all_drivers",
    "build",
    "link",
    "practice_accounts",
    "run_engine",
    "run_screen",
    "run_screenshot",
    "socket_path",
]
