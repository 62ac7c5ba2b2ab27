"""Claims 4 and 9 on the journal's own word: what must halt does; nothing begins under a halt or a kill."""

from __future__ import annotations

from typing import Any

from pairlock.commands import AlertKind
from pairlock.journal.records import Kind, Record
from pairlock.lifecycle import E, S
from pairlock.model import StuckCause, Trade


class HaltWalk:
    """Follows halts, lifts, kills and resumes. A halt is due in the very next record: both are one transaction."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._killed = False
        self._due: list[tuple[int, str, str]] = []

    def record(self, record: Record, body: dict[str, Any]) -> list[str]:
        """Before a record is walked: what was due before it and what must not be; in one sentence each."""
        broken = []
        if record.kind == Kind.HALT:
            self._held.add(str(body["name"]))
            self._due = [due for due in self._due if due[1] != body["name"]]
        else:
            broken += [
                f"{told}, and record {seq} is followed by no halt {name}" for seq, name, told in self._due
            ]
            self._due = []
        if record.kind == Kind.LIFT:
            self._held.discard(str(body["name"]))
        elif record.kind in (Kind.KILL, Kind.RESUME):
            self._killed = record.kind == Kind.KILL
        begins = record.kind == Kind.DETECTED or (
            record.kind == Kind.STEP and str(E.ENTRY_DURABLE) in body["events"]
        )
        if begins and (self._held or self._killed):
            why = ", ".join(sorted(self._held)) or "a kill"
            broken.append(f"claim 4: record {record.seq} begins trade {record.trade_id} under {why}")
        return broken

    def stepped(self, record: Record, body: dict[str, Any], before: Trade, after: Trade) -> list[str]:
        """What a step makes due."""
        if after.state is S.STUCK and before.state is not S.STUCK:
            name = f"stuck:{after.trade_id}"
            if after.stuck_cause is not StuckCause.DUST and name not in self._held:
                self._due.append((record.seq, name, f"claim 4: {after.trade_id} is STUCK"))
            if str(AlertKind.STUCK) not in [alert[0] for alert in body["alerts"]]:
                return [f"claim 4: {after.trade_id} is STUCK, and record {record.seq} holds no alert of it"]
        if after.excess and not before.excess and "overfill" not in self._held:
            self._due.append((record.seq, "overfill", f"claim 9: {after.trade_id} was over-filled"))
        return []

    def end(self) -> list[str]:
        """What was still due after the last record."""
        return [f"{told}, and record {seq} is followed by no halt {name}" for seq, name, told in self._due]
