"""Types what a page tells a reader to type: commands of a few programs, without a shell.

`> NAME` keeps what is printed; `&` leaves the command running, once it has printed its first line, until the page ends.
Ports that a page names (87xx) are exchanged for free ones, so that nothing on the machine is in the way.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import pytest

from node_kit import installed, need_node

TYPED = ("pairlock", "python3", "curl", "node")
_OURS = {"pairlock": [sys.executable, "-m", "pairlock"], "python3": [sys.executable]}
_PORT = re.compile(r"\b87\d\d\b")
_START_S = 30


class Typist:
    """Of one page, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []
        self._ports: dict[str, str] = {}

    def __enter__(self) -> Typist:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.terminate()
            _, said = process.communicate(timeout=_START_S)
            if kind is None:
                assert process.returncode == 0, f"{process.args!r} ended with {process.returncode}: {said}"

    def file(self, name: str, text: str) -> None:
        (self._folder / name).write_text(self._free(text), encoding="utf-8")

    def type(self, command: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
        arguments = shlex.split(self._free(command))
        background = arguments[-1] == "&"
        if background:
            arguments.pop()
        into = arguments[-1] if arguments[-2:-1] == [">"] else ""
        if into:
            del arguments[-2:]
        start = [*self._start(arguments[0]), *arguments[1:]]
        environment = os.environ | {"COLUMNS": str(columns), "PYTHONWARNINGS": "error"}
        if arguments[0] == "node":
            environment["NODE_PATH"] = str(installed())
        if background:
            return self._left_running(start, into, environment)
        done = executed(start, self._folder, environment)
        if not into:
            return done
        (self._folder / into).write_text(done.stdout, encoding="utf-8")
        return subprocess.CompletedProcess(done.args, done.returncode, "", done.stderr)

    def _left_running(
        self, start: list[str], into: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        path = self._folder / into
        with path.open("w") as out:
            process = subprocess.Popen(
                start, cwd=self._folder, env=environment, stdout=out, stderr=subprocess.PIPE, text=True
            )
        self._running.append(process)
        until = time.monotonic() + _START_S
        while not path.read_text(encoding="utf-8").endswith("\n"):
            assert process.poll() is None, f"{start!r} ended: {process.communicate()[1]}"
            assert time.monotonic() < until, f"{start!r} says nothing"
            time.sleep(0.05)
        return subprocess.CompletedProcess(start, 0, "", "")

    def _free(self, text: str) -> str:
        return _PORT.sub(lambda found: self._ports.setdefault(found[0], free_port()), text)

    @staticmethod
    def _start(program: str) -> list[str]:
        if program == "node":
            need_node()
        elif program == "curl" and shutil.which("curl") is None:
            words = "a page's commands need curl (Debian: apt-get install curl)"
            if os.environ.get("PAIRLOCK_REQUIRE_ALL"):
                pytest.fail(words)
            pytest.skip(words)
        assert program in TYPED, program
        return _OURS.get(program, [program])


def free_port() -> str:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return str(made.getsockname()[1])


def executed(
    arguments: list[str], cwd: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
