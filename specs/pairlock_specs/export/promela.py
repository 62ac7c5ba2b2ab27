"""The scope as Promela: ``pairlock.pml`` (the world, printed from its data), ``tables.h`` (the engine, tabulated)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import combinations
from string import Template

from pairlock.model import ExitOn
from pairlock.units import size_to_fill_e6
from pairlock_specs import vocabulary as v
from pairlock_specs.action import Action
from pairlock_specs.answers import ANSWERS, Answer
from pairlock_specs.export.claims import CLAIMS, TruthClaim
from pairlock_specs.export.promela_tables import ROLES, STATES, STATUSES, Numbers, defines, tables_h
from pairlock_specs.export.promela_terms import (
    BITS,
    CONDITIONS,
    EFFECTS,
    SUBJECTS,
    WATCH_BIT,
    WATCH_COMMAND,
    bit_name,
    told,
    told_by,
)
from pairlock_specs.export.subjects import about, answered_about
from pairlock_specs.export.tabulate import Tables, books_of
from pairlock_specs.interpret import CONTRACT_E6
from pairlock_specs.scope import PENDS, Part
from pairlock_specs.truth import Wire
from pairlock_specs.world import ACTIONS

_HEAD = """\
/* Pairlock, scope {scope}: two venues that may do anything the fault model allows, and the engine as a table.
   Written by `pairlock verify --export promela`; do not edit. The explorer found {states} states and {edges} edges.

     spin -a pairlock.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m1000000

   pan stops at the first claim that breaks and leaves a trail (spin -t -p pairlock.pml); ./pan -c0 names them all.
   "states, stored" must be {states}, and "transitions" {edges} + 1: pan counts the initial state as one. */
"""
_OUTSIDE, _REFUSES = 1, 2
_FIRST_CLAIM = 3


def _expanded(text: str, slots: int) -> str:
    """``{any:F}``, ``{all:F}``, ``{each:F}`` and ``{pairs:F}`` for every slot; ``#`` is the slot where F has one."""

    def one(match: re.Match[str]) -> str:
        how, body = match.group(1), match.group(2)
        if how == "pairs":
            return " && ".join(f"{body}({i}, {j})" for i, j in combinations(range(slots), 2)) or "1"
        made = [body.replace("#", str(i)) if "#" in body else f"{body}({i})" for i in range(slots)]
        return {"any": " || ", "all": " && ", "each": "; "}[how].join(made)

    return re.sub(r"\{(any|all|each|pairs):([^}]*)\}", one, text)


def _chosen(parts: tuple[Part, ...], values: Iterable[int]) -> str:
    """An expression for a value that depends on the part."""
    text = "0"
    for number, value in reversed(list(enumerate(values))):
        text = f"(part == {number} -> {value} : {text})"
    return text


def _in_parts(numbers: Iterable[int]) -> str:
    return "(" + (" || ".join(f"part == {number}" for number in numbers) or "0") + ")"


def _constants(tables: Tables, numbers: Numbers) -> Iterator[str]:
    parts = tables.scope.parts
    pairs: list[tuple[str, int | str]] = [
        ("SLOTS", tables.slots),
        ("FILLS", tables.fills),
        ("CONTRACT", CONTRACT_E6),
        ("PENDING_LEG", PENDS.index(True)),
        ("EMPTY", 0),
        *((wire.name, 1 + wire) for wire in Wire),
        *((status.name, number) for number, status in enumerate(STATUSES, start=1)),
        *((role.name, number) for number, role in enumerate(ROLES, start=1)),
        *((state.name, number) for number, state in enumerate(STATES)),
        *((bit_name(command), number) for number, command in enumerate(BITS)),
        (bit_name(WATCH_COMMAND), WATCH_BIT),
        ("UNRESOLVED", 0),
        *((f"WAY_{way.upper()}", number) for way, number in numbers.ways.items()),
        *defines(),
        *(("EARLY", 0), ("LATE", 1), ("NO_TOTAL", 0), ("TOTAL", 1), ("HIDDEN", 0), ("SHOWN", 1)),
        ("OUTSIDE", _OUTSIDE),
        ("REFUSES", _REFUSES),
        ("STATE_0", numbers.shell(tables.shells[0])[0]),
        ("STANDS_0", numbers.shell(tables.shells[0])[1]),
    ]
    yield from (f"#define {name} {value}" for name, value in pairs)
    yield "\n/* The parts of the scope. */"
    yield from (f"/* {number}: {part.name} */" for number, part in enumerate(parts))
    for name in ("kills", "crashes"):
        yield f"#define {name.upper()} {_chosen(parts, (getattr(part, name) for part in parts))}"
    for name in ("blows", "alarms", "grants", "odd"):
        yield f"#define PART_{name.upper()} {_chosen(parts, (getattr(part, name) for part in parts))}"
    final = _in_parts(number for number, part in enumerate(parts) if part.exit_on is ExitOn.FINAL)
    yield f"#define EXITS_ON_FINAL {final}"
    allowed = [
        f"((x) == WAY_{way.upper()} && {_in_parts(n for n, part in enumerate(parts) if way in part.resolutions)})"
        for way in numbers.ways
    ]
    yield f"#define MAY_RESOLVE(x) ({' || '.join(allowed) or '0'})"
    offered: list[str] = []
    for words, number in numbers.books.items():
        yield f"/* books {number}: {words} */"
        having = _in_parts(n for n, part in enumerate(parts) if words in books_of(part))
        offered.append(f"((x) == {number} && {having})")
    yield f"#define OFFERED(x) ({' || '.join(offered)})"


def _prelude(tables: Tables) -> str:
    slots, fills = range(tables.slots), range(tables.fills)
    text = files("pairlock_specs.export").joinpath("prelude.pml").read_text(encoding="utf-8")
    return Template(text).substitute(
        matched=" + ".join(f"o[i].q[{n}]" for n in fills),
        undecided=" || ".join(f"o[i].st[{n}] == PENDING" for n in fills),
        finally_=" + ".join(f"(o[i].st[{n}] == FINAL -> o[i].q[{n}] : 0)" for n in fills),
        standing=" + ".join(f"(o[i].st[{n}] == FAILED -> 0 : o[i].q[{n}])" for n in fills),
        net=" + ".join(f"PART_NET({i}, l)" for i in slots),
        sized=" + ".join(f"PART_SIZED({i}, l)" for i in slots),
    )


def _macro(ident: str, sentence: str, over: v.Over, guard: list[str], then: list[str]) -> str:
    parameters, own = SUBJECTS[over]
    conditions = " && ".join(["GOING", *([own] if own else []), *guard])
    statements = "; ".join(then)
    return f"/* {sentence} */\n#define {ident}({parameters}) \\\n  d_step {{ {conditions} -> \\\n    {statements} }}"


def _action(action: Action, slots: int) -> str:
    guard = [CONDITIONS[type(term)](term) for term in action.when]
    then: list[str] = []
    for effect in action.then:
        if isinstance(effect, v.Tell):
            if len(action.then) == 1:  # a word alone is a step only if it teaches the engine something
                guard.append(f"LEARNS({told(effect.word)})")
            then.append(f"HEAR({told(effect.word)})")
        else:
            then.append(_expanded(EFFECTS[type(effect)](effect), slots))
    return _macro(action.ident, action.name.format(about(action.over)), action.over, guard, then)


def _answer(rule: Answer) -> str:
    guard = [*(CONDITIONS[type(term)](term) for term in rule.when), f"LEARNS({told_by(rule)})"]
    return _macro(rule.ident, answered_about(rule), v.Over.ANSWERS, guard, [f"HEAR({told_by(rule)})"])


def _subjects(over: v.Over, tables: Tables, numbers: Numbers) -> Iterator[str]:
    """Every subject within the bounds of the scope, as the macro's arguments."""
    slots, fills = range(tables.slots), range(tables.fills)
    most = max(size_to_fill_e6(spec[3]) for spec in tables.specs) // CONTRACT_E6
    match over:
        case v.Over.ONCE:
            yield ""
        case v.Over.ORDERS | v.Over.ANSWERS:
            yield from (str(i) for i in slots)
        case v.Over.MATCHES:
            yield from (f"{i}, WHOLE({i}, {k})" for i in slots for k in range(1, most + 1))
            yield from (f"{i}, LEFT({i})" for i in slots)
        case v.Over.ODD_MATCHES:
            yield from (f"{i}, LEFT({i}) {sign} 1" for i in slots for sign in "-+")
        case v.Over.PENDING:
            yield from (f"{i}, {n}" for i in slots for n in fills)
        case v.Over.PARTS:
            yield from (str(number) for number in range(len(tables.scope.parts)))
        case v.Over.RESOLUTIONS:
            yield from (str(number) for number in numbers.ways.values())
        case v.Over.LEGS:
            yield from ("0", "1")
        case v.Over.BOOKS:
            yield from (str(number) for number in numbers.books.values())


def _options(tables: Tables, numbers: Numbers) -> Iterator[str]:
    for action in ACTIONS:
        idents = [rule.ident for rule in ANSWERS] if action.over is v.Over.ANSWERS else [action.ident]
        for ident in idents:
            options = [f":: {ident}({subject})" for subject in _subjects(action.over, tables, numbers)]
            if options:
                yield "      " + " ".join(options)


def _judge(claims: tuple[TruthClaim, ...], slots: int) -> str:
    """Every claim, after every step. Each that does not hold is named once; nothing goes on from there."""
    lines = ["      d_step {", "        c_code { if (now.wrong) say(now.wrong); };"]
    for number, claim in enumerate(claims, start=_FIRST_CLAIM):
        wrong = f"{'fresh > 0 && ' if claim.sending else ''}!({_expanded(claim.promela, slots)})"
        lines += [
            f"        /* {claim.name}: {claim.sentence} */",
            f"        if :: {wrong} -> wrong = {number}; c_code {{ say({number}); }} :: else fi;",
        ]
    return "\n".join([*lines, "        assert(wrong == 0);", "        fresh = 0", "      }"])


def _say(claims: tuple[TruthClaim, ...]) -> str:
    names = ["0", '"outside the table"', '"19-never-refused"', *(f'"{claim.name}"' for claim in claims)]
    return "\n".join(
        [
            "c_code {",
            "static void say(int wrong)",
            "{",
            f"  static const char *const NAMES[] = {{ {', '.join(names)} }};",
            "  static int said[sizeof NAMES / sizeof NAMES[0]];",
            '  if (!said[wrong]++) printf("claim broken: %s\\n", NAMES[wrong]);',
            "}",
            "};",
            "",
        ]
    )


def promela(tables: Tables) -> dict[str, str]:
    """The files of the export, by name."""
    numbers = Numbers(tables)
    head = _HEAD.format(scope=tables.scope.name, states=tables.states, edges=tables.edges)
    macros = [
        macro
        for action in ACTIONS
        for macro in (
            [_answer(rule) for rule in ANSWERS]
            if action.over is v.Over.ANSWERS
            else [_action(action, tables.slots)]
        )
    ]
    model = "\n".join(
        [
            head,
            'c_decl {\n\\#include "tables.h"\n};\n',
            *_constants(tables, numbers),
            "",
            _prelude(tables),
            _say(CLAIMS),
            "/* The actions of the world, printed from the table that the explorer interprets. */",
            *macros,
            "",
            "active proctype world()",
            "{",
            "end:",
            "  do",
            "  :: atomic {",
            "      if",
            *_options(tables, numbers),
            "      fi;",
            _judge(CLAIMS, tables.slots),
            "    }",
            "  od",
            "}",
            "",
        ]
    )
    return {"pairlock.pml": model, "tables.h": tables_h(tables)}
