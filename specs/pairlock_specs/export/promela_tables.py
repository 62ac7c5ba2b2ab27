"""``tables.h``: the engine's half of the Promela export, as C tables that pan looks words up in."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from pairlock.commands import CancelOrder, FollowOrder, WatchOverdue
from pairlock.lifecycle import S
from pairlock.model import FillStatus, Role
from pairlock.units import size_to_fill_e6
from pairlock_specs.export.heard import NOT_FOUND, Heard, Spec
from pairlock_specs.export.promela_terms import BITS, WATCH_BIT, WATCH_COMMAND, word_name
from pairlock_specs.export.tabulate import Outcome, Tables, books_of
from pairlock_specs.offers import RESOLUTIONS
from pairlock_specs.view import Shell
from pairlock_specs.vocabulary import Word

STATUSES = (FillStatus.PENDING, FillStatus.FINAL, FillStatus.FAILED)  # from 1; 0: no such fill
ROLES = (Role.ENTRY, Role.COMPLETE, Role.SELL, Role.COMPLEMENT)  # from 1
STATES = tuple(S)  # from 0; the closed ones are the last
WORDS = (
    *(word.name for word in Word if word is not Word.ANSWER),
    NOT_FOUND,
    "live",
    "terminal",
    "certain",
)  # from 1

_TYPES = """\
#include <stdlib.h>
#include <string.h>
typedef struct {{ int word, crashed, spec, number, words, late, total, n, q[{fills}], st[{fills}]; }} Heard;
typedef struct {{ int heard, to, sends; }} Row; /* to -1: the engine refuses it */
typedef struct {{ int state, stands, follow, cancel, watch; }} Shell;
typedef struct {{ int id, leg, role, size, limit_e4; }} Spec;
typedef struct {{ int count, spec[{sends}]; }} Sent;
"""
_LOOK_UP = """
static int by_word(const void *a, const void *b)
{
  const int *x = (const int *) a, *y = (const int *) b;
  size_t n;
  for (n = 0; n < sizeof(Heard) / sizeof(int); n++)
    if (x[n] != y[n]) return x[n] < y[n] ? -1 : 1;
  return 0;
}

static int by_number(const void *a, const void *b)
{
  return ((const Row *) a)->heard - ((const Row *) b)->heard;
}

/* The engine's answer to the word, or NULL: it never met it in this scope. */
static const Row *looked_up(int trade, const Heard *h)
{
  const Heard *known = (const Heard *) bsearch(h, HEARD, N_HEARD, sizeof(Heard), by_word);
  Row key;
  if (known == NULL) return NULL;
  key.heard = (int) (known - HEARD);
  return (const Row *) bsearch(&key, ROWS + FIRST[trade], FIRST[trade + 1] - FIRST[trade], sizeof(Row), by_number);
}
"""


@define
class Numbers:
    """The numbers under which the Promela export knows ids, specs, words, ways and books."""

    tables: Tables
    ids: dict[str, int] = field(init=False)
    specs: dict[Spec, int] = field(init=False)
    ways: dict[str, int] = field(init=False)
    books: dict[str, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        parts = self.tables.scope.parts
        self.ids = {ident: number for number, ident in enumerate(self.tables.ids)}
        self.specs = {spec: number for number, spec in enumerate(self.tables.specs, start=1)}
        used = [way for way in RESOLUTIONS if any(way in part.resolutions for part in parts)]
        self.ways = {way: number for number, way in enumerate(used, start=1)}
        self.books = _first_numbers(words for part in parts for words in books_of(part))

    def heard(self, word: Heard) -> tuple[int, ...]:
        """The word as the C struct has it."""
        words = self.books if word.word == Word.BOOKS.name else self.ways
        amounts = [quantity for quantity, _ in word.fills]
        statuses = [1 + STATUSES.index(FillStatus(status)) for _, status in word.fills]
        rest = [0] * (self.tables.fills - len(word.fills))
        return (
            1 + WORDS.index(word.word),
            word.crashed,
            0 if word.spec is None else self.specs[word.spec],
            max(0, word.number),
            words[word.words] if word.words else 0,
            int(word.late),
            word.total,
            len(word.fills),
            *amounts,
            *rest,
            *statuses,
            *rest,
        )

    def shell(self, shell: Shell) -> tuple[int, ...]:
        """The label and the bits of what stands."""
        stands = 0
        orders = {FollowOrder: 0, CancelOrder: 0, WatchOverdue: 0}
        for command in shell.commands:
            if isinstance(command, FollowOrder | CancelOrder | WatchOverdue):
                # An order that was never sent stands in no slot: nothing can be said of it.
                orders[type(command)] |= (
                    1 << self.ids[command.intent_id] if command.intent_id in self.ids else 0
                )
            elif isinstance(command, WATCH_COMMAND):
                stands |= 1 << (WATCH_BIT + command.leg)
            else:
                stands |= 1 << BITS.index(type(command))
        return STATES.index(shell.state), stands, *orders.values()


def _first_numbers(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in words:
        found.setdefault(each, len(found) + 1)
    return found


def _array(kind: str, name: str, rows: list[str]) -> str:
    body = ",\n".join(rows)
    return f"static const {kind} {name}[] = {{\n{body}\n}};\n"


def _braced(numbers: Iterable[int]) -> str:
    return "{" + ",".join(str(number) for number in numbers) + "}"


def _heard_row(numbers: tuple[int, ...], fills: int) -> str:
    head, tail = numbers[: -2 * fills], numbers[-2 * fills :]
    return "{" + ",".join(map(str, head)) + f",{_braced(tail[:fills])},{_braced(tail[fills:])}}}"


def tables_h(tables: Tables) -> str:
    """The whole of ``tables.h``."""
    numbers = Numbers(tables)
    words = sorted(tables.words, key=numbers.heard)
    known = {word: number for number, word in enumerate(words)}
    sent: dict[tuple[Spec, ...], int] = {(): 0}
    rows: list[str] = []
    first: list[int] = []
    for steps in tables.steps:
        first.append(len(rows))
        rows += [_row(known[word], steps[word], sent) for word in sorted(steps, key=known.__getitem__)]
    first.append(len(rows))
    widest = max(1, *(len(specs) for specs in sent))
    counted = f"{len(tables.shells)} trades, {len(words)} words, {len(rows)} steps"
    parts = [
        f"/* The engine, tabulated over scope {tables.scope.name}: {counted}. */",
        _TYPES.format(fills=tables.fills, sends=widest),
        _array("Spec", "SPECS", ["{0}", *(_spec(spec, numbers) for spec in tables.specs)]),
        _array("Sent", "SENT", [_sent(specs, numbers, widest) for specs in sent]),
        _array("Shell", "SHELL", [_braced(numbers.shell(shell)) for shell in tables.shells]),
        f"#define N_HEARD {len(words)}\n",
        _array("Heard", "HEARD", [_heard_row(numbers.heard(word), tables.fills) for word in words]),
        _array("int", "FIRST", [str(number) for number in first]),
        _array("Row", "ROWS", rows or ["{0}"]),
        _LOOK_UP,
    ]
    return "\n".join(parts)


def _row(word: int, outcome: Outcome, sent: dict[tuple[Spec, ...], int]) -> str:
    to = -1 if outcome.failed else outcome.trade
    return _braced((word, to, sent.setdefault(outcome.sends, len(sent))))


def _spec(spec: Spec, numbers: Numbers) -> str:
    ident, leg, role, size_e2, limit_e4 = spec
    values = (numbers.ids[ident], leg, 1 + ROLES.index(Role(role)), size_to_fill_e6(size_e2), limit_e4)
    return f"{_braced(values)} /* {ident}: {role}, leg {leg} */"


def _sent(specs: tuple[Spec, ...], numbers: Numbers, widest: int) -> str:
    held = [numbers.specs[spec] for spec in specs]
    return f"{{{len(specs)},{_braced(held + [0] * (widest - len(held)))}}}"


def defines() -> list[tuple[str, int]]:
    """Names for the words, as the model uses them."""
    return [(word_name(word), number) for number, word in enumerate(WORDS, start=1)]
