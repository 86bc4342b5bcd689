"""The exchange's side of warning campaigns: it holds what is live, verified, and answers in its own process.

Installable on its own (pyproject.toml beside this file); the portal selects with the same code. The names
below are loaded when they are asked for, so that whoever needs the selection alone loads no network.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audience import Situation
    from .client import CampaignWarning, Client, Status
    from .events import Shown
    from .showings import LocalShowings, Showings
    from .signing import BadSignature
    from .variants import assign

__version__ = "1.0.0"

_WHERE = {
    "BadSignature": "signing",
    "CampaignWarning": "client",
    "Client": "client",
    "LocalShowings": "showings",
    "Showings": "showings",
    "Shown": "events",
    "Situation": "audience",
    "Status": "client",
    "assign": "variants",
}
__all__ = [
    "BadSignature", "CampaignWarning", "Client", "LocalShowings", "Showings", "Shown", "Situation", "Status",
    "assign",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
