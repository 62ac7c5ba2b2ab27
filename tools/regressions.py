"""Prints docs/regressions.md: every bug that was found and mended, read from the regression tests themselves."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Bugs found

Every bug that the explorer, the fault scripts, the reviews or a crash test found in this project, with the test that
keeps it away. Generated from `tests/test_regressions_*.py` (`make generated`): a regression test without a sentence
that says what went wrong is refused. To run one: `make test ARGS="-k NAME"`.
"""


def sentence(node: ast.AST, where: str) -> str:
    """The first paragraph of the docstring as one line. Ends this script if there is none."""
    assert isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef)
    text = ast.get_docstring(node)
    if not text:
        sys.exit(f"regressions: {where} has no docstring; say in one sentence what went wrong.")
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


def main() -> int:
    out = [HEAD]
    for path in sorted((ROOT / "tests").glob("test_regressions_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        out += [f"## {sentence(module, path.name).rstrip('.')}", "", f"In `tests/{path.name}`.", ""]
        out += ["| what must hold | what went wrong |", "| --- | --- |"]
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                words = node.name.removeprefix("test_").lstrip("0123456789_").replace("_", " ")
                out.append(f"| {words} | {sentence(node, f'{path.name}: {node.name}')} |")
        out.append("")
    print("\n".join(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
