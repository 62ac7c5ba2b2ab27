"""The documentation: builds strictly and loads nothing from another host."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What a browser fetches by itself; a link that a person may click is not one.
LOADS = re.compile(
    r"""<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=["']?(?:https?:)?//[^"'> ]+"""
    r"""|url\(["']?(?:https?:)?//[^)]+|@import\s+["'](?:https?:)?//[^"']+"""
)


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = [path for path in (tmp_path / "site").rglob("*") if path.suffix in {".html", ".css"}]
    assert len(pages) > 4
    found = [
        f"{path.name}: {hit}" for path in pages for hit in LOADS.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_search_finds_what_it_should() -> None:
    assert LOADS.search('<script src="https://example.org/x.js">')
    assert LOADS.search('<link rel="stylesheet" href="//example.org/x.css">')
    assert LOADS.search("src: url(https://example.org/x.woff)")
    assert not LOADS.search('<a href="https://example.org">')
