"""The written proofs: mutants that no claim can kill, because they do what the engine does."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files

from attrs import frozen

from pairlock_specs.mutants.hunt import Fate, Hunted

_FILE = "survivors.toml"


@frozen
class Judged:
    """``open``: survivors without a proof. ``proved``: by name. ``stale``: proofs that no longer say the truth."""

    open: tuple[str, ...]
    proved: dict[str, str]
    stale: tuple[str, ...]


def proofs() -> dict[str, str]:
    """Why each is equivalent, by the mutant's name."""
    text = files("pairlock_specs.mutants").joinpath(_FILE).read_text(encoding="utf-8")
    entries: list[dict[str, str]] = tomllib.loads(text).get("survivor", [])
    return {entry["name"]: " ".join(entry["why"].split()) for entry in entries}


def judged(found: Sequence[Hunted], known: dict[str, str], names: Sequence[str], *, whole: bool) -> Judged:
    """``names``: of every mutant that there is; ``whole``: all of them were hunted.

    A proof is stale when its mutant was killed or is no mutant any more.
    """
    survived = [each.name for each in found if each.fate is Fate.SURVIVED]
    killed = {each.name for each in found if each.fate is Fate.KILLED}
    stale = [name for name in known if name in killed or name not in names]
    if whole:
        stale += [name for name in known if name not in survived and name not in stale]
    return Judged(
        tuple(name for name in survived if name not in known),
        {name: known[name] for name in survived if name in known},
        tuple(stale),
    )
