"""`pairlock verify --export promela|tla DIR`: explores the scope and writes it down for another model checker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from pairlock.errors import UserError
from pairlock.step import step as installed_step
from pairlock.table_check import table_digest
from pairlock_specs.engine import StepFunction
from pairlock_specs.explore import Explorer
from pairlock_specs.export.promela import promela
from pairlock_specs.export.tabulate import NotOneTable, Tables, tabulate
from pairlock_specs.export.tla import tla
from pairlock_specs.scope import KILL, Scope

COMMON = KILL  # the scope at which explorer, SPIN and TLC are compared
KINDS: dict[str, Callable[[Tables], dict[str, str]]] = {"promela": promela, "tla": tla}
MANIFEST = "pairlock-export.json"  # names the files of an export, so that the next one may replace them
_FORMAT = "pairlock-export-1"


@frozen
class Exported:
    """What was written, and what another model checker must come to: states, and edges that change something."""

    kind: str
    folder: Path
    files: tuple[str, ...]
    scope: str
    states: int
    edges: int
    depth: int


def export(
    kind: str, folder: str | Path, scope: Scope = COMMON, step: StepFunction = installed_step
) -> Exported:
    """Explores ``scope`` and writes its export into ``folder``, which is made if it is not there.

    Raises UserError for an unknown kind, a folder that cannot be used, and a search that cannot be written down.
    """
    if kind not in KINDS:
        raise UserError(f"{kind!r} is not a kind of export; choose {' or '.join(sorted(KINDS))}.")
    target = Path(folder)
    earlier = _earlier_files(target)
    try:
        tables = tabulate(Explorer(scope, step=step).run())
    except NotOneTable as error:
        raise UserError(
            f"Nothing was exported: {error}; run `pairlock verify` to see which claim broke."
        ) from None
    return write(kind, target, tables, earlier)


def write(kind: str, folder: Path, tables: Tables, earlier: tuple[str, ...] = ()) -> Exported:
    """Writes the files, and before them the manifest; ``earlier`` ones that are no longer needed go."""
    files = KINDS[kind](tables)
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "kind": kind,
        "scope": tables.scope.name,
        "states": tables.states,
        "edges": tables.edges,
        "depth": tables.depth,
        "table_digest": table_digest(),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in earlier:
            folder.joinpath(name).unlink(missing_ok=True)
        texts = {MANIFEST: json.dumps(manifest, indent=2) + "\n", **files}
        for name, text in texts.items():
            folder.joinpath(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"The export cannot be written to {folder}: {error.strerror or error}.") from None
    counted = (tables.scope.name, tables.states, tables.edges, tables.depth)
    return Exported(kind, folder, tuple(sorted(files)), *counted)


def _earlier_files(folder: Path) -> tuple[str, ...]:
    """The files of our own earlier export there; refuses a folder that holds anything else."""
    try:
        held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise UserError(f"{folder} cannot be used for an export: {error.strerror or error}.") from None
    if not held:
        return ()
    try:
        manifest = json.loads(folder.joinpath(MANIFEST).read_text(encoding="utf-8"), parse_float=str)
        known = manifest["format"] == _FORMAT
        names = tuple(str(name) for name in manifest["files"])
    except (OSError, ValueError, TypeError, KeyError):
        known, names = False, ()
    if not known or any(Path(name).name != name for name in names):
        raise UserError(
            f"{folder} is not empty and holds no earlier export; name an empty folder or a new one."
        )
    return names


def run(kind: str, folder: str, scope: Scope) -> int:
    """The command: exports, and says what the other tool must come to. Returns 0."""
    done = export(kind, folder, scope)
    print(f"Wrote {', '.join(done.files)} to {done.folder}: scope {done.scope}.")
    print(f"It must come to {done.states:,} states and {done.edges:,} edges; both tools count one edge more.")
    return 0
