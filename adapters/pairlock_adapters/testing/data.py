"""Faults as data: as values, as the tables of a script, or as a script's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import load_script, script_from

Faults: TypeAlias = str | Path | Iterable[Fault | Mapping[str, Any]]


def faults_of(faults: Faults) -> tuple[Fault, ...]:
    """The faults that are meant; a path is a script's file. Raises UserError: one sentence with key and mend."""
    if isinstance(faults, str | Path):
        return load_script(str(faults)).faults
    found: list[Fault] = []
    for number, each in enumerate(faults, 1):
        if isinstance(each, Fault):
            found.append(each)
        else:
            found += script_from({"fault": [dict(each)]}, f"faults, entry {number}").faults
    return tuple(found)
