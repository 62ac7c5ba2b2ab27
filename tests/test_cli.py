"""The command: exit codes, one-sentence errors, and subcommands that come from outside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
import os, sys
from pairlock.errors import UserError

def _add(subparsers, name, run):
    parser = subparsers.add_parser(name, help="made up")
    parser.add_argument("--code", type=int, default=0)
    parser.set_defaults(run=run)

def well(subparsers):
    _add(subparsers, "well", lambda arguments: arguments.code)

def user(subparsers):
    def run(arguments):
        raise UserError("the key 'x' is 5,\\n  but must be 6.")
    _add(subparsers, "user", run)

def grouped(subparsers):
    def run(arguments):
        raise ExceptionGroup("a", [ExceptionGroup("b", [UserError("the file is empty; give another.")])])
    _add(subparsers, "grouped", run)

def mixed(subparsers):
    def run(arguments):
        raise ExceptionGroup("a", [UserError("shown too"), ZeroDivisionError("the bug")])
    _add(subparsers, "mixed", run)

def interrupted(subparsers):
    def run(arguments):
        raise BaseExceptionGroup("a", [KeyboardInterrupt()])
    _add(subparsers, "interrupted", run)

def crash(subparsers):
    def run(arguments):
        raise RuntimeError("the bug")
    _add(subparsers, "crash", run)

def venue_pipe(subparsers):
    def run(arguments):
        raise BrokenPipeError(32, "a venue's connection")
    _add(subparsers, "venue-pipe", run)

def chatty(subparsers):
    def run(arguments):
        for _ in range(100_000):
            print("a line that nobody reads")
        return 0
    _add(subparsers, "chatty", run)

def half(subparsers):
    subparsers.add_parser("half", help="made up")
    raise RuntimeError("stopped in the middle")

def no_code(subparsers):
    _add(subparsers, "no-code", lambda arguments: None)

def no_run(subparsers):
    subparsers.add_parser("no-run", help="made up")
"""
COMMANDS = {
    "well": "plug:well",
    "user": "plug:user",
    "grouped": "plug:grouped",
    "mixed": "plug:mixed",
    "interrupted": "plug:interrupted",
    "crash": "plug:crash",
    "venue-pipe": "plug:venue_pipe",
    "chatty": "plug:chatty",
    "half": "plug:half",
    "no-code": "plug:no_code",
    "no-run": "plug:no_run",
    "absent": "plug_that_is_not_there:register",
}


def make_distribution(folder: Path, name: str, commands: dict[str, str]) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{command} = {target}\n" for command, target in commands.items())
    (info / "entry_points.txt").write_text(f"[pairlock.commands]\n{lines}")


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an installer leaves it: a third party's module and its metadata."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "plug.py").write_text(PLUGIN)
    make_distribution(folder, "plug", COMMANDS)
    return folder


def pairlock(plugins: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pairlock", *arguments],
        env={**os.environ, "PYTHONPATH": str(plugins)},
        cwd=plugins,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_and_version_work_beside_a_command_that_cannot_be_loaded(plugins: Path) -> None:
    done = pairlock(plugins, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert name in done.stdout
    done = pairlock(plugins, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("pairlock ")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_exit_code_is_the_commands(plugins: Path, code: int) -> None:
    done = pairlock(plugins, "well", "--code", str(code))
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("user", "pairlock: the key 'x' is 5, but must be 6.\n"),
        ("grouped", "pairlock: the file is empty; give another.\n"),
    ],
)
def test_a_users_error_is_one_sentence_on_stderr(plugins: Path, command: str, sentence: str) -> None:
    done = pairlock(plugins, command)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("command", "why"), [("absent", "plug_that_is_not_there"), ("half", "stopped in the middle")]
)
def test_a_command_that_cannot_be_loaded_says_so_when_used(plugins: Path, command: str, why: str) -> None:
    done = pairlock(plugins, command, "--some-flag", "of its own")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"pairlock: the command '{command}' of plug cannot be loaded")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["crash", "mixed", "venue-pipe", "no-code", "no-run"])
def test_a_bug_is_not_a_broken_claim_nor_the_users_fault(plugins: Path, command: str) -> None:
    done = pairlock(plugins, command)
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert "please report it" in done.stderr


def test_an_interrupt_exits_130_without_a_traceback(plugins: Path) -> None:
    done = pairlock(plugins, "interrupted")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_reader_that_leaves_is_no_error(plugins: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pairlock", "chatty"],
        env={**os.environ, "PYTHONPATH": str(plugins)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["well", "--no-such-flag"], ["well", "--code", "x"]]
)
def test_wrong_usage_exits_2(plugins: Path, arguments: list[str]) -> None:
    done = pairlock(plugins, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: pairlock" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_owners_of_one_command_are_refused_by_name(plugins: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(PLUGIN)
    make_distribution(tmp_path, "other", {"well": "other:well"})
    both = f"{plugins}{os.pathsep}{tmp_path}"
    done = subprocess.run(
        [sys.executable, "-m", "pairlock", "well"],
        env={**os.environ, "PYTHONPATH": both},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "other (other:well) and plug (plug:well)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_stdout_is_no_error(plugins: Path) -> None:
    """A service manager may start a program without one."""
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m pairlock well >&-', sys.executable],
        env={**os.environ, "PYTHONPATH": str(plugins)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
