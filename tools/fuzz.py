"""Coverage-guided fuzzing of both adapters' parsers, for a bounded time: `make fuzz`, `make fuzz ARGS="--seconds 600"`.

Each target (tests/fuzz_targets.py) runs in a process of its own, from seeds made of the venues' published schemas, with
every field and word of them to put in. What breaks one is kept in build/fuzz; `--keep` makes a named regression of it,
which the tests play from then on. Runs in an environment of its own, since atheris has wheels for Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
KEPT = ROOT / "tests" / "data" / "fuzz"
BUILD = ROOT / "build" / "fuzz"
_PACKAGES = ["pairlock_adapters.kalshi", "pairlock_adapters.polymarket", "pairlock_adapters.net.answers"]
_ONE = "--one"


def one(name: str, arguments: list[str]) -> None:
    """Fuzz one target until libFuzzer ends this process."""
    import atheris

    with atheris.instrument_imports(include=_PACKAGES):
        from fuzz_targets import TARGETS
    from fuzz_mutate import bent
    from fuzz_seeds import words

    known = tuple(words())

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return bent(data, most, Random(seed), known, lambda plain: bytes(atheris.Mutate(plain, most)))

    atheris.Setup([sys.argv[0], *arguments], TARGETS[name], custom_mutator=mutate)
    atheris.Fuzz()


def prepared(name: str) -> Path:
    """The target's folder: its corpus with the seeds in it, and what once broke it."""
    from fuzz_targets import TARGETS

    corpus = BUILD / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    kept = [path.read_bytes() for path in sorted((KEPT / name).glob("*"))]
    for data in (*TARGETS[name].corpus(), *kept, *captured(name.partition("_")[0])):
        (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)
    return BUILD / name


def captured(venue: str) -> list[bytes]:
    """Real bodies of the venue, where this machine has them beside the recordings; they are not ours to commit."""
    recordings = os.environ.get("PAIRLOCK_REAL_DATA")
    if not recordings:
        return []
    return [
        path.read_bytes()
        for path in sorted((Path(recordings).parent / "venues/captures" / venue).glob("*.json"))
    ]


def dictionary() -> Path:
    from fuzz_seeds import words

    path = BUILD / "words.dict"
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = [word for word in words() if re.fullmatch(r"[\w.-]+", word, re.ASCII)]
    path.write_text("".join(f'"\\"{word}\\""\n' for word in plain), encoding="ascii")
    return path


def fuzz(name: str, seconds: int, words: Path) -> dict[str, object]:
    """One target for so long: its counts, and the inputs that broke it."""
    folder = prepared(name)
    before = set(folder.glob("crash-*"))
    options = [f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={folder}/", "-timeout=10",
               "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1"]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, _ONE, name, *options, str(folder / "corpus")],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=seconds + 120,
    )
    runs = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
    covered = re.findall(r"\bcov: (\d+)", done.stderr)
    broke = sorted(str(path.relative_to(ROOT)) for path in set(folder.glob("crash-*")) - before)
    if done.returncode and not broke:
        sys.exit(f"fuzz: {name} ended with {done.returncode} and no input to blame:\n{done.stderr[-3000:]}")
    if broke:
        print(done.stderr[-3000:], file=sys.stderr)
    return {
        "target": name,
        "runs": int(runs[1]) if runs else 0,
        "covered": int(covered[-1]) if covered else 0,
        "corpus": len(list((folder / "corpus").iterdir())),
        "seconds": int(time.monotonic() - began),
        "broke": broke,
    }


def keep(path: Path, name: str) -> None:
    """An input that broke a target becomes a regression of that name."""
    into = KEPT / path.resolve().parent.name
    into.mkdir(parents=True, exist_ok=True)
    (into / f"{name}.json").write_bytes(path.read_bytes())
    print(f"fuzz: kept {into.relative_to(ROOT)}/{name}.json")


def main() -> int:
    if sys.argv[1:2] == [_ONE]:
        one(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: every one")
    parser.add_argument("--seconds", type=int, default=20, metavar="S", help="for each target; default 20")
    parser.add_argument("--keep", nargs=2, metavar=("CRASH", "NAME"), help="make a regression of an input")
    arguments = parser.parse_args()
    if arguments.keep:
        keep(Path(arguments.keep[0]), arguments.keep[1])
        return 0
    from fuzz_targets import TARGETS

    unknown = sorted(set(arguments.targets) - set(TARGETS))
    if unknown:
        sys.exit(f"fuzz: {unknown[0]} is no target; known are {', '.join(TARGETS)}.")
    words = dictionary()
    found = []
    for name in arguments.targets or TARGETS:
        found.append(fuzz(name, arguments.seconds, words))
        print(json.dumps(found[-1]), flush=True)
    runs, broke = sum(int(str(each["runs"])) for each in found), [each for each in found if each["broke"]]
    print(json.dumps({"targets": len(found), "runs": runs, "broken": len(broke)}))
    return 1 if broke else 0


if __name__ == "__main__":
    sys.exit(main())
