"""One mutant in a process of its own: ``python -m pairlock_specs.mutants.worker [--first] [NAME]``, without a name the
engine as it is; with ``--first`` it ends when a claim fails. Prints one JSON object.

Nothing of the engine may be imported before the mutant is installed.
"""

from __future__ import annotations

import json
import resource
import sys

from pairlock_specs.mutants.installed import install
from pairlock_specs.mutants.mutants import mutant_named

MAX_CPU_S = 60
MAX_BYTES = 4 << 30


def main(arguments: list[str]) -> int:
    """Installs the mutant that is named, judges it, prints what came out. Exit 1: the specs themselves failed."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    names = [argument for argument in arguments if argument != "--first"]
    if names:
        install(mutant_named(names[0]))
    from pairlock_specs.mutants.kill import run

    outcome = run(first="--first" in arguments)
    print(
        json.dumps(
            {
                "broken": outcome.broken,
                "claims": [{"name": name, "sentence": sentence} for name, sentence in outcome.claims],
                "states": outcome.states,
                "cpu_ms": outcome.cpu_ms,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
