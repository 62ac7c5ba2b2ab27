"""The scope as TLA+: ``Pairlock.tla`` (the world, printed from its data) and ``PairlockTables.tla`` (the engine)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from textwrap import wrap

from pairlock.units import size_to_fill_e6
from pairlock_specs import vocabulary as v
from pairlock_specs.action import Action
from pairlock_specs.answers import ANSWERS, Answer
from pairlock_specs.export.claims import CLAIMS, TruthClaim
from pairlock_specs.export.heard import Heard, Spec
from pairlock_specs.export.subjects import about, answered_about
from pairlock_specs.export.tabulate import Outcome, Tables, books_of
from pairlock_specs.export.tla_terms import (
    CONDITIONS,
    EFFECTS,
    SUBJECTS,
    Changes,
    command_name,
    told,
    told_by,
)
from pairlock_specs.interpret import CONTRACT_E6
from pairlock_specs.scope import PENDS
from pairlock_specs.vocabulary import Word
from pairlock_specs.world import ACTIONS

_RULE = "-" * 77
_HEAD = """\
(* Pairlock, scope {scope}: two venues that may do anything the fault model allows, and the engine as a table.
   Written by `pairlock verify --export tla`; do not edit. The explorer found {states} states and {edges} edges.

     java -cp tla2tools.jar tlc2.TLC -deadlock -config Pairlock.cfg Pairlock

   "distinct states found" must be {states}, and "states generated" {edges} + 1: TLC counts the initial state as one.
   -deadlock: do not look for deadlocks; a closed trade is the end. *)
"""
_VARIABLES = "trade orders part resolution crashed killed blows_left alarms_left grants_left odd_left".split()
# Not a disjunction: TLC would count a step once for each half of it.
_TAUGHT = "<<trade', orders'>> # <<trade, orders>>"
_INIT = """\
Init ==
  /\\ trade = 1 /\\ orders = <<>> /\\ part = 0 /\\ resolution = "" /\\ crashed = 0 /\\ killed = FALSE
  /\\ blows_left = 0 /\\ alarms_left = 0 /\\ grants_left = 0 /\\ odd_left = 0
"""


def comment(*words: str) -> str:
    """A comment, folded."""
    return "\n".join(wrap(f"(* {': '.join(words)} *)", 110, subsequent_indent="   "))


def _operator(ident: str, sentence: str, over: v.Over, conjuncts: list[str], changed: set[str]) -> str:
    parameters, _, own = SUBJECTS[over]
    head = f"{ident}({parameters})" if parameters else ident
    kept = [name for name in _VARIABLES if name not in changed]
    lines = ["~Closed", *([own] if own else []), *conjuncts]
    if kept:
        lines.append(f"UNCHANGED <<{', '.join(kept)}>>")
    body = "\n".join(f"  /\\ {line}" for line in lines)
    return f"{comment(sentence)}\n{head} ==\n{body}\n"


def _action(action: Action) -> str:
    conjuncts = [CONDITIONS[type(term)](term) for term in action.when]
    after: Changes = {}
    word: Word | None = None
    for effect in action.then:
        if isinstance(effect, v.Tell):
            word = effect.word
        else:
            after |= EFFECTS[type(effect)](effect, after)
    changed = set(after)
    if word is not None:
        heard = told(word, f"({after['crashed']})" if "crashed" in after else "crashed")
        conjuncts.append(f"Hear({heard}, {after.pop('orders', 'orders')})")
        if not changed:  # a word alone is a step only if it teaches the engine something
            conjuncts.append(_TAUGHT)
        changed |= {"trade", "orders"}
    conjuncts += [f"{name}' = {value}" for name, value in after.items()]
    return _operator(action.ident, action.name.format(about(action.over)), action.over, conjuncts, changed)


def _answer(rule: Answer) -> str:
    conjuncts = [CONDITIONS[type(term)](term) for term in rule.when]
    conjuncts += [f"Hear({told_by(rule)}, orders)", _TAUGHT]
    return _operator(rule.ident, answered_about(rule), v.Over.ANSWERS, conjuncts, {"trade", "orders"})


def _operators() -> Iterator[str]:
    for action in ACTIONS:
        if action.over is v.Over.ANSWERS:
            yield from (_answer(rule) for rule in ANSWERS)
        else:
            yield _action(action)


def _next() -> str:
    lines = ["Next =="]
    for action in ACTIONS:
        parameters, quantifiers, _ = SUBJECTS[action.over]
        idents = [rule.ident for rule in ANSWERS] if action.over is v.Over.ANSWERS else [action.ident]
        for ident in idents:
            call = f"{ident}({parameters})" if parameters else ident
            lines.append(f"  \\/ {quantifiers}{call}")
    return "\n".join(lines) + "\n"


def _claim(claim: TruthClaim) -> str:
    lines = claim.tla.splitlines()
    if claim.sending:
        lines = ["[][Len(orders') > Len(orders) => (", *(f"  {line}" for line in lines), ")]_vars"]
    body = "\n".join(f"  {line}" for line in lines)
    return f"{comment(claim.name, claim.sentence)}\n{claim.ident} ==\n{body}\n"


def _module(tables: Tables) -> str:
    prelude = files("pairlock_specs.export").joinpath("prelude.tla").read_text(encoding="utf-8")
    return "\n".join(
        [
            f"{'-' * 32} MODULE Pairlock {'-' * 28}",
            _HEAD.format(scope=tables.scope.name, states=tables.states, edges=tables.edges),
            prelude,
            _RULE,
            "(* The actions of the world, printed from the table that the explorer interprets. *)\n",
            *_operators(),
            _RULE,
            _INIT,
            _next(),
            "Spec == Init /\\ [][Next]_vars\n",
            _RULE,
            "(* The claims. *)\n",
            *(_claim(claim) for claim in CLAIMS),
            "=" * 77,
            "",
        ]
    )


def _config() -> str:
    invariants = " ".join(claim.ident for claim in CLAIMS if not claim.sending)
    properties = " ".join(claim.ident for claim in CLAIMS if claim.sending)
    return f"SPECIFICATION Spec\nINVARIANTS {invariants}\nPROPERTIES {properties}\n"


# The tables.


def _tuple(items: list[str]) -> str:
    return f"<<{', '.join(items)}>>"


def _set(items: list[str]) -> str:
    return "{" + ", ".join(items) + "}"


def _quoted(words: list[str]) -> list[str]:
    return [f'"{word}"' for word in words]


def _word(word: Heard, specs: dict[Spec, int]) -> str:
    """The tuple that ``tla_terms.told`` and ``told_by`` make of the truth."""
    items = [f'"{word.word}"']
    if word.word == Word.GATES_PASSED.name:
        items.append(str(word.number + 1))
    elif word.word == Word.PAYOUT.name:
        items += [str(word.number), f'"{word.words}"']
    elif word.word == Word.BOOKS.name:
        items.append(f'"{word.words}"')
    elif word.spec is not None:
        items.append(str(specs[word.spec]))
    items.append(str(word.crashed))
    if word.word not in Word.__members__:  # an answer
        items.append('"late"' if word.late else '"early"')
        if word.word != "not_found":
            fills = [f'[e6 |-> {quantity}, status |-> "{status}"]' for quantity, status in word.fills]
            items += [str(word.total), _tuple(fills)]
    return _tuple(items)


def _parts(tables: Tables) -> Iterator[str]:
    for part in tables.scope.parts:
        numbers = [
            f"{name} |-> {getattr(part, name)}" for name in "kills crashes blows alarms grants odd".split()
        ]
        sets = [
            f"resolutions |-> {_set(_quoted(sorted(part.resolutions)))}",
            f"books |-> {_set(_quoted(list(books_of(part))))}",
            f'exit_on |-> "{part.exit_on}"',
        ]
        yield f"  \\* {part.name}\n  [{', '.join(numbers + sets)}]"


def _row(steps: dict[Heard, Outcome], known: dict[Heard, int], specs: dict[Spec, int]) -> str:
    rows = []
    for word in sorted(steps, key=known.__getitem__):
        done = steps[word]
        to = 0 if done.failed else done.trade + 1
        rows.append(f"<<W{known[word]}, {to}, {_tuple([str(specs[spec]) for spec in done.sends])}>>")
    return "  " + _set(rows)


def _spec(spec: Spec) -> str:
    ident, leg, role, size_e2, limit_e4 = spec
    size = size_to_fill_e6(size_e2)
    return f'  [id |-> "{ident}", leg |-> {leg}, role |-> "{role}", size |-> {size}, limit_e4 |-> {limit_e4}]'


def _tables(tables: Tables) -> str:
    specs = {spec: number for number, spec in enumerate(tables.specs, start=1)}
    known = {word: number for number, word in enumerate(tables.words, start=1)}
    shells = [
        f'  [state |-> "{shell.state}", stands |-> {_set(sorted(command_name(each) for each in shell.commands))}]'
        for shell in tables.shells
    ]
    ways = {way for part in tables.scope.parts for way in part.resolutions}
    books = {words for part in tables.scope.parts for words in books_of(part)}

    def listed(name: str, items: Iterator[str]) -> str:
        return f"{name} == <<\n" + ",\n".join(items) + "\n>>\n"

    return "\n".join(
        [
            f"{'-' * 28} MODULE PairlockTables {'-' * 26}",
            f"(* The engine, tabulated over scope {tables.scope.name}: {len(shells)} trades, {len(known)} words. *)",
            "EXTENDS Integers, Sequences\n",
            f"Contract   == {CONTRACT_E6}",
            f"PendingLeg == {PENDS.index(True)} \\* a match on this leg is pending before it is final",
            f"Ways       == {_set(_quoted(sorted(ways)))}",
            f"Books      == {_set(_quoted(sorted(books)))}\n",
            "(* The parts of the scope: what each allows to happen. *)",
            listed("Parts", _parts(tables)),
            "(* Every order that may be sent. *)",
            listed("Specs", (_spec(spec) for spec in tables.specs)),
            "(* For each trade: its label, and what stands to be done. *)",
            listed("Shells", iter(shells)),
            "(* Every word that the engine hears. *)",
            *(f"W{number} == {_word(word, specs)}" for word, number in known.items()),
            "\n(* For each trade: the word, the trade after it (0: refused), and the orders that it sends. *)",
            listed("Steps", (_row(steps, known, specs) for steps in tables.steps)),
            "=" * 77,
            "",
        ]
    )


def tla(tables: Tables) -> dict[str, str]:
    """The files of the export, by name."""
    return {"Pairlock.tla": _module(tables), "PairlockTables.tla": _tables(tables), "Pairlock.cfg": _config()}
