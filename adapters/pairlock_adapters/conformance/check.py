"""What a conformance check is, and the list of all of them in the order of their numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from pairlock_adapters.simulated.faults import Fault

if TYPE_CHECKING:
    from pairlock_adapters.conformance.rig import Rig

Body = Callable[["Rig"], Awaitable[None]]


class NotConforming(AssertionError):
    """The adapter does otherwise than the check's sentence says."""


@frozen
class Check:
    """``faults`` strike the venue that is checked. ``venues``: where it means something; ``absent`` says why not
    elsewhere. ``wire_only``: it needs a connection."""

    number: str
    group: str
    sentence: str
    why: str
    body: Body
    faults: tuple[Fault, ...] = ()
    venues: tuple[str, ...] = ()
    absent: str = ""
    wire_only: bool = False

    def means_something(self, venue: str, *, on_wire: bool) -> bool:
        return (not self.venues or venue in self.venues) and (on_wire or not self.wire_only)


CHECKS: dict[str, Check] = {}


def check(
    number: str,
    sentence: str,
    why: str,
    *,
    faults: Sequence[Fault] = (),
    venues: tuple[str, ...] = (),
    absent: str = "",
    wire_only: bool = False,
) -> Callable[[Body], Body]:
    """Makes a check of an async function of a rig; its group is the module's name."""

    def made(body: Body) -> Body:
        if number in CHECKS:
            raise ValueError(f"{number} is taken by {CHECKS[number].sentence!r}")
        group = body.__module__.rpartition(".")[2]
        CHECKS[number] = Check(
            number, group, sentence, why, body, tuple(faults), venues, absent, wire_only
        )  # fmt: skip
        rest = {each: CHECKS.pop(each) for each in sorted(CHECKS)}
        CHECKS.update(rest)  # in the order of their numbers, whichever module came first
        return body

    return made


def expect(holds: object, told: str) -> None:
    """Raises ``NotConforming`` with ``told`` unless it holds."""
    if not holds:
        raise NotConforming(told)
