"""Prints what the tests counted (``evidence.record``), so that a figure in the documentation is one command away."""

from __future__ import annotations

import pytest

import evidence


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in evidence.lines():
        terminalreporter.write_line(line)
