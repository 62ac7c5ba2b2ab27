"""Kalshi's official client on Node: installed by its lock into build/, and run as a process of its own.

Needs node and npm. Without them these tests are skipped, loudly; where PAIRLOCK_REQUIRE_ALL is set they fail instead.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from docs_pages import ROOT

SCRIPTS = ROOT / "tests" / "node"
LOCK = SCRIPTS / "package-lock.json"
_PARTS = ("package.json", "package-lock.json", ".npmrc")


def need_node() -> None:
    """Skip, or fail where everything is required, if there is no node or npm."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if not missing:
        return
    words = f"no official Kalshi client: {' and '.join(missing)} missing (Debian: apt-get install nodejs npm)"
    if os.environ.get("PAIRLOCK_REQUIRE_ALL"):
        pytest.fail(words)
    pytest.skip(words)


def installed() -> Path:
    """The folder of the installed packages, by the lock's hash; installed where that is not done yet."""
    name = sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = ROOT / "build" / "node" / name
    ready = folder / ".ready"
    folder.mkdir(parents=True, exist_ok=True)
    # Two test runs at once install once.
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            for part in _PARTS:
                shutil.copyfile(SCRIPTS / part, folder / part)
            done = subprocess.run(
                ["npm", "ci"], cwd=folder, capture_output=True, text=True, check=False, timeout=300
            )
            assert done.returncode == 0, f"npm ci: {done.stderr[-2000:]}"
            ready.touch()
    return folder / "node_modules"


def scenario(
    name: str, ready: Mapping[str, Any], folder: Path, identity: Mapping[str, Any] | None = None
) -> Any:
    """What the scenario saw; ``folder`` takes the files that tell it the laboratory's addresses, and who else it is."""
    file = folder / "ready.json"
    file.write_text(json.dumps(dict(ready)), encoding="utf-8")
    second = folder / "identity.json"
    second.write_text(json.dumps(dict(identity or {})), encoding="utf-8")
    done = subprocess.run(
        ["node", str(SCRIPTS / "scenarios.js"), name, str(file)],
        env=os.environ | {"NODE_PATH": str(installed()), "IDENTITY": str(second)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{name}: {done.stderr[-3000:]}"
    return json.loads(done.stdout, parse_float=str)
