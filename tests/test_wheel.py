"""The wheel as a stranger gets it: built from the sdist, installed plainly, beside a host that has its own `engine`.

The fresh environment sees the locked run-time dependencies and nothing else of this one: what only a test dependency
brings is missing there, as it would be for the stranger.
"""

import json
import subprocess
import sys
import venv
import zipfile
from configparser import ConfigParser
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
HOST_ENGINE = "WHOSE = 'the host program'\n"
HOST = """
import contextlib, io, sys
import engine
import pairlock, pairlock_adapters, pairlock_specs
from pairlock.cli import main

with contextlib.redirect_stdout(io.StringIO()) as out:
    code = main(sys.argv[1:])
assert code == 0, (code, out.getvalue())
sys.modules.pop("engine")
import engine
print(engine.WHOSE, engine.__file__)
"""
PAIR = "KXMADEUP-26-A:1234567890"


def books(rows: list[tuple[int, str, str, str]]) -> str:
    """Lines of a made recording: (ts, venue, bid, ask) in cents, 500 contracts on either side."""
    return "".join(
        f'{{"ts": {ts}, "t_fetch": {ts}, "venue": "{venue}", "pair": "{PAIR}", "bid": {bid}, "ask": {ask}, "mid": 0.0,'
        f' "spread": 0.1, "bid_sz": "500.00", "ask_sz": "500.00", "venue_ts": null}}\n'
        for ts, venue, bid, ask in rows
    )


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    # -P or PYTHONSAFEPATH would hide the very clash that this looks for, so the environment is plain.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [str(each) for each in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def well(*command: str | Path, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, (
        f"{command}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


def json_of(*command: str | Path, cwd: Path) -> dict[str, Any]:
    """The one JSON object that the command prints, and nothing else."""
    value = json.loads(well(*command, cwd=cwd))
    assert isinstance(value, dict)
    return value


def runtime_distributions() -> dict[str, Distribution]:
    """Pairlock's declared run-time dependencies and what they need, as installed here."""
    found: dict[str, Distribution] = {}
    waiting = list(distribution("pairlock").requires or [])
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.name in found or (
            requirement.marker and not requirement.marker.evaluate({"extra": ""})
        ):
            continue
        found[requirement.name] = distribution(requirement.name)
        waiting += found[requirement.name].requires or []
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist by the locked backend, without the network."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment with the wheel installed plainly beside its run-time dependencies."""
    place = tmp_path_factory.mktemp("fresh")
    dependencies = place / "dependencies"
    dependencies.mkdir()
    for each in runtime_distributions().values():
        assert each.files is not None
        for top in {file.parts[0] for file in each.files} - {"..", "__pycache__"}:
            if not (dependencies / top).exists():
                (dependencies / top).symlink_to(Path(str(each.locate_file(top))).resolve())
    environment = place / "venv"
    venv.create(environment, with_pip=False)
    bin_folder = environment / "bin"
    command = [sys.executable, "-m", "pip", "--python", str(bin_folder / "python"), "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    return bin_folder


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host program's folder, with a package of its own called `engine`."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").write_text(HOST_ENGINE)
    (tmp_path / "host.py").write_text(HOST)
    (tmp_path / "books.jsonl").write_text(
        books(
            [
                (1_000, "kalshi", "40.0", "41.0"),
                (1_000, "polymarket", "40.0", "41.0"),
                (5_000, "kalshi", "50.0", "51.0"),
                (5_000, "polymarket", "40.0", "41.0"),
            ]
        )
    )
    return tmp_path


def test_the_wheel_installs_three_packages_and_no_generic_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    (info,) = {top for top in tops if top.endswith(".dist-info")}
    assert tops == {"pairlock", "pairlock_adapters", "pairlock_specs", info}
    assert {f"{package}/py.typed" for package in tops - {info}} <= set(names)
    assert f"{info}/licenses/LICENSE" in names
    sources = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}"
        for folder in (
            ROOT / "engine/pairlock",
            ROOT / "adapters/pairlock_adapters",
            ROOT / "specs/pairlock_specs",
        )
        for path in folder.rglob("*.py")
    }
    assert sources == {name for name in names if name.endswith(".py")}


def test_the_fresh_environment_has_no_test_dependency(fresh: Path, host: Path) -> None:
    """Else the other tests here could not fail for the reason they exist."""
    assert run(fresh / "python", "-c", "import pytest", cwd=host).returncode != 0
    assert str(ROOT) not in well(
        fresh / "python", "-c", "import pairlock; print(pairlock.__file__)", cwd=host
    )


def test_every_entry_point_of_the_wheel_loads(wheel: Path, fresh: Path, host: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
        points = ConfigParser(delimiters=("=",))
        points.read_string(archive.read(name).decode())
    assert {"pairlock.commands", "pairlock.stores", "console_scripts"} <= set(points.sections())
    # The plugin is pytest's to load, and imports it: here it must only be there, and these very tests run with it.
    (plugin,) = [target for _, target in points.items("pytest11")]
    well(fresh / "python", "-c", f"import importlib.util as u; assert u.find_spec({plugin!r})", cwd=host)
    targets = [
        target
        for section in points.sections()
        if section != "pytest11"
        for _, target in points.items(section)
    ]
    code = "import sys; from importlib.metadata import EntryPoint; [EntryPoint('', t, '').load() for t in sys.argv[1:]]"
    well(fresh / "python", "-c", code, *targets, cwd=host)


def test_help_names_every_command(fresh: Path, host: Path) -> None:
    for command in ([fresh / "pairlock"], [fresh / "python", "-m", "pairlock"]):
        text = well(*command, "--help", cwd=host)
        assert "cannot be loaded" not in text
        for name in ("audit", "demo", "replay", "verify"):
            assert name in text


def test_audit_table(fresh: Path, host: Path) -> None:
    table = json_of(fresh / "pairlock", "audit", "table", "--format", "json", cwd=host)
    assert set(table) == {"digest", "trade", "order"}
    assert len(table["trade"]["cells"]) == len(table["trade"]["states"]) * len(table["trade"]["events"])


def test_demo_and_audit_of_its_journal(fresh: Path, host: Path) -> None:
    demo = json_of(
        fresh / "pairlock",
        "demo",
        "--in-process",
        "--trades",
        "3",
        "--json",
        "--journal",
        "made.journal",
        cwd=host,
    )
    ends = ("settled", "rolled_back", "hedged", "stuck", "open")
    assert demo["trades"] == 3 == sum(demo[end] for end in ends)
    assert demo["claims_broken"] == 0
    audit = json_of(fresh / "pairlock", "audit", "journal", "made.journal", "--json", cwd=host)
    assert audit["chain_ok"] is True
    assert audit["trace_hash"] == demo["trace_hash"]
    assert (audit["trades"], audit["claims_broken"]) == (3, 0)


def test_replay(fresh: Path, host: Path) -> None:
    replay = json_of(fresh / "pairlock", "replay", "books.jsonl", "--json", cwd=host)
    # at 5,000 ms: YES on Polymarket at 41 c and NO on Kalshi at 100 - 50 c cost 91 c; at 1,000 ms 41 + 60 c
    found = {
        key: replay[key] for key in ("lines", "bad_lines", "observations", "gross", "net", "claims_broken")
    }
    assert found == {"lines": 4, "bad_lines": 0, "observations": 2, "gross": 1, "net": 1, "claims_broken": 0}


def test_verify(fresh: Path, host: Path) -> None:
    assert isinstance(json_of(fresh / "pairlock", "verify", "--json", cwd=host), dict)


@pytest.mark.parametrize(
    "arguments", [["demo", "--trades", "3", "--json"], ["audit", "table", "--format", "md"]]
)
def test_a_hosts_own_engine_package_stays_its_own(fresh: Path, host: Path, arguments: list[str]) -> None:
    whose = well(fresh / "python", "host.py", *arguments, cwd=host)
    assert whose.split() == ["the", "host", "program", str(host / "engine" / "__init__.py")]
