"""When a claim broke: the shortest run that breaks it again, as a script in a file, and the command that replays it.

Every run again is from nothing, in memory and in this process, also where the run that failed was over the wire; the
journal of the run that failed is not touched.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen

from pairlock_adapters.demo.beliefs import Beliefs
from pairlock_adapters.demo.journals import MEMORY
from pairlock_adapters.demo.judge import Broken
from pairlock_adapters.demo.run import Report, Settings, run_demo
from pairlock_adapters.demo.shrinking import Case, Shrinker
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import dump_script, parse_script

# Claims whose breach is shrunk on its own; one bug seldom breaks more, and the same run often breaks them all.
MOST_SHRUNK = 3
# A run that does not end is no shorter one: some hours for what never closes.
_LONGER_S = 15_000

AS_IT_WAS = "the script is what struck, not shrunk"
HELD_MORE = (
    "the journal held an earlier run, which no new run can repeat; the script is what struck in this one"
)
NOT_AGAIN = "the claim did not break again when the run was repeated from nothing; the script is what struck"
NOT_IN_PROCESS = (
    "over the wire no two runs are alike; played in this process, what struck does not break the claim again"
)
FOLLOWS = (
    "the whole run breaks this claim where trades break others, which come first; the script is what struck"
)

Told = Callable[[int, Case], None]


@frozen
class Failure:
    """One claim that broke, and how to see it again.

    Several claims may share one script. ``script``: TOML, which is in ``file`` ("" if that could not be written:
    ``problem`` says why). ``replay``: the command, "" where nothing repeats it. ``shrunk``: whether ``script`` is the
    shortest found; else ``note`` says why. ``trade``, ``sentence`` and ``beliefs`` (both sides when the claim broke)
    are those of the run of ``script``, as it replays.
    """

    claim: int
    trade: str
    sentence: str
    script: str
    replay: str
    file: str
    shrunk: bool
    beliefs: Beliefs | None
    note: str = ""
    faults: int = 0
    problem: str = ""

    def as_plain(self) -> dict[str, Any]:
        """An element of the key ``broken`` of ``--json``."""
        plain = {
            name: getattr(self, name) for name in ("claim", "trade", "sentence", "script", "replay", "file")
        }
        beliefs = self.beliefs.as_plain() if self.beliefs else {}
        return plain | {"shrunk": self.shrunk, "note": self.note, "beliefs": beliefs}


@frozen
class _Found:
    """A shorter run and what it came to, its script and where that is, or why it is nowhere."""

    case: Case
    report: Report
    text: str
    file: str
    problem: str


@frozen
class _Kind:
    """What must break again: a claim, by a trade or by the whole run."""

    claim: int
    by_trade: bool

    def is_kind(self, broken: Broken) -> bool:
        return (broken.claim, bool(broken.trade_id)) == (self.claim, self.by_trade)

    def first_of(self, broken: list[Broken]) -> Broken | None:
        return next(filter(self.is_kind, broken), None)


@define
class Explainer:
    """Of one failed run. ``told`` hears of every shorter run found."""

    settings: Settings
    report: Report
    told: Told
    shrink: bool = True
    _found: list[_Found] = field(factory=list, init=False)
    _recorded: tuple[str, str, str] | None = field(default=None, init=False)

    def failures(self) -> list[Failure]:
        """One for each claim that broke, by the first trade that broke it."""
        kinds: dict[int, Broken] = {}
        for each in self.report.broken:
            kinds.setdefault(each.claim, each)
        return [self._failure(broken) for broken in kinds.values()]

    def _failure(self, broken: Broken) -> Failure:
        kind = _Kind(broken.claim, bool(broken.trade_id))
        whole = Case(self.report.recording, self.settings.trades, self.settings.seed)
        if not self.report.new:
            return self._as_recorded(broken, whole, HELD_MORE)
        if not self.shrink:
            return self._as_recorded(broken, whole, AS_IT_WAS)
        found = next((each for each in self._found if kind.first_of(each.report.broken)), None)
        if found is None and self._found and not kind.by_trade:
            return self._as_recorded(broken, whole, FOLLOWS)
        if found is None and len(self._found) < MOST_SHRUNK:
            found = self._shortest(kind, broken, whole)
            if found is None:
                note = NOT_IN_PROCESS if self.settings.time_scale else NOT_AGAIN
                return self._as_recorded(broken, whole, note)
            self._found.append(found)
        if found is None:
            return self._as_recorded(broken, whole, AS_IT_WAS)
        again = kind.first_of(found.report.broken)
        assert again is not None
        return Failure(
            broken.claim, again.trade_id, again.sentence, found.text, replay_command(found.case, found.file),
            found.file, True, found.report.beliefs.get(again.trade_id), faults=len(found.case.script),
            problem=found.problem,
        )  # fmt: skip

    def _as_recorded(self, broken: Broken, whole: Case, note: str) -> Failure:
        text, file, problem = self._recorded or self._saved(broken, whole)
        self._recorded = text, file, problem
        replay = "" if note in (HELD_MORE, NOT_AGAIN, NOT_IN_PROCESS) else replay_command(whole, file)
        return Failure(
            broken.claim, broken.trade_id, broken.sentence, text, replay, file, False,
            self.report.beliefs.get(broken.trade_id), note, len(whole.script), problem,
        )  # fmt: skip

    def _shortest(self, kind: _Kind, broken: Broken, whole: Case) -> _Found | None:
        def breaks(case: Case) -> tuple[Fault, ...] | None:
            report = self._again(case, kind)
            if report is None or kind.first_of(report.broken) is None:
                return None
            return report.recording.faults

        number = self.report.numbers.get(broken.trade_id)
        numbers = [whole.script.event(index) for index in range(whole.trades)]
        culprit = numbers.index(number) if number in numbers else None
        shortest = Shrinker(breaks, whole, self.told).shrunk(culprit)
        if shortest is None:
            return None
        # Once more, and as its file will be read.
        script = parse_script(dump_script(shortest.script), "the shortest script")
        report = self._again(evolve(shortest, script=script))
        again = None if report is None else kind.first_of(report.broken)
        if report is None or again is None:
            return None
        return _Found(shortest, report, *self._saved(again, shortest))

    def _again(self, case: Case, until: _Kind | None = None) -> Report | None:
        """The case run from nothing in memory, to its end or ``until`` it breaks the claim again; None where it fails
        in another way than by a broken claim."""
        settings = evolve(
            self.settings,
            trades=case.trades,
            seed=case.seed,
            journal=MEMORY,
            time_scale=0,
            script=case.script,
            give_up_s=self.report.virtual_ms // 1_000 + _LONGER_S,
            stop=until.is_kind if until else None,
        )
        try:
            return run_demo(settings, lambda done, total: None)
        except Exception:  # an engine that fails otherwise, or never ends, is another failure
            return None

    def _saved(self, broken: Broken, case: Case) -> tuple[str, str, str]:
        text = dump_script(case.script)
        by = f"by trade {broken.trade_id}" if broken.trade_id else "by the whole run"
        head = f"# Claim {broken.claim}, broken {by}: {' '.join(broken.sentence.split())}"
        place = f"{self.settings.journal}.claim-{broken.claim}"

        def written(path: str) -> str:
            # A path may hold anything, a comment only one line.
            replay = " ".join(replay_command(case, path).splitlines())
            return f"{head}\n# Replay: {replay}\n\n{text}"

        return text, *save(place, written)


def replay_command(case: Case, file: str) -> str:
    """What runs the case again, given its script in ``file``; "" without a file."""
    if not file:
        return ""
    words = ["pairlock", "demo", "--in-process", "--faults", file]
    words += ["--trades", str(case.trades), "--seed", str(case.seed)]
    return shlex.join(words)


def save(place: str, text: Callable[[str], str]) -> tuple[str, str]:
    """Write ``place``.toml, or with a number if that is there already: (path, "") or ("", why not)."""
    number = 1
    while True:
        path = f"{place}.toml" if number == 1 else f"{place}-{number}.toml"
        try:
            with open(path, "x", encoding="utf-8") as file:
                file.write(text(path))
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            return "", f"the script could not be written to {path} ({error.strerror or error})"
        return path, ""
