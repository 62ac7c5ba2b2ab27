"""``pairlock sim``: the laboratory, until it is interrupted."""

from __future__ import annotations

import argparse
import json
import signal
from pathlib import Path
from typing import Any

import trio
from attrs import evolve

from pairlock.errors import UserError
from pairlock_adapters.laboratory.config import load_settings
from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.settings import FINALITY_MS, LabSettings, default_pairs
from pairlock_adapters.laboratory.wire_json import dumps
from pairlock_adapters.simulated.clock import RealClock
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.profiles import NONE, PROFILES, profile_named
from pairlock_adapters.simulated.scripts import load_script


def _settings(args: argparse.Namespace) -> LabSettings:
    settings = load_settings(args.config) if args.config is not None else LabSettings()
    if args.seed is not None:
        settings = evolve(settings, seed=args.seed)
    settings = _with_faults(settings, args.faults)
    return settings if settings.pairs else evolve(settings, pairs=default_pairs(settings.seed))


def _with_faults(settings: LabSettings, faults: str | None) -> LabSettings:
    """The named profile, or the script in a file and the profile that it names; what CONFIG says of delays stays."""
    script, profile = settings.script, settings.profile
    if faults is not None and faults.endswith(".toml"):
        script = load_script(faults)
    elif faults is not None:
        named = profile_named(faults)
        return evolve(
            settings,
            profile=named if profile == NONE else evolve(named, kalshi=profile.kalshi, polymarket=profile.polymarket),
            finality_ms=settings.finality_ms if settings.finality_ms != FINALITY_MS or named == NONE else -1,
        )  # fmt: skip
    world = PROFILES[script.profile]
    beyond = world.beyond or any(fault.kind in BEYOND for fault in script)
    if world != NONE:
        profile = evolve(world, draws=(), turns=())
    return evolve(settings, script=script, profile=evolve(profile, beyond=beyond))


async def _until_interrupted(settings: LabSettings, *, as_json: bool) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        try:
            async with open_laboratory(settings, RealClock()) as lab:
                print(dumps(lab.ready) if as_json else _told(lab), flush=True)
                async for _ in signals:
                    break
        except* OSError as group:
            reason = group.exceptions[0]
            raise UserError(f"the laboratory cannot serve ({reason}); name other ports, or none") from None


def _told(lab: Laboratory) -> str:
    """What ``--json`` says, for people."""
    ready = json.loads(dumps(lab.ready), parse_float=str)
    lines = ["The laboratory is ready; Ctrl-C ends it.", ""]
    for section, values in ready.items():
        if isinstance(values, dict):
            lines.append(section)
            lines += [f"  {key:<16}{value}" for key, value in values.items()]
        elif section == "pairs":
            lines.append("pairs")
            lines += [f"  {pair['event_id']:<20}{pair['kalshi_ticker']}" for pair in values]
        else:
            lines.append(f"{section:<18}{values}")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> int:
    trio.run(lambda: _until_interrupted(_settings(args), as_json=args.json))
    return 0


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is too small; give at least 0")
    return value


def register(subparsers: Any) -> None:
    """Adds ``sim`` to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser("sim", help="both venues on loopback, for any client: the laboratory")
    parser.add_argument(
        "config",
        nargs="?",
        type=Path,
        metavar="CONFIG",
        help="a TOML file: pairs, cash, ports, delays, faults",
    )
    parser.add_argument(
        "--faults", metavar="PROFILE", help=f"{', '.join(PROFILES)}, or a script's FILE.toml; default none"
    )
    parser.add_argument("--seed", type=_seed, metavar="S", help="default 1")
    parser.add_argument(
        "--json", action="store_true", help="one JSON line on stdout when ready, and nothing else"
    )
    parser.set_defaults(run=run)
