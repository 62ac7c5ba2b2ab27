"""What may and may not be in a committed file, whatever its kind."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Written in pieces, so that this file does not name what it forbids.
FORBIDDEN = {
    "a package registry's host": [
        "py" + r"pi\.org",
        "python" + "hosted",
        "npm" + r"js\.(org|com)",
        "crates" + r"\.io",
        "--(extra-)?index" + "-url[= ]",
        "--find" + "-links[= ]",
    ],
    "a folder of the machine it was written on": [
        r"(?<![\w.-])/wo" + "rk/",
        r"(?<![\w.-])/ro" + r"ot\b",
        r"(?<![\w.-])/ho" + r"me/\w",
        r"(?<![\w.-])/tm" + r"p/h\b",
        r"(?<![\w.-])/opt/(py" + "pi|wheels)",
        r"\.py" + "env",
    ],
    "a paper that is not part of the repository": [
        r"\.\./sha" + "red",
        r"\bsha" + r"red/(data|design|claims|brief|lessons|venues|hooks)",
        r"\b(claims|design|lessons|brief)" + r"\.md\b",
        r"\.lib" + "rary",
    ],
    "the way it was written": [
        r"(?i)\bcla" + r"ude\b",
        r"(?i)anth" + "ropic",
        r"(?i)\bchat" + r"gpt\b",
        r"(?i)language" + " model",
        r"\bissues sh" + r"ow\b",
    ],
    "a private key": ["BEGIN [A-Z ]*PRIVATE " + "KEY"],
}
# (file, pattern's kind) -> the exact text that may stand there, and only there
EXCEPTIONS = {".ci/run": "../sha" + "red/data"}

MAX_BYTES = 400_000  # recordings of third parties never come in
NEEDS_CONTEXT = re.compile(r"(?i)zero[- ]loss|both (sides |legs )?or neither|\bnone or both\b")
DENIAL = re.compile(r"(?i)\b(no|not|never|cannot|neither|nothing|without)\b|n't\b")


@cache
def committed() -> tuple[Path, ...]:
    """Every file that git has or would take; needs a git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = tuple(ROOT / name for name in listing.split("\0") if name)
    assert len(files) > 20, "git lists too few files for this to be the project"
    return tuple(path for path in files if path.is_file())


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def offences(text: str, patterns: list[str]) -> list[str]:
    return [
        f"line {number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in patterns
        if (match := re.search(pattern, line))
    ]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_committed_file_names(kind: str) -> None:
    found: list[str] = []
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        text = text_of(path)
        if text is None:
            continue
        if name in EXCEPTIONS:
            assert text.count(EXCEPTIONS[name]) == 1, f"{name} may say {EXCEPTIONS[name]} exactly once"
            text = text.replace(EXCEPTIONS[name], "")
        found += [f"{name} {offence}" for offence in offences(f"{name}\n{text}", FORBIDDEN[kind])]
    assert found == []


def test_the_search_finds_what_it_should() -> None:
    planted = "x = '" + "/wo" + "rk/main'\nhttps://" + "py" + "pi.org/simple"
    assert offences(planted, FORBIDDEN["a folder of the machine it was written on"])
    assert offences(planted, FORBIDDEN["a package registry's host"])
    assert not offences(
        "the frame" + "work/main part", FORBIDDEN["a folder of the machine it was written on"]
    )


def test_no_committed_file_is_a_recording() -> None:
    large = [f"{path.relative_to(ROOT)}: {path.stat().st_size}" for path in committed()]
    assert [line for line in large if int(line.rsplit(" ", 1)[1]) > MAX_BYTES] == []


def test_safety_is_never_promised_without_its_limits() -> None:
    """The words that no two-venue engine can keep stand only in a paragraph that says so."""
    bad: list[str] = []
    for path in committed():
        text = text_of(path)
        if text is None or path == Path(__file__):
            continue
        for paragraph in re.split(r"\n\s*\n", text):
            hit = NEEDS_CONTEXT.search(paragraph)
            if hit and not DENIAL.search(paragraph.replace(hit.group(), "")):
                bad.append(f"{path.relative_to(ROOT)}: {hit.group()}")
    assert bad == []


def test_atomic_is_never_promised_of_a_trade() -> None:
    """In the documents a reader sees first, `atomic` appears only to be denied."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for paragraph in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            if re.search(r"(?i)\batomic", paragraph):
                assert DENIAL.search(paragraph), f"{path.name}: {paragraph}"
