"""The dependencies: declared, explained, locked, and only those used that a plain install brings."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
GROUPS = {
    group: [Requirement(line) for line in lines] for group, lines in PROJECT["dependency-groups"].items()
}
LOCKED_IN = [
    *((each, "lock.txt") for each in [*RUNTIME, *GROUPS["test"]]),
    *((each, "build.txt") for each in GROUPS["backend"]),
    *((each, "deep.txt") for each in GROUPS["deep"]),
    *((each, "fuzz.txt") for each in GROUPS["fuzz"]),
    *((each, "uv.txt") for each in GROUPS["lock"]),
]
OURS = {"pairlock", "pairlock_adapters", "pairlock_specs"}


def pins(name: str) -> dict[str, Version]:
    """The versions that a lock file pins; every one must carry at least one hash."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    found: dict[str, Version] = {}
    for block in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", text).strip()):
        match = re.match(r"(\S+)==([^\s;\\]+)", block)
        assert match, f"{name}: not a pin: {block!r}"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), f"{name}: no hash: {match.group(1)}"
        found[canonicalize_name(match.group(1))] = Version(match.group(2))
    return found


@pytest.mark.parametrize(("requirement", "lock"), LOCKED_IN, ids=lambda each: getattr(each, "name", each))
def test_every_dependency_is_locked_at_an_accepted_version(requirement: Requirement, lock: str) -> None:
    pinned = pins(lock).get(canonicalize_name(requirement.name))
    assert pinned is not None, f"{requirement} is not in requirements/{lock}; run `make lock`"
    assert pinned in requirement.specifier, f"requirements/{lock} pins {pinned}; run `make lock`"


def test_backend_lock_agrees_with_the_main_lock() -> None:
    main, backend = pins("lock.txt"), pins("build.txt")
    assert {name: backend[name] for name in main.keys() & backend.keys()} == {
        name: main[name] for name in main.keys() & backend.keys()
    }


def test_trio_is_pinned_exactly() -> None:
    """Deterministic scheduling uses trio's private names, see docs/decisions/0001."""
    trio = next(each for each in RUNTIME if each.name == "trio")
    assert [spec.operator for spec in trio.specifier] == ["=="]


def test_backend_group_is_what_the_build_requires() -> None:
    assert [str(each) for each in GROUPS["backend"]] == PROJECT["build-system"]["requires"]


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"(?m)^- `([^`]+)`: \S.{10,}$", text)
    declared = [each.name for each in [*RUNTIME, *(one for group in GROUPS.values() for one in group)]]
    assert sorted(explained) == sorted(declared)


def test_the_packages_import_only_what_a_plain_install_brings() -> None:
    """Imports of the three packages: the standard library, each other, and declared run-time dependencies.

    The plugin that pytest loads may import pytest: who loads it has it.
    """
    plugin = PROJECT["project"]["entry-points"]["pytest11"]["pairlock"].replace(".", "/") + ".py"
    declared = {canonicalize_name(each.name) for each in RUNTIME}
    owners = packages_distributions()
    bad: set[str] = set()
    for folder in ("engine", "adapters", "specs"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                for top in {name.split(".")[0] for name in names} - OURS - sys.stdlib_module_names:
                    allowed = declared | {"z3-solver"}
                    if path == ROOT / "adapters" / plugin:
                        allowed |= {"pytest"}
                    if not {canonicalize_name(each) for each in owners.get(top, [])} & allowed:
                        bad.add(f"{path.relative_to(ROOT)}: {top}")
    assert bad == set()
