"""Replaying the journal: a trade's value is the fold of its facts, bit for bit.

The events and the state that each record names must be those that the installed table and ``classify`` give again;
otherwise the journal was written by another version, or is damaged, and nothing may be concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from pairlock.absorb import quiet
from pairlock.codec import fact_from_plain, opportunity_from_plain, parse, trade_from_plain
from pairlock.errors import UserError
from pairlock.journal.records import Kind, Record
from pairlock.model import Trade
from pairlock.step import Step, step


class ReplayMismatch(UserError):
    """A record tells another story than the installed engine does."""


def begun(record: Record, body: dict[str, Any]) -> Trade:
    """The first value of a trade: as detected, or as a repair."""
    if record.kind == Kind.REPAIR:
        return trade_from_plain(body["trade"])
    opportunity = opportunity_from_plain(body["opportunity"])
    return evolve(Trade(record.trade_id, opportunity), entered_ms=record.at_ms)


def replay_step(trade: Trade, record: Record, body: dict[str, Any]) -> Step:
    """The step that ``record`` tells of, taken again. Raises ReplayMismatch when it comes out otherwise."""
    done = step(trade, fact_from_plain(body["fact"]))
    told = (body["events"], body["state"])
    again = (
        ([str(e) for e in done.events], str(done.trade.state)) if done is not None else ([], str(trade.state))
    )
    if done is None or again != told:
        raise ReplayMismatch(
            f"record {record.seq} of trade {record.trade_id} says {told[0]} -> {told[1]}, replaying it gives "
            f"{again[0]} -> {again[1]}; open the journal with the version that wrote it"
        )
    return done


def replayed(records: Iterable[Record]) -> Trade:
    """A trade's value from its own records, oldest first. Raises ReplayMismatch."""
    trade: Trade | None = None
    for record in records:
        body = parse(record.body)
        if record.kind in (Kind.DETECTED, Kind.REPAIR):
            trade = begun(record, body)
        elif record.kind == Kind.STEP and trade is not None:
            trade = replay_step(trade, record, body).trade
        elif record.kind == Kind.STEP:
            raise ReplayMismatch(
                f"record {record.seq} is a step of trade {record.trade_id}, which never began"
            )
    if trade is None:
        raise ReplayMismatch("the journal has no record of how the trade began; restore it from a backup")
    return quiet(trade)
