"""A laboratory's configuration file: markets, money, ports, delays and faults, in TOML.

Every mistake is a ``UserError`` of one sentence: file, place, value and mend. Keys carry their
units: ``_e4`` 1/10,000 dollar, ``_e2`` 1/100 contract, ``_micros`` micro-dollars, ``_ms``, ``_ppm`` millionths.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from attrs import evolve

from pairlock.config import read_table
from pairlock.errors import UserError
from pairlock.units import PPM
from pairlock_adapters.laboratory.config_pairs import pair_from
from pairlock_adapters.laboratory.settings import KalshiSettings, LabSettings, PolymarketSettings
from pairlock_adapters.simulated.fault_parameters import Range
from pairlock_adapters.simulated.profiles import NONE, Latency, Profile
from pairlock_adapters.simulated.quantiles import Quantiles, between
from pairlock_adapters.simulated.scripts import script_from

_MOST_MICROS = 10**15
_PORT = Range(0, 65_535)
_LAB: dict[str, Range] = {"seed": Range(0, 2**62)}
_KALSHI: dict[str, Range] = {
    "cash_micros": Range(0, _MOST_MICROS), "multiplier_ppm": Range(0, 100 * PPM), "port": _PORT,
}  # fmt: skip
_POLYMARKET: dict[str, Range] = {
    "cash_micros": Range(0, _MOST_MICROS), "rate_ppm": Range(0, PPM), "signature_type": Range(0, 3),
    "chain_id": Range(1, 2**53), "clob_port": _PORT, "gamma_port": _PORT, "data_port": _PORT,
}  # fmt: skip
_CONTROL: dict[str, Range] = {"port": _PORT}
_DELAY = Range(0, 3_600_000)
_DELAYS = ("order_ms", "read_ms", "book_ms", "ping_ms", "stream_ms")
_SECTIONS = ("laboratory", "kalshi", "polymarket", "control", "delays", "pair", "fault", "world")


def load_settings(path: Path) -> LabSettings:
    """The settings in the file; what it does not say is as without it. Raises UserError."""
    return settings_from(read_table(path), str(path))


def settings_from(table: Mapping[str, Any], source: str) -> LabSettings:
    """The same from a table already read. Raises UserError."""
    for name in table:
        if name not in _SECTIONS:
            raise UserError(f"{source}: {name!r} is not a section; {_suggested(name, _SECTIONS)}")
    laboratory = _section(table, "laboratory", _LAB, source)
    kalshi = _section(table, "kalshi", _KALSHI, source)
    polymarket = _section(table, "polymarket", _POLYMARKET, source)
    control = _section(table, "control", _CONTROL, source)
    ports = {"kalshi": kalshi.pop("port", 0), "control": control.get("port", 0)}
    for name in ("clob", "gamma", "data"):
        ports[name] = polymarket.pop(f"{name}_port", 0)
    settings = LabSettings(
        kalshi=evolve(KalshiSettings(), **kalshi),
        polymarket=evolve(PolymarketSettings(), **polymarket),
        ports=ports,
        pairs=_pairs(table, source),
        script=script_from({k: table[k] for k in ("fault", "world") if k in table}, source),
        **laboratory,
    )
    return _delayed(settings, table.get("delays", {}), source)


def _pairs(table: Mapping[str, Any], source: str) -> tuple[Any, ...]:
    rows = table.get("pair", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{source}: pair is not a list of tables; write each market as a [[pair]] table")
    pairs = tuple(pair_from(row, f"{source}, pair {number}") for number, row in enumerate(rows, 1))
    names = [pair.name for pair in pairs]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{source}: two pairs have the name {name!r}; give each its own")
    return pairs


def _delayed(settings: LabSettings, table: Any, source: str) -> LabSettings:
    """With the latencies and the finality that ``[delays]`` names, on both venues."""
    if not isinstance(table, dict):
        raise UserError(f"{source}: delays is {table!r}, which must be a table; write [delays]")
    known = (*_DELAYS, "finality_ms")
    changed: dict[str, Quantiles] = {}
    for key, value in table.items():
        place = f"{source}: delays.{key}"
        if key not in known:
            raise UserError(f"{place} is not a key; {_suggested(key, known)}")
        if key == "finality_ms":
            _check(place, _DELAY, value)
            settings = evolve(settings, finality_ms=value)
            continue
        ends = value if isinstance(value, list) and len(value) == 2 else [value, value]
        for end in ends:
            _check(place, _DELAY, end)
        if ends[0] > ends[1]:
            raise UserError(f"{place} = {value!r} falls; write the shorter delay first")
        changed[key.removesuffix("_ms")] = between(ends[0], ends[1])
    if not changed:
        return settings
    return evolve(settings, profile=_with_latency(NONE, lambda latency: evolve(latency, **changed)))


def _with_latency(profile: Profile, change: Callable[[Latency], Latency]) -> Profile:
    return evolve(profile, kalshi=change(profile.kalshi), polymarket=change(profile.polymarket))


def _section(table: Mapping[str, Any], name: str, known: Mapping[str, Range], source: str) -> dict[str, Any]:
    values = table.get(name, {})
    if not isinstance(values, dict):
        raise UserError(f"{source}: {name} = {values!r} must be a table; write [{name}] and its keys below")
    for key, value in values.items():
        place = f"{source}: {name}.{key}"
        if key not in known:
            raise UserError(f"{place} is not a key; {_suggested(key, known)}")
        _check(place, known[key], value)
    return dict(values)


def _check(place: str, allowed: Range, value: object) -> None:
    problem = allowed.refuses(value)
    if problem:
        raise UserError(f"{place} = {value!r} is not allowed: it {problem}")


def _suggested(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
