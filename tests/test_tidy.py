"""House rules of the source, as tests. A rule that only a reviewer holds is a rule that ends with the reviewer."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine" / "pairlock"
PACKAGES = (ENGINE, ROOT / "adapters" / "pairlock_adapters", ROOT / "specs" / "pairlock_specs")
SOURCES = sorted(
    path
    for folder in ("engine", "adapters", "specs", "tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
)

# The pure core: a function of its arguments, run unchanged in production, under virtual time and by the explorer.
PURE = frozenset(
    "units model lifecycle machine facts commands absorb classify decide step fees gates sizing exposure exits book"
    " opportunity opportunity_checks exit_bound ledger detect orders positions verdict alerting breakers table_cells"
    " table_check".split()
)
# What the pure core may import of the package besides itself: values and exceptions, nothing that acts.
PURE_MAY_IMPORT = PURE | {"errors", "limits", "ports"}
IMPURE_MODULES = frozenset(
    "apsw asyncio concurrent datetime httpx io logging multiprocessing os pathlib random secrets select selectors"
    " signal socket sqlite3 ssl subprocess sys tempfile threading time trio trio_websocket uuid".split()
)


class Allowed(NamedTuple):
    """How many floats a file may hold, exactly (so that an entry which is no longer needed fails too), and why."""

    places: int
    reason: str


# By path from the root. Money, prices and sizes never appear here: only what is shown, or handed to a library.
FLOATS_ALLOWED: dict[str, Allowed] = {
    "adapters/pairlock_adapters/demo/tally.py": Allowed(2, "completion and loss rates, for display"),
    "adapters/pairlock_adapters/simulated/clock.py": Allowed(4, "trio's clock counts in seconds"),
    "adapters/pairlock_adapters/simulated/scaled.py": Allowed(6, "trio's clock counts in seconds"),
    "adapters/pairlock_adapters/testing/running.py": Allowed(1, "the standard library sleeps in seconds"),
    "engine/pairlock/runner/clock.py": Allowed(2, "trio counts in seconds"),
}

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 70
LONG_FILES = {"engine/pairlock/lifecycle.py"}  # the whole table in one file is the point of it


def rel(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def pure_files() -> list[Path]:
    """The files of the pure modules; a module may be a file or a folder."""
    found = [ENGINE / f"{name}.py" for name in sorted(PURE)]
    found += [path for name in sorted(PURE) for path in sorted((ENGINE / name).rglob("*.py"))]
    return [path for path in found if path.exists()]


def money_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in package.rglob("*.py"))


def floats_in(tree: ast.Module) -> list[tuple[int, str]]:
    """Every place where a binary float is written, asked for, or made by dividing: (line, what)."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                found.append((node.lineno, "a float literal"))
            case ast.Name(id="float" | "complex"):
                found.append((node.lineno, f"the type {node.id}"))
            case ast.BinOp(op=ast.Div(), left=left, right=right) if not _is_path(left) and not _is_path(
                right
            ):
                found.append((node.lineno, "a true division"))
            case ast.AugAssign(op=ast.Div()):
                found.append((node.lineno, "a true division"))
            case ast.ImportFrom(module="math" | "statistics" | "cmath") | ast.Import() if _float_modules(
                node
            ):
                found.append((node.lineno, "a module that computes in floats"))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="json"), attr="loads" | "load")) if not any(
                keyword.arg == "parse_float" for keyword in node.keywords
            ):
                found.append((node.lineno, "json read without parse_float, which makes numbers floats"))
    return sorted(found)


def _is_path(node: ast.expr) -> bool:
    """A `folder / "name"`: one side is a string, so it cannot be a number's division."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            return _is_path(left) or _is_path(right)
    return False


def _float_modules(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in {"statistics", "cmath"} for alias in node.names)
    return any(alias.name not in {"gcd", "lcm", "isqrt", "comb", "perm", "prod"} for alias in node.names)


@pytest.mark.parametrize("path", money_files(), ids=rel)
def test_no_binary_float_near_money(path: Path) -> None:
    found = floats_in(parse(path))
    allowed = FLOATS_ALLOWED.get(rel(path), Allowed(0, ""))
    listing = "\n".join(f"{rel(path)}:{line}: {what}" for line, what in found)
    assert len(found) == allowed.places, (
        f"{len(found)} floats, {allowed.places} allowed ({allowed.reason}):\n{listing}"
    )


def test_float_allowances_name_files_that_exist() -> None:
    assert [name for name in FLOATS_ALLOWED if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("x = 0.5", 1),
        ("x = float(y)", 1),
        ("def f(x: float) -> int: ...", 1),
        ("x = a / b", 1),
        ("x /= 2", 1),
        ("from math import ceil", 1),
        ("import statistics", 1),
        ("x = json.loads(text)", 1),
        ("x = json.loads(text, parse_float=str)", 0),
        ("x = a // b", 0),
        ("p = folder / 'name' / part", 0),
        ("from math import isqrt", 0),
        ("x = 1_000", 0),
    ],
)
def test_the_float_finder_finds(code: str, count: int) -> None:
    assert len(floats_in(ast.parse(code))) == count


def imports_of(tree: ast.Module) -> list[tuple[int, str]]:
    """Every absolute module name that the code imports, wherever in the file: (line, dotted name)."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"pairlock.{base}".rstrip(".")
            # `from pairlock import units` names a module too
            found += [
                (node.lineno, f"{base}.{alias.name}" if base == "pairlock" else base) for alias in node.names
            ]
    return found


@pytest.mark.parametrize("path", pure_files(), ids=rel)
def test_pure_core_has_no_clock_randomness_or_io(path: Path) -> None:
    tree = parse(path)
    bad = [
        f"line {line}: imports {name}"
        for line, name in imports_of(tree)
        if name.split(".")[0] in IMPURE_MODULES
    ]
    for node in ast.walk(tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                bad.append(f"line {node.lineno}: awaits")
            case ast.Call(func=ast.Name(id="open" | "print" | "input" | "exec" | "eval" | "id" | "hash")):
                bad.append(f"line {node.lineno}: calls {ast.unparse(node.func)}")
            case ast.Global() | ast.Nonlocal():
                bad.append(f"line {node.lineno}: changes a variable outside the function")
    assert bad == []


@pytest.mark.parametrize("path", pure_files(), ids=rel)
def test_pure_core_imports_only_itself_of_the_package(path: Path) -> None:
    names = [
        (line, name) for line, name in imports_of(parse(path)) if name.split(".")[0].startswith("pairlock")
    ]
    bad = [
        (line, name)
        for line, name in names
        if name.split(".")[1:2] and name.split(".")[1] not in PURE_MAY_IMPORT
    ]
    assert bad == []


def test_every_pure_module_exists() -> None:
    missing = [
        name for name in sorted(PURE) if not (ENGINE / f"{name}.py").exists() and not (ENGINE / name).is_dir()
    ]
    assert missing == []


@pytest.mark.parametrize("path", SOURCES, ids=rel)
def test_files_and_functions_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < MAX_FILE_LINES or rel(path) in LONG_FILES, f"{lines} lines; one idea a file"
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 >= MAX_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize(
    "line", ["import engine", "from adapters import pairlock_adapters", "import specs.pairlock_specs"]
)
def test_ruff_refuses_the_folders_as_namespaces(line: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--output-format=concise",
            "--stdin-filename",
            "tests/made_up.py",
            "-",
        ],
        input=f"{line}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "TID251" in done.stdout
