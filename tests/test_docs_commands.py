"""What the documentation tells a reader to type, typed. `python tests/test_docs_commands.py` renews captured output."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from docs_pages import DOCS, PAGES, ROOT, Block, blocks, name_of
from docs_typed import TYPED, Typist
from docs_typed import executed as executed_with

WITH_COMMANDS = [page for page in PAGES if any(block.runs for block in blocks(page))]
CONSOLES = [block for page in PAGES for block in blocks(page) if block.language == "console"]
PROGRAMS = [
    block
    for page in PAGES
    if page.is_relative_to(DOCS)
    for block in blocks(page)
    if block.language == "python" and not block.mark
]


def executed(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return executed_with(arguments, cwd, os.environ | {"PYTHONWARNINGS": "error"})


def typed(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """One `$` line of its own."""
    with Typist(cwd) as typist:
        return typist.type(command)


def steady(output: str) -> str:
    """The output without what differs from run to run: how long it took on the wall's clock."""
    return re.sub(r"^(│ time +│) *\d+\.\d s", r"\1 *.* s", output.rstrip(), flags=re.MULTILINE)


def captures(page: Path, cwd: Path) -> dict[Block, str]:
    """Runs a page from its first marked block to its last; what each block to be compared ought to say."""
    found = {}
    with Typist(cwd) as typist:
        for block in blocks(page):
            if block.file:
                typist.file(block.file, block.text)
            if not block.runs:
                continue
            said = []
            for command in block.commands:
                done = typist.type(command, block.columns)
                assert done.returncode == 0, (
                    f"{name_of(page)}: $ {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                )
                said += [f"$ {command}", *(line.rstrip() for line in done.stdout.rstrip().splitlines())]
            if "compare" in block.mark.split():
                found[block] = "\n".join(said) + "\n"
    return found


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, tmp_path: Path) -> None:
    for block, wanted in captures(page, tmp_path).items():
        assert steady(block.text) == steady(wanted), (
            f"{name_of(page)} shows output of another version; renew it: python tests/test_docs_commands.py"
        )


def test_some_pages_have_commands_and_one_is_compared() -> None:
    assert {"README.md", "docs/demo.md", "docs/journal.md"} <= {name_of(page) for page in WITH_COMMANDS}
    assert [block.commands for block in CONSOLES if "compare" in block.mark] == [
        ["pairlock demo --in-process --journal demo.db"],
        ["pairlock audit trade 8 --journal demo.db"],
    ]


@cache
def helped(*subcommand: str) -> str:
    done = typed(shlex.join(["pairlock", *subcommand, "--help"]), ROOT)
    assert done.returncode == 0, f"pairlock {' '.join(subcommand)}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("block", CONSOLES, ids=lambda block: f"{name_of(block.page)}:{block.commands[0]}")
def test_every_command_and_option_exists(block: Block) -> None:
    """Also of those that are too long to be run here."""
    assert block.commands
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for command in block.commands:
        program, *arguments = shlex.split(command)
        if program == "make":
            assert arguments[0] in targets, command
        elif program == "pairlock":
            subcommand = []
            while arguments and arguments[0].isalpha():
                subcommand.append(arguments.pop(0))
            known = set(re.findall(r"--[a-z-]+", helped(*subcommand)))
            assert {each for each in arguments if each.startswith("--")} <= known, command
        else:
            assert program in TYPED, command


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_the_programs_of_the_pages_run_as_they_stand(number: int, tmp_path: Path) -> None:
    block = PROGRAMS[number]
    done = executed([sys.executable, "-c", block.text], tmp_path)
    assert done.returncode == 0, f"{name_of(block.page)}:\n{block.text[:300]}\n{done.stderr[-2000:]}"


def test_the_first_example_is_short() -> None:
    example = next(block for block in blocks(DOCS / "embedding.md") if block.language == "python")
    assert len(example.text.splitlines()) < 30


def test_the_fragment_of_the_readme_is_python() -> None:
    (block,) = (block for block in blocks(ROOT / "README.md") if block.language == "python")
    compile(block.text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_check_with_the_standard_library_agrees_with_the_audit_and_finds_an_edit(tmp_path: Path) -> None:
    """The page's snippet is what an outsider would use: it must hold where the journal holds, and fail where not."""
    (snippet,) = (block for block in blocks(DOCS / "journal.md") if block.file)
    assert typed("pairlock demo --in-process --trades 3 --journal demo.db --json", tmp_path).returncode == 0
    # -S: nothing but the standard library
    check = [sys.executable, "-I", "-S", "-c", snippet.text, "demo.db"]
    audit = typed("pairlock audit journal demo.db", tmp_path)
    done = executed(check, tmp_path)
    assert done.returncode == 0, done.stderr
    head = done.stdout.split()[-1]
    assert f"head {head}" in audit.stdout
    edit = "import sqlite3; d = sqlite3.connect('demo.db'); d.execute(\"{}\"); d.commit(); d.close()"
    for statement, says in (
        ("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 4", "record 4 does not hold"),
        ("DELETE FROM records WHERE seq = 3", "record 3 does not hold"),
        ("DELETE FROM records WHERE seq > 2", "the chain ends at 2"),
    ):
        executed([sys.executable, "-c", edit.format(statement)], tmp_path)
        done = executed(check, tmp_path)
        assert done.returncode == 1
        assert says in done.stderr


def main() -> None:
    for page in WITH_COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            found = captures(page, Path(folder))
        text = page.read_text(encoding="utf-8")
        for block, wanted in reversed(found.items()):
            text = text[: block.start] + wanted + text[block.end :]
        if found:
            page.write_text(text, encoding="utf-8")
            print(f"renewed {name_of(page)}")


if __name__ == "__main__":
    main()
