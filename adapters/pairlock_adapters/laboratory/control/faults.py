"""Faults and conditions over the control API: put in, taken out, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict, fields
from starlette.requests import Request
from starlette.routing import Route

from pairlock.errors import UserError
from pairlock_adapters.laboratory.control.asked import (
    body_of,
    choice,
    control_route,
    venue_of,
    venues_of,
    whole,
)
from pairlock_adapters.simulated.effects import FOREVER_MS, Condition
from pairlock_adapters.simulated.fault_kinds import BEYOND, KINDS
from pairlock_adapters.simulated.fault_parameters import PARAMETERS, Range
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script, parse_script, script_from

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


def fault_routes(lab: Laboratory) -> list[Route]:
    control = FaultControl(lab)
    return [
        control_route("GET", "/faults", control.told),
        control_route("POST", "/faults", control.added),
        control_route("DELETE", "/faults", control.cleared),
        control_route("GET", "/conditions", control.conditions),
        control_route("POST", "/conditions", control.entered),
        control_route("DELETE", "/conditions", control.ended),
    ]


class FaultControl:
    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab

    async def told(self, request: Request) -> object:
        """What fired so far; the faults that are in; what struck, where the laboratory records it."""
        return {
            "fired": dict(sorted(self._lab.world.fired.items())),
            "faults": [plain(fault) for fault in self._lab.injected.faults],
            "recording": [plain(fault) for fault in self._lab.world.recording()],
        }

    async def added(self, request: Request) -> object:
        """Faults on top of those that are in; their occasions are counted from now."""
        script = await self._script(request)
        for fault in script:
            if fault.kind in BEYOND and self._lab.world.bounds is not None:
                raise UserError(f"{fault.kind.value} breaks the fault model; start the laboratory with it")
        for fault in script:
            self._lab.injected.add(fault)
        return {"added": len(script)}

    async def _script(self, request: Request) -> Script:
        if request.headers.get("content-type", "").startswith("application/toml"):
            try:
                text = (await request.body()).decode()
            except UnicodeDecodeError:
                raise UserError("the body is not UTF-8; send the script as UTF-8") from None
            script = parse_script(text, "the body")
        else:
            body = await body_of(request, "faults")
            script = script_from({"fault": body.get("faults", [])}, "the body")
        if not script:
            raise UserError("no fault is named; send them under faults, or a script with [[fault]] tables")
        return script

    async def cleared(self, request: Request) -> object:
        """None of the script's or control's faults strikes any more; those of a profile go on."""
        self._lab.injected.clear()
        return {}

    async def conditions(self, request: Request) -> object:
        now_ms = self._lab.world.timeline.advance()
        return {
            name: {condition.value: exchange.is_in(condition, now_ms) for condition in Condition}
            for name, exchange in self._lab.world.exchanges.items()
        }

    async def entered(self, request: Request) -> object:
        """A venue as a whole is restarting, post-only, paused and so on; ``for_ms`` left out: until it is ended."""
        body = await body_of(request, "venue", "condition", "for_ms")
        exchange = self._lab.world.exchanges[venue_of(body)]
        condition = Condition(choice(body, "condition", tuple(each.value for each in Condition)))
        for_ms = whole(body, "for_ms", Range(1), FOREVER_MS)
        exchange.enter(condition, exchange.timeline.advance() + for_ms)
        return {}

    async def ended(self, request: Request) -> object:
        """Every condition of the venue (or of both) is over."""
        body = await body_of(request, "venue")
        for venue in venues_of(body):
            exchange = self._lab.world.exchanges[venue]
            now_ms = exchange.timeline.advance()
            for condition in Condition:
                if exchange.is_in(condition, now_ms):
                    exchange.enter(condition, now_ms)
            self._lab.revoked[venue].restore()
        return {}


def plain(fault: Fault) -> dict[str, Any]:
    """The fault as a table of a script."""
    own = KINDS[fault.kind][1]
    row: dict[str, Any] = {"kind": fault.kind.value}
    row |= {
        f.name: getattr(fault, f.name)
        for f in fields(Fault)
        if f.name not in ("kind", "effect") and getattr(fault, f.name) != f.default
    }
    effect = asdict(fault.effect or own)
    for name in PARAMETERS.get(fault.kind, ()):
        if effect[name] != getattr(own, name):
            row[name] = effect[name]
    return row
