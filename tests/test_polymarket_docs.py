"""docs/polymarket.md: its program runs, and its tables are the configuration's own."""

import subprocess
import sys

import attrs

from docs_pages import DOCS, blocks, rows
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketLimits

PAGE = DOCS / "polymarket.md"


def written(default: object) -> str:
    """A default as the page has it: none where it is empty, made anew, or must be given."""
    if default is attrs.NOTHING or isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return ""
    return str(int(default)) if isinstance(default, int) and not isinstance(default, bool) else str(default)


def test_every_key_stands_there_with_its_default() -> None:
    found = {row[0].strip("`"): row[1].strip("`") for row in rows(PAGE, "The account")}
    fields = (*attrs.fields(PolymarketConfig), *attrs.fields(PolymarketLimits))
    assert found == {field.name: written(field.default) for field in fields}


def test_the_program_runs() -> None:
    [program] = [block for block in blocks(PAGE) if block.language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", program.text], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "certain 10000000 True"
    assert "polymarket: the key 'main' works" in lines
