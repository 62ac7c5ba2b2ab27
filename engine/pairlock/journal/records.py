"""Records of the journal and the chain that holds them together.

THE RULE, for anyone who checks a journal with a standard library and nothing else. Record ``seq`` (1, 2, 3, ...) has

    hash = sha256(json.dumps([seq, prev, kind, trade, at_ms, body], separators=(",", ":")))      as 64 hex digits

over ASCII text, where ``prev`` is the hash of record ``seq - 1`` (64 zeros for the first), ``kind`` and ``trade`` are
strings, ``at_ms`` an integer, and ``body`` the stored text of the body *as a string*: it is hashed as it lies there and
never parsed. The body itself is canonical JSON (``codec.canonical``).

Nothing in a record comes from a wall clock or from chance: the same inputs give the same chain, byte for byte. The
chain shows damage and clumsy edits, not a forger who computes every later hash anew: for that, keep a copy of a head
elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Any

from attrs import Attribute, field, frozen

from pairlock.codec import canonical
from pairlock.errors import EngineBug

GENESIS_HASH = "0" * 64
_INT64 = 1 << 63

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Kind(StrEnum):
    """What a record tells of."""

    GENESIS = "genesis"
    OPENED = "opened"  # an engine opened the journal: epoch, digests, deposits
    DETECTED = "detected"
    STEP = "step"
    ALERT = "alert"
    HALT = "halt"
    LIFT = "lift"
    KILL = "kill"
    RESUME = "resume"
    DRAIN = "drain"
    STOP = "stop"
    ADJUST = "adjust"
    RECEIVABLE = "receivable"
    REPAIR = "repair"
    CLOSED_ENGINE = "closed_engine"


def storable_text(_: object, attribute: Attribute[Any], value: object) -> None:
    """Text that every SQLite tool shows whole: no NUL and no half of a surrogate pair."""
    if type(value) is not str or "\x00" in value or not _encodable(value):
        raise EngineBug(f"{attribute.name} {value!r} cannot be stored as text")


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable_int(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise EngineBug(f"{attribute.name} {value!r} is not a 64-bit integer")


def _known_kind(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not Kind:
        raise EngineBug(f"{attribute.name} {value!r} is no Kind")


@frozen
class Entry:
    """What is to be appended. ``trade_id`` is "" where no trade is meant; ``at_ms`` is the engine's clock."""

    kind: Kind = field(validator=_known_kind)
    trade_id: str = field(validator=storable_text)
    at_ms: int = field(validator=_storable_int)
    body: dict[str, Any]


@frozen
class Record:
    """What lies in the journal. ``body`` is canonical JSON; ``kind`` is plain text, so that a bent one can be shown."""

    seq: int
    kind: str
    trade_id: str
    at_ms: int
    body: str
    prev_hash: str
    hash: str


@frozen
class ChainReport:
    """How far a chain holds: up to and including ``good_seq``, whose hash is ``good_hash``."""

    ok: bool
    good_seq: int
    good_hash: str
    why: str = ""

    @property
    def bad_seq(self) -> int:
        """The first record that is missing or wrong; 0 when all hold."""
        return 0 if self.ok else self.good_seq + 1


def record_hash(seq: int, prev_hash: str, kind: str, trade_id: str, at_ms: int, body: str) -> str:
    """The rule at the top of this file."""
    return sha256(_encode([seq, prev_hash, kind, trade_id, at_ms, body]).encode("ascii")).hexdigest()


def seal(entry: Entry, seq: int, prev_hash: str) -> Record:
    """The entry as record ``seq``. Raises ``EngineBug`` on a body that has no canonical form."""
    kind = entry.kind.value
    body = canonical(entry.body)
    own = record_hash(seq, prev_hash, kind, entry.trade_id, entry.at_ms, body)
    return Record(seq, kind, entry.trade_id, entry.at_ms, body, prev_hash, own)


def chain_ok(records: Iterable[Record], after_seq: int = 0, after_hash: str = GENESIS_HASH) -> ChainReport:
    """Walk records that should follow ``after_seq``; stops at the first that does not hold."""
    seq, prev_hash = after_seq, after_hash
    for record in records:
        why = _flaw(record, seq, prev_hash)
        if why:
            return ChainReport(False, seq, prev_hash, why)
        seq, prev_hash = record.seq, record.hash
    return ChainReport(True, seq, prev_hash)


def _flaw(record: Record, before: int, prev_hash: str) -> str:
    if record.seq != before + 1:
        return f"record {before + 1} is missing"
    if record.prev_hash != prev_hash:
        return f"record {record.seq} does not follow the record before it"
    fields = (record.kind, record.trade_id, record.body)
    # A damaged file may hold any type in any column.
    if type(record.at_ms) is not int or any(type(each) is not str for each in fields):
        return f"record {record.seq} is damaged"
    own = record_hash(record.seq, prev_hash, record.kind, record.trade_id, record.at_ms, record.body)
    if record.hash != own:
        return f"record {record.seq} is not what was written"
    return ""
