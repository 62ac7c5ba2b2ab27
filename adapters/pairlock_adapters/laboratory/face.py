"""What a venue's face must be to be served by the laboratory: apps, its part of ``ready``, and a task of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.types import ASGIApp


class Face(Protocol):
    """One venue's own protocols over one simulated exchange."""

    @property
    def venue(self) -> str:
        """Its name, and its key in ``ready``."""
        ...

    @property
    def apps(self) -> Mapping[str, ASGIApp]:
        """By name (``LabSettings.ports``); each is served on a port of its own."""
        ...

    def ready(self, urls: Mapping[str, str]) -> dict[str, object]:
        """What a client must know; ``urls`` of the apps, without a slash at the end."""
        ...

    def pair(self, market: str) -> dict[str, object]:
        """What ``ready`` says of a market of this venue."""
        ...

    async def run(self) -> None:
        """Whatever goes on by itself (sockets, heartbeats), until cancelled."""
        ...

    def make_key(self) -> dict[str, object]:
        """A further key of the main account: what its client must know, as in ``ready``."""
        ...

    def make_identity(self) -> dict[str, object]:
        """A further account, which holds nothing: what its client must know, as in ``ready``."""
        ...
