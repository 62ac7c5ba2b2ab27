"""Which faces a laboratory has. A further venue is one more entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock_adapters.laboratory.face import Face
from pairlock_adapters.laboratory.kalshi.face import KalshiFace

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


def make_faces(lab: Laboratory) -> dict[str, Face]:
    """By venue, in the order in which they are served."""
    faces: tuple[Face, ...] = (KalshiFace(lab),)
    return {face.venue: face for face in faces}
