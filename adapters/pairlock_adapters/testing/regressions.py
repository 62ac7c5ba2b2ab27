"""Fault scripts as regressions: a script that broke something is a file from then on, and every file is played again.

Hypothesis plays the shortest script that fails last, so what ``kept_if_it_fails`` leaves behind is the shrunk one:

    FOLDER = Path(__file__).parent / "faults"

    @given(script=fault_scripts())
    def test_my_bot(script):
        with kept_if_it_fails(script, FOLDER, "my_bot"):
            play(script)

    @pytest.mark.parametrize("script", regressions(FOLDER), ids=str)
    def test_what_once_broke(script):
        play(script.faults)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from hypothesis.errors import UnsatisfiedAssumption

from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import dump_script, load_script


@frozen
class Regression:
    """One file of a folder of scripts."""

    path: Path
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return self.path.stem


@contextmanager
def kept_if_it_fails(script: Sequence[Fault], folder: Path, name: str) -> Iterator[None]:
    """Write ``script`` to FOLDER/NAME.toml if the block fails; a longer one of an earlier failure is replaced.

    An example that Hypothesis is told to pass over (``assume``) or that pytest skips is no failure.
    """
    try:
        yield
    except UnsatisfiedAssumption:
        raise
    except Exception:
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath(f"{name}.toml").write_text(dump_script(script), encoding="utf-8")
        raise


def regressions(folder: Path) -> list[Regression]:
    """Every script of the folder, by name; a folder that is not there holds none. Raises UserError for a bad one."""
    return [Regression(path, load_script(str(path)).faults) for path in sorted(folder.glob("*.toml"))]
