"""Digests under which trades are made: of the table, of the configuration, of the fee schedules in force."""

from __future__ import annotations

from attrs import asdict, frozen

from pairlock.codec import digest
from pairlock.config import limits_digest
from pairlock.fees import FeeSchedule
from pairlock.limits import Limits
from pairlock.table_check import table_digest


@frozen
class Digests:
    table: str
    config: str

    def fees(self, a: FeeSchedule, b: FeeSchedule) -> str:
        """Of both schedules, in the order of the legs."""
        return digest([asdict(a), asdict(b)])


def digests_of(limits: Limits) -> Digests:
    """Digests of the installed table and of ``limits``."""
    return Digests(table_digest(), limits_digest(limits))
